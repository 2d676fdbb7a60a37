#!/usr/bin/env bash
# Reads a part of the repository back and restores the latest snapshot into a scratch directory.
# usage: RESTIC_REPOSITORY=… RESTIC_PASSWORD_FILE=… verify.sh
set -euo pipefail

restic check --read-data-subset=10%
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
restic restore latest --tag full --target "$scratch" --verify
[ -n "$(find "$scratch" -type f -print -quit)" ] || { echo "verify: the latest snapshot is empty" >&2; exit 1; }
echo "The latest snapshot restores and every file has the content that was saved."
