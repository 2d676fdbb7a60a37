# shellcheck shell=bash
# What every step of the bootstrap shares: how it says things, and how packages are installed.
#
# Every line says what it is about: `begin` (this takes a while), `ok`, `changed`, `missing` (found by --check), `refused` or `error`. Exit codes:
# 0 done, 1 refused or something is missing, 2 usage, 4 something failed.

# A root shell opened with su has no sbin on its path.
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" DEBIAN_FRONTEND=noninteractive LC_ALL=C

begin() { printf 'begin    %s\n' "$*"; }
ok() { printf 'ok       %s\n' "$*"; }
changed() { printf 'changed  %s\n' "$*"; }
missing() { printf 'missing  %s\n' "$*"; lacks=$((${lacks:-0} + 1)); }
refused() {
  printf 'refused  %s\n' "$1"
  [ $# -lt 2 ] || printf '  = help: %s\n' "$2"
  refusals=$((${refusals:-0} + 1))
}
error() {
  printf 'error    %s\n' "$1"
  [ $# -lt 2 ] || printf '  = help: %s\n' "$2"
  exit 4
}

has_systemd() { [ -d /run/systemd/system ]; }
is_root() { [ "$(id -u)" = 0 ]; }
has_package() { [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null)" = 'ii ' ]; }

# /etc/os-release in one line: ID VERSION_ID PRETTY_NAME. The file can be named for tests.
system() {
  (
    # shellcheck disable=SC1090
    . "${FOUNDRY_OS_RELEASE:-/etc/os-release}" 2>/dev/null || true
    printf '%s|%s|%s\n' "${ID:-unknown}" "${VERSION_ID:-0}" "${PRETTY_NAME:-an unknown system}"
  )
}

# Another apt may run, as it does on the first boot of a machine: it is waited for.
# What it says is shown only when it fails.
apt() {
  local said status=0
  said=$(apt-get -qq -o DPkg::Lock::Timeout=300 "$@" 2>&1) || status=$?
  [ "$status" = 0 ] || printf '%s\n' "$said" | tail -n 5 >&2
  return "$status"
}

# Lists of the last hour are new enough.
refresh_lists() {
  [ -z "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -mmin -60 -print -quit 2>/dev/null)" ] || return 0
  apt update
}

install_packages() {
  begin "installing $*"
  refresh_lists || error "apt-get update failed" "check the network and /etc/apt/sources.list.d"
  apt install -y --no-install-recommends "$@" || error "apt-get install $* failed" "run apt-get install $*"
}
