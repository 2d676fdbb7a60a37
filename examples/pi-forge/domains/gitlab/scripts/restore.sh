#!/usr/bin/env bash
# Restores a backup that backup.sh wrote into a GitLab of the same version, also a fresh one: foundry deploy gitlab first.
# usage: restore.sh BACKUP_DIRECTORY
#
# Nothing is changed before the backup is known to be whole, the version to be the same and GitLab to be healthy.
# GITLAB_CONTAINER names another container than `gitlab`, GITLAB_WAIT how many seconds a first start may take.
set -euo pipefail

[ $# -eq 1 ] || { sed -n '3s/^# //p' "$0" >&2; exit 2; }
from=${1%/}
name=$(basename "$from")
container=${GITLAB_CONTAINER:-gitlab}
tar=/var/opt/gitlab/backups/${name}_gitlab_backup.tar
version_file=/opt/gitlab/embedded/service/gitlab-rails/VERSION
refuse() { printf 'restore: %s; nothing was changed\n' "$1" >&2; [ $# -lt 2 ] || printf '  = help: %s\n' "$2" >&2; exit "${3:-1}"; }
inside() { docker exec "$container" "$@"; }

(cd "$from" && sha256sum --quiet --check SHA256SUMS) || refuse "$from is damaged"
state() { docker inspect --format '{{if .State.Health}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}' "$container" 2>/dev/null || echo absent; }
for _ in $(seq $((${GITLAB_WAIT:-900} / 5 + 1))); do
  case $(state) in
    healthy | running) break ;;
    starting) sleep 5 ;;
    *) break ;;
  esac
done
case $(state) in
  healthy | running) ;;
  *) refuse "the container $container is $(state)" "foundry deploy gitlab --env prod" 4 ;;
esac
made_by=$(cat "$from/VERSION" 2>/dev/null || true)
here=$(inside cat "$version_file")
if [ -n "$made_by" ] && [ "$made_by" != "$here" ]; then
  refuse "the backup is of GitLab $made_by, and $here runs" "foundry env set GITLAB_IMAGE=gitlab/gitlab-ce:$made_by-ce.0, deploy, restore, then upgrade"
fi

# What was stopped starts again, however this ends.
end() {
  local status=$?
  inside rm -f "$tar" 2>/dev/null || true
  if [ "$status" != 0 ]; then
    inside gitlab-ctl start >/dev/null 2>&1 || true
    echo "restore: it did not come to its end; run it again. The keys of before are in /etc/gitlab/gitlab-secrets.json.before." >&2
  fi
  exit "$status"
}
trap end EXIT

docker cp "$from/${name}_gitlab_backup.tar" "$container:$tar"
inside chown git:git "$tar"
# A second try keeps the keys of before the first.
inside sh -c 'cd /etc/gitlab && { [ -e gitlab-secrets.json.before ] || cp -p gitlab-secrets.json gitlab-secrets.json.before; }'
docker exec -i "$container" tar -C /etc/gitlab -xf - <"$from/${name}_config.tar"
# What writes to the database stops first; the database itself stays up.
inside gitlab-ctl stop puma
inside gitlab-ctl stop sidekiq
inside gitlab-backup restore BACKUP="$name" force=yes
inside gitlab-ctl reconfigure
inside gitlab-ctl restart
inside gitlab-rake gitlab:check SANITIZE=true
inside rm -f /etc/gitlab/gitlab-secrets.json.before
echo "Restored $name."
