#!/usr/bin/env bash
# Looks whether this machine can be set up: system, architecture, rights, disk, memory, time, ports. Changes nothing.
# usage: bootstrap/00-preflight.sh [PORT…]      ports that have to be free, or be held by a container
set -euo pipefail
# shellcheck source=utils.sh
. "$(dirname "$0")/utils.sh"

# What Docker Engine, its packages and a few images need; both can be set for a machine that needs less or more.
disk=${FOUNDRY_MIN_DISK_MB:-2048}
memory=${FOUNDRY_MIN_MEMORY_MB:-480}

refusals=0

check_system() {
  local id version name least
  IFS='|' read -r id version name <<<"$(system)"
  case $id in
    debian | raspbian) least=12 ;;
    ubuntu) least=22 ;;
    *)
      refused "$name is not a system that this sets up" "use Debian 12, Ubuntu 22.04, Raspberry Pi OS 12, or newer ones"
      return
      ;;
  esac
  # Debian's testing has no version.
  if [ "${version%%.*}" -ne 0 ] && [ "${version%%.*}" -lt "$least" ]; then
    refused "$name is too old" "upgrade it to $id $least or newer"
  else
    ok "$name"
  fi
  command -v apt-get >/dev/null || refused "there is no apt-get" "use a Debian with apt"
}

check_architecture() {
  local architecture
  architecture=${FOUNDRY_ARCHITECTURE:-$(dpkg --print-architecture 2>/dev/null || uname -m)}
  case $architecture in
    amd64 | arm64) ok "architecture $architecture" ;;
    armhf) refused "architecture armhf: most images are not made for 32 bits" "install the 64-bit edition of the system" ;;
    *) refused "architecture $architecture is not supported" "use a machine with amd64 or arm64" ;;
  esac
}

check_rights() {
  if is_root; then ok "root"; else refused "this needs root" "log in as root, or as a user with sudo that asks for no password"; fi
}

# The folder of the images, or the nearest one above that is there.
check_disk() {
  local folder=/var/lib/docker free
  while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
  free=$(($(df -Pk "$folder" | awk 'NR == 2 {print $4}') / 1024))
  # What is installed already has taken its part.
  if docker version >/dev/null 2>&1; then disk=$((disk / 4)); fi
  if [ "$free" -lt "$disk" ]; then
    refused "$free MB are free in $folder, $disk MB are needed" "make room, or mount a larger disk there"
  else
    ok "$free MB free in $folder"
  fi
}

check_memory() {
  local total
  total=$(($(awk '/^MemTotal:/ {print $2}' /proc/meminfo) / 1024))
  if [ "$total" -lt "$memory" ]; then
    refused "$total MB of memory, $memory MB are needed" "use a machine with more memory"
  else
    ok "$total MB of memory"
  fi
}

# A board without a battery begins in the past, and then no certificate is valid: the clock cannot be before the newest
# package list or package of the machine.
check_time() {
  local now known=0 file time
  now=${FOUNDRY_NOW:-$(date +%s)}
  for file in /var/lib/dpkg/status /var/lib/apt/lists /etc/os-release; do
    time=$(stat -L -c %Y "$file" 2>/dev/null || echo 0)
    [ "$time" -le "$known" ] || known=$time
  done
  if [ "$now" -lt "$((known - 300))" ]; then
    refused "the clock says $(date -u -d "@$now" '+%F %R'), which is before this system was installed" "set it: timedatectl set-ntp true"
  else
    ok "clock $(date -u -d "@$now" '+%F %R') UTC"
  fi
}

# Ports that something listens on, one per line, from the kernel's own tables.
listening() {
  local file
  for file in /proc/net/tcp /proc/net/tcp6; do
    [ ! -r "$file" ] || awk 'NR > 1 && $4 == "0A" {split($2, at, ":"); print at[2]}' "$file"
  done | sort -u | while read -r port; do printf '%d\n' "0x$port"; done
}

check_ports() {
  local port taken
  [ $# -gt 0 ] || return 0
  taken=$(listening)
  for port in "$@"; do
    if ! grep -qx "$port" <<<"$taken"; then
      ok "port $port is free"
    elif [ -n "$(docker ps -q --filter "publish=$port" 2>/dev/null)" ]; then
      ok "port $port is a container's"
    else
      refused "port $port is in use by something that is no container" "stop it (ss -ltnp names it), or choose another port"
    fi
  done
}

for port in "$@"; do
  case $port in '' | *[!0-9]*) printf 'usage: bootstrap/00-preflight.sh [PORT…]\n' >&2; exit 2 ;; esac
done
check_system
check_architecture
check_rights
check_disk
check_memory
check_time
check_ports "$@"
[ "$refusals" = 0 ]
