#!/usr/bin/env bash
# Makes the directories that GitLab keeps its state in. Safe to run again.
# usage: setup.sh [DATA_ROOT]
set -euo pipefail

root=${1:-/srv}
for part in config data logs; do
  install -d -m 0755 "$root/gitlab/$part"
done
echo "GitLab keeps its state in $root/gitlab."
