#!/usr/bin/env bash
# Installs Docker Engine and Compose v2 from the distribution on Debian, Ubuntu and Raspberry Pi OS, and starts the engine.
#
# usage: bootstrap/02-install-docker.sh [--user NAME] [--quiet] [--steps]
#        bootstrap/02-install-docker.sh --stop
#
# Idempotent: what already works is left as it is. With systemd the engine is a service. Without systemd
# dockerd is started in the background; --stop ends that daemon and no other.
# --steps says what was changed and what was not, as the other steps of the bootstrap do.
set -euo pipefail
# shellcheck source=utils.sh
. "$(dirname "$0")/utils.sh"

run_dir=/run/foundry-docker
pid_file=$run_dir/dockerd.pid
log_file=/var/log/foundry-dockerd.log
plugin_dir=/usr/local/lib/docker/cli-plugins

quiet=no
action=install
user=${SUDO_USER:-}

steps=no

say() { [ "$quiet$steps" != nono ] || printf '%s\n' "$*"; }
doing() { if [ "$steps" = yes ]; then begin "$*"; else say "$*"; fi; }
did() { if [ "$steps" = yes ]; then changed "$*"; else say "$*"; fi; }
was() { if [ "$steps" = yes ]; then ok "$*"; else say "$*"; fi; }
fail() {
  [ "$steps" = no ] || error "$@"
  printf 'install-docker: %s\n' "$1" >&2
  [ $# -lt 2 ] || printf '  = help: %s\n' "$2" >&2
  exit 4
}
usage() { sed -n '4,5s/^# \{0,1\}//p' "$0"; }

while [ $# -gt 0 ]; do
  case $1 in
    --user) [ $# -ge 2 ] || { usage >&2; exit 2; }; user=$2; shift ;;
    --quiet) quiet=yes ;;
    --steps) steps=yes ;;
    --stop) action=stop ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done

engine_answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }
compose_answers() { docker compose version --short 2>/dev/null | grep -q '^v\{0,1\}\([2-9]\|[1-9][0-9]\)\.'; }

# An engine that runs and is not enabled is gone after the next boot.
start_at_boot() {
  has_systemd || return 0
  ! systemctl is-enabled --quiet docker.service 2>/dev/null || return 0
  systemctl enable --quiet docker.service >/dev/null 2>&1 || return 0
  did "Docker Engine starts at boot from now on."
}

# Without this only root may talk to the engine.
let_user_in() {
  [ -n "$user" ] && [ "$user" != root ] && id "$user" >/dev/null 2>&1 || return 0
  ! id -nG "$user" | grep -qw docker || return 0
  usermod -aG docker "$user"
  did "Added $user to the group docker; it takes effect at the next login."
}

if [ "$action" = install ] && engine_answers && compose_answers; then
  if is_root; then let_user_in; start_at_boot; fi
  was "Docker Engine $(docker version --format '{{.Server.Version}}') and Compose $(docker compose version --short) already work."
  exit 0
fi

if ! is_root; then
  command -v sudo >/dev/null || fail "installing Docker needs root" "run this as root: su -c '$0'"
  again=("$0")
  [ "$quiet" = no ] || again+=(--quiet)
  [ "$steps" = no ] || again+=(--steps)
  [ "$action" = install ] || again+=(--stop)
  exec sudo "${again[@]}" --user "${user:-$(id -un)}"
fi

# The process that this script started, or nothing: a pid file can outlive its daemon.
own_daemon() {
  local pid
  [ -s "$pid_file" ] || return 1
  pid=$(cat "$pid_file")
  [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ] && printf '%s\n' "$pid"
}

if [ "$action" = stop ]; then
  if ! pid=$(own_daemon); then
    say "No Docker daemon was started by this script; nothing to stop."
    exit 0
  fi
  kill "$pid"
  for _ in $(seq 150); do [ -d "/proc/$pid" ] || break; sleep 0.2; done
  [ ! -d "/proc/$pid" ] || fail "dockerd (process $pid) did not end within 30 s" "read $log_file"
  rm -f "$pid_file"
  say "The Docker daemon is stopped."
  exit 0
fi

command -v apt-get >/dev/null || fail "this system has no apt-get" "install Docker Engine and Compose v2 by hand, then run this again"

