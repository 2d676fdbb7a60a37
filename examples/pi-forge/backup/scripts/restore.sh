#!/usr/bin/env bash
# Restores a snapshot beside the data, never over it: look at it, then move it into place with the domain stopped.
# usage: RESTIC_REPOSITORY=… RESTIC_PASSWORD_FILE=… restore.sh SNAPSHOT|latest DESTINATION
set -euo pipefail

[ $# -eq 2 ] || { sed -n '3s/^# //p' "$0" >&2; exit 2; }
snapshot=$1 destination=$2
[ ! -e "$destination" ] || { echo "restore: $destination exists; nothing was changed" >&2; exit 1; }
mkdir -p "$(dirname "$destination")"
partial=$(mktemp -d "$destination.partial.XXXXXX")
trap 'rm -rf "$partial"' EXIT
restic restore "$snapshot" --tag full --target "$partial"
mv "$partial" "$destination"
echo "Restored $snapshot into $destination."
