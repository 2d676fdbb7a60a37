#!/usr/bin/env bash
# Makes Forgejo's role and database in the domain postgres; the password is read from standard input.
# Safe to run again: an existing role gets the password. usage: setup.sh <PASSWORD_FILE
set -euo pipefail

IFS= read -r password
[ -n "$password" ] || { echo "setup: no password on standard input" >&2; exit 2; }
quoted=${password//\'/\'\'}
# The password goes in on standard input: an argument would be readable by others.
# shellcheck disable=SC2016
docker compose -p postgres exec -T postgres sh -c 'psql -v ON_ERROR_STOP=1 -q -U "$POSTGRES_USER" postgres' <<SQL
SELECT 'CREATE ROLE forgejo LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'forgejo') \gexec
ALTER ROLE forgejo PASSWORD '$quoted';
SELECT 'CREATE DATABASE forgejo OWNER forgejo' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'forgejo') \gexec
SQL
echo "Forgejo's database is there."
