#!/usr/bin/env bash
# Writes a GitLab backup, with the configuration and its secrets, into a directory outside the container.
# usage: backup.sh DESTINATION
#
# The last line is the directory that restore.sh takes. GITLAB_CONTAINER names another container than `gitlab`.
set -euo pipefail

[ $# -eq 1 ] || { sed -n '3s/^# //p' "$0" >&2; exit 2; }
destination=$1
container=${GITLAB_CONTAINER:-gitlab}
name=foundry-$(date -u +%Y%m%dT%H%M%SZ)
version_file=/opt/gitlab/embedded/service/gitlab-rails/VERSION

if [ "$(docker inspect --format '{{.State.Running}}' "$container" 2>/dev/null)" != true ]; then
  echo "backup: the container $container is not running; nothing was written" >&2
  echo "  = help: foundry deploy gitlab --env prod" >&2
  exit 4
fi
umask 077
mkdir -p "$destination"
partial=$(mktemp -d "$destination/.partial.XXXXXX")
trap 'rm -rf "$partial"; docker exec "$container" rm -f "/var/opt/gitlab/backups/${name}_gitlab_backup.tar" 2>/dev/null || true' EXIT

docker exec "$container" gitlab-backup create BACKUP="$name" STRATEGY=copy
docker cp "$container:/var/opt/gitlab/backups/${name}_gitlab_backup.tar" "$partial/"
# The backup leaves out the keys that its database is encrypted with: without them it cannot be restored.
docker exec "$container" tar -C /etc/gitlab -cf - gitlab-secrets.json >"$partial/${name}_config.tar"
docker exec "$container" cat "$version_file" >"$partial/VERSION"
(cd "$partial" && sha256sum ./*.tar VERSION >SHA256SUMS)
mv "$partial" "$destination/$name"
echo "$destination/$name"
