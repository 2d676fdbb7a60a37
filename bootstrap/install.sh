#!/usr/bin/env bash
# From a bare Debian, Ubuntu or Raspberry Pi OS (amd64, arm64) to a machine that runs services with Docker.
# usage: bootstrap/install.sh [--check] [--user NAME] [--port PORT]… [--help]
#
#   --check      look only: what is missing, what stands in the way
#   --user NAME  who may use Docker (default: whoever called sudo)
#   --port PORT  a port that has to be free; may be repeated
#
# What is there already is left as it is: a second run changes nothing. `foundry bootstrap` runs the same files, here
# or on another machine.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=utils.sh
. "$here/utils.sh"

check=no
user=${SUDO_USER:-}
ports=()
usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$0"; }
while [ $# -gt 0 ]; do
  case $1 in
    --check) check=yes ;;
    --user) [ $# -ge 2 ] || { usage >&2; exit 2; }; user=$2; shift ;;
    --port) [ $# -ge 2 ] || { usage >&2; exit 2; }; ports+=("$2"); shift ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done
for_user=()
if [ -n "$user" ] && [ "$user" != root ]; then for_user=(--user "$user"); fi

step() { printf '== %s\n' "$*"; }

step "1/4 preflight"
bad=0
bash "$here/00-preflight.sh" "${ports[@]}" || bad=$?
if [ "$check" = no ] && [ "$bad" != 0 ]; then exit "$bad"; fi

step "2/4 core"
if [ "$check" = yes ]; then
  bash "$here/01-install-core.sh" --check || bad=$?
else
  bash "$here/01-install-core.sh"
  step "3/4 docker"
  bash "$here/02-install-docker.sh" --steps "${for_user[@]}"
fi

step "4/4 verify"
bash "$here/03-verify.sh" "${for_user[@]}" || bad=$?
exit "$bad"
