#!/usr/bin/env bash
# Saves the directories of the profile "full" with restic, with nothing but restic on the host.
# usage: RESTIC_REPOSITORY=… RESTIC_PASSWORD_FILE=… backup.sh [DATA_ROOT]
set -euo pipefail

root=${1:-/srv}
here=$(cd "$(dirname "$0")" && pwd)
: "${RESTIC_REPOSITORY:?set it to where backups go}"
: "${RESTIC_PASSWORD_FILE:?set it to a file that holds the password of the repository}"

restic cat config >/dev/null 2>&1 || restic init
# GitLab's database cannot be copied while it runs: its own tool writes a consistent file first.
if [ "$(docker inspect --format '{{.State.Running}}' gitlab 2>/dev/null)" = true ]; then
  "$here/../../domains/gitlab/scripts/backup.sh" "$root/gitlab/backups"
fi

paths=()
for path in gitlab/config gitlab/backups monitoring/grafana monitoring/alertmanager adblocker/pihole; do
  [ ! -d "$root/$path" ] || paths+=("$root/$path")
done
[ ${#paths[@]} -gt 0 ] || { echo "backup: nothing to save under $root" >&2; exit 1; }
restic backup --tag full "${paths[@]}"
restic forget --tag full --keep-daily 7 --keep-weekly 4 --keep-monthly 6 --prune
