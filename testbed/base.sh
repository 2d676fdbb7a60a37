# shellcheck shell=bash
# What every system's script shares: where things are kept, how to say things, how to install packages.

testbed=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${FOUNDRY_TESTBED:-${XDG_CACHE_HOME:-$HOME/.cache}/foundry-testbed}
mkdir -p "$cache"
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" DEBIAN_FRONTEND=noninteractive

# The names of all systems in alphabetical order (-d), or the other way round to stop them (-r).
systems() { find "$testbed/systems" -maxdepth 1 -type f -printf '%f\n' | sort "$@"; }

# Messages go to stderr: stdout carries the KEY=VALUE lines that tests read.
say() { printf '%s\n' "$*" >&2; }
fail() { printf 'testbed: %s\n' "$1" >&2; [ $# -lt 2 ] || printf '  = help: %s\n' "$2" >&2; exit 4; }
put() { printf '%s=%s\n' "$1" "$2"; }

# One at a time per name, across processes: two test runs may ask for the same system at once.
locked() {
  local lock=$cache/$1.lock
  shift
  (
    exec 9>"$lock"
    flock 9
    "$@" 9>&-
  )
}

has_package() { [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null)" = 'ii ' ]; }

install_now() {
  local package missing=()
  for package in "$@"; do has_package "${package%%/*}" || missing+=("$package"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || fail "installing ${missing[*]} needs root" "run sudo $testbed/up"
  say "Installing ${missing[*]}."
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1 ||
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; } ||
    fail "apt-get install ${missing[*]} failed" "run apt-get update, then try again"
}
# Installs Debian packages (NAME, or NAME/SUITE); dpkg takes one at a time.
packages() { locked apt install_now "$@"; }

# Go, from the machine or from the distribution.
need_go() {
  command -v go >/dev/null || { [ -x /usr/local/go/bin/go ] && PATH=$PATH:/usr/local/go/bin; } || packages golang-go
}

# Debian's mirror as this machine's apt knows it.
mirror() {
  cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
    awk '/^URIs:/ {u = $2} /^deb / {for (i = 2; i <= NF; i++) if ($i ~ /:\/\//) u = $i}
      u ~ /\/debian\/?$/ && !seen {print u; seen = 1}' || true
}

# Runs a command and waits until it succeeds, at most N seconds.
wait_for() {
  local seconds=$1
  shift
  for _ in $(seq $((seconds * 5))); do "$@" >/dev/null 2>&1 && return 0; sleep 0.2; done
  return 1
}

# The state of a program that testbed/build makes: built NAME PROGRAM.
built() {
  local key version
  key=$(cat "$testbed/go/$1"/* | sha256sum | cut -c 1-12)
  # The required module that the first tool is a package of.
  version=$(awk '$1 == "tool" {tool = $2} tool == "(" {tool = ""; next_tool = 1; next} next_tool {tool = $1; next_tool = 0}
    tool && $1 == "require" && index(tool, $2) == 1 {print $3; exit} tool && index(tool, $1) == 1 && $2 ~ /^v/ {print $2; exit}' \
    "$testbed/go/$1/go.mod")
  if [ -x "$cache/go/$1-$key/$2" ]; then echo "built, $version"; else echo "not built, $version"; fi
}

# Installs packages without letting them start services: with systemd their units would take well-known ports.
without_services() {
  local policy=/usr/sbin/policy-rc.d ours=no result=0
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    ours=yes
  fi
  "$@" || result=$?
  [ "$ours" = no ] || rm -f "$policy"
  return "$result"
}

# The state of a Debian package: packaged NAME.
packaged() {
  if has_package "$1"; then echo "installed, $(dpkg-query -W -f '${Version}' "$1")"; else echo "not installed"; fi
}

# Docker lets nothing through between bridges that are not its own; + matches every name that begins so.
open_bridges() {
  iptables -nL DOCKER-USER >/dev/null 2>&1 || return 0
  local side
  for side in -i -o; do
    iptables -C DOCKER-USER "$side" fdt+ -j ACCEPT 2>/dev/null || iptables -I DOCKER-USER "$side" fdt+ -j ACCEPT
  done
}
