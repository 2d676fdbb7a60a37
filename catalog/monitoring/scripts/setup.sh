#!/usr/bin/env bash
# Makes the directories of the monitoring services and gives them to the users the images run as. Safe to run again.
# usage: setup.sh [DATA_ROOT]
set -euo pipefail

root=${1:-/srv}/monitoring
install -d -m 0755 "$root"
install -d -m 0750 -o 65534 -g 65534 "$root/prometheus"
install -d -m 0750 -o 10001 -g 10001 "$root/loki"
install -d -m 0750 -o 472 -g 0 "$root/grafana"
install -d -m 0750 "$root/alertmanager" "$root/alloy"
echo "The monitoring services keep their state in $root."