need_lists() { refresh_lists || fail "apt-get update failed" "check the network and /etc/apt/sources.list.d"; }
apt_install() {
  need_lists
  apt install -y --no-install-recommends "$@" || fail "apt-get install $* failed" "run apt-get install $*"
}
candidate() { LC_ALL=C apt-cache policy "$1" 2>/dev/null | awk '/^  Candidate:/ && $2 != "(none)" {print $2}'; }

install_engine() {
  command -v dockerd >/dev/null && command -v iptables >/dev/null && command -v docker >/dev/null && return 0
  doing "Installing Docker Engine from the distribution."
  local packages=(iptables)
  command -v dockerd >/dev/null || packages+=(docker.io)
  apt_install "${packages[@]}"
  # From Debian 13 on, and on Ubuntu from 25.04, the command line is a package of its own.
  command -v docker >/dev/null || apt_install docker-cli
  did "Installed Docker Engine ($(dpkg-query -W -f '${Version}' docker.io 2>/dev/null || echo found))."
}

start_engine() {
  engine_answers && return 0
  if has_systemd; then
    systemctl enable --now docker >/dev/null 2>&1 || fail "the docker service did not start" "read journalctl -u docker"
  elif ! own_daemon >/dev/null; then
    mkdir -p "$run_dir"
    # A killed daemon leaves its pid file, and dockerd refuses to start when that number is in use again.
    [ "$(cat "/proc/$(cat /var/run/docker.pid 2>/dev/null || echo none)/comm" 2>/dev/null)" = dockerd ] || rm -f /var/run/docker.pid
    setsid nohup dockerd >"$log_file" 2>&1 </dev/null &
    echo $! >"$pid_file"
  fi
  # The first start on a slow disk under load has been seen to need more than a minute.
  for _ in $(seq 900); do
    if engine_answers; then
      did "Started Docker Engine."
      return 0
    fi
    has_systemd || own_daemon >/dev/null || { tail -n 5 "$log_file" >&2; fail "dockerd ended while it started" "read $log_file"; }
    sleep 0.2
  done
  fail "Docker Engine did not answer within 3 minutes" "run docker version"
}

# Debian 13's package runs on Debian 12: it is taken from the same mirror and only its plugin is kept.
unpack_compose() {
  local work mirror keyring
  work=$(mktemp -d)
  # shellcheck disable=SC2064
  trap "rm -rf '$work'" EXIT
  mirror=$(cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
    awk '/^URIs:/ {u = $2} /^deb / {for (i = 2; i <= NF; i++) if ($i ~ /:\/\//) u = $i} u ~ /\/debian\/?$/ {print u; exit}') || true
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  if [ -z "$mirror" ] || [ ! -e "$keyring" ]; then
    fail "no package of this distribution has Compose v2" "install the Compose v2 plugin to $plugin_dir/docker-compose"
  fi
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/root"
  echo "deb [signed-by=$keyring] $mirror trixie main" >"$work/sources.list"
  local get=(apt-get -qq -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root)
  "${get[@]}" update || fail "Debian 13's package list could not be read from $mirror"
  (cd "$work" && "${get[@]}" download docker-compose) || fail "Debian 13's docker-compose could not be fetched from $mirror"
  dpkg-deb -x "$work"/docker-compose_*.deb "$work/root"
  install -D -m 755 "$(find "$work/root" -type f -name docker-compose -path '*cli-plugins*' -print -quit)" "$plugin_dir/docker-compose"
}

install_compose() {
  compose_answers && return 0
  doing "Installing Compose v2."
  add_compose
  did "Installed Compose $(docker compose version --short)."
}

add_compose() {
  need_lists
  local package
  for package in docker-compose-v2 docker-compose-plugin docker-compose; do
    case $(candidate "$package") in
      '' | 1.*) ;;
      *) apt_install "$package"; compose_answers && return 0 ;;
    esac
  done
  unpack_compose
  compose_answers || fail "docker compose does not answer after its installation" "run docker compose version"
}

# Two runs at once would each start a daemon.
exec 9>"/run/lock/foundry-docker"
flock --wait 600 9 || fail "another run installs Docker since 10 minutes" "wait for it to end"
# No daemon may inherit the lock.
install_engine 9>&-
start_engine 9>&-
start_at_boot
install_compose 9>&-
let_user_in
was "Docker Engine $(docker version --format '{{.Server.Version}}') and Compose $(docker compose version --short) work."
