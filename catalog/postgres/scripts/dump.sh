#!/usr/bin/env bash
# Dumps every database of the running PostgreSQL into a file beside its data, for the backup that follows.
# usage: dump.sh FILE
set -euo pipefail

[ $# -eq 1 ] || { sed -n '3s/^# //p' "$0" >&2; exit 2; }
umask 077
partial=$(mktemp "$1.XXXXXX")
trap 'rm -f "$partial"' EXIT
# shellcheck disable=SC2016
docker compose -p postgres exec -T postgres sh -c 'pg_dumpall -U "$POSTGRES_USER"' >"$partial"
mv "$partial" "$1"
