#!/usr/bin/env bash
# Proves that this machine runs containers: engine, Compose, start at boot, and a container made of the machine's own files.
# usage: bootstrap/03-verify.sh [--user NAME]
set -euo pipefail
# shellcheck source=utils.sh
. "$(dirname "$0")/utils.sh"

user=${SUDO_USER:-}
if [ "${1:-}" = --user ]; then user=${2:-}; fi
lacks=0
image=foundry-bootstrap-verify:1

check_engine() {
  local version
  if ! command -v docker >/dev/null; then
    missing "Docker Engine"
    return 1
  fi
  if ! version=$(docker version --format '{{.Server.Version}}' 2>/dev/null); then
    missing "Docker Engine does not answer"
    return 1
  fi
  ok "Docker Engine $version"
  if has_systemd; then
    if systemctl is-enabled --quiet docker.service 2>/dev/null; then
      ok "Docker Engine starts at boot"
    else
      missing "Docker Engine does not start at boot"
    fi
  fi
}

check_compose() {
  local version
  version=$(docker compose version --short 2>/dev/null || true)
  case ${version#v} in
    [2-9].* | [1-9][0-9].*) ok "Compose $version" ;;
    *) missing "Compose v2" ;;
  esac
}

check_user() {
  if [ -z "$user" ] || [ "$user" = root ] || ! id "$user" >/dev/null 2>&1; then return 0; fi
  if id -nG "$user" | grep -qw docker; then ok "$user may use Docker"; else missing "$user in the group docker"; fi
}

# `true` and the libraries that it needs are an image: no registry is asked.
check_container() {
  local program file files=()
  program=$(readlink -f "$(command -v true)" || true)
  [ -x "$program" ] || program=/bin/true
  while read -r file; do files+=("$file"); done < <(ldd "$program" 2>/dev/null | grep -o '/[^ ]*')
  if ! tar -chP --transform 's,^/*,,' "$program" "${files[@]}" 2>/dev/null | docker import - "$image" >/dev/null 2>&1; then
    missing "Docker Engine cannot make an image"
    return
  fi
  if docker run --rm --network none "$image" "$program" >/dev/null 2>&1; then
    ok "a container runs"
  else
    missing "a container does not run: $(docker run --rm --network none "$image" "$program" 2>&1 | tail -n 1)"
  fi
  docker image rm -f "$image" >/dev/null 2>&1 || true
}

if check_engine; then
  check_compose
  check_user
  check_container
fi
[ "$lacks" = 0 ]
