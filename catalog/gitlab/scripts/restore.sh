#!/usr/bin/env bash
# Restores a backup that backup.sh wrote into a GitLab of the same version.
# usage: restore.sh BACKUP_DIRECTORY
set -euo pipefail

[ $# -eq 1 ] || { sed -n '3s/^# //p' "$0" >&2; exit 2; }
from=$1
name=$(basename "$from")
(cd "$from" && sha256sum --quiet --check SHA256SUMS) || { echo "restore: $from is damaged; nothing was changed" >&2; exit 1; }

docker exec -i gitlab tar -C /etc/gitlab -xf - <"$from/${name}_config.tar"
docker cp "$from/${name}_gitlab_backup.tar" gitlab:/var/opt/gitlab/backups/
docker exec gitlab chown git:git "/var/opt/gitlab/backups/${name}_gitlab_backup.tar"
# What writes to the database stops first; the database itself stays up.
docker exec gitlab gitlab-ctl stop puma
docker exec gitlab gitlab-ctl stop sidekiq
docker exec gitlab gitlab-backup restore BACKUP="$name" force=yes
docker exec gitlab gitlab-ctl reconfigure
docker exec gitlab gitlab-ctl restart
docker exec gitlab gitlab-rake gitlab:check SANITIZE=true
docker exec gitlab rm -f "/var/opt/gitlab/backups/${name}_gitlab_backup.tar"
echo "Restored $name."
