#!/usr/bin/env bash
# Installs what a host of services needs besides Docker: certificates for pulling images, git, rsync, a clock that is right.
# usage: bootstrap/01-install-core.sh [--check]
set -euo pipefail
# shellcheck source=utils.sh
. "$(dirname "$0")/utils.sh"

packages=(ca-certificates git rsync)
lacks=0

# Any of the programs that keep the time will do; a container has its host's clock.
keeps_time() {
  local package
  ! systemd-detect-virt --quiet --container 2>/dev/null || return 0
  for package in systemd-timesyncd chrony ntpsec ntp openntpd; do
    if has_package "$package"; then return 0; fi
  done
  return 1
}
if has_systemd && ! keeps_time; then packages+=(systemd-timesyncd); fi

absent=()
for package in "${packages[@]}"; do has_package "$package" || absent+=("$package"); done
if [ ${#absent[@]} = 0 ]; then
  ok "packages ${packages[*]}"
elif [ "${1:-}" = --check ]; then
  missing "packages ${absent[*]}"
else
  install_packages "${absent[@]}"
  changed "installed ${absent[*]}"
fi
[ "$lacks" = 0 ]
