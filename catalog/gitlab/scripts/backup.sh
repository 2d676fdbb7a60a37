#!/usr/bin/env bash
# Writes a GitLab backup, with the configuration and its secrets, into a directory outside the container.
# usage: backup.sh DESTINATION
set -euo pipefail

[ $# -eq 1 ] || { sed -n '3s/^# //p' "$0" >&2; exit 2; }
destination=$1
name=foundry-$(date -u +%Y%m%dT%H%M%SZ)
umask 077
mkdir -p "$destination"
partial=$(mktemp -d "$destination/.partial.XXXXXX")
trap 'rm -rf "$partial"; docker exec gitlab rm -f "/var/opt/gitlab/backups/${name}_gitlab_backup.tar" 2>/dev/null || true' EXIT

docker exec gitlab gitlab-backup create BACKUP="$name" STRATEGY=copy
docker cp "gitlab:/var/opt/gitlab/backups/${name}_gitlab_backup.tar" "$partial/"
# The backup leaves out the keys that its database is encrypted with: without them it cannot be restored.
docker exec gitlab tar -C /etc/gitlab -cf - gitlab-secrets.json >"$partial/${name}_config.tar"
(cd "$partial" && sha256sum ./*.tar >SHA256SUMS)
mv "$partial" "$destination/$name"
echo "$destination/$name"
