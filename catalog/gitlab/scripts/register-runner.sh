#!/usr/bin/env bash
# Creates an instance runner in the running GitLab and prints its token, once.
# usage: register-runner.sh [DESCRIPTION]
set -euo pipefail

description=${1:-foundry}
case $description in
  *[!A-Za-z0-9._-]*) echo "register-runner: a description has only letters, digits and ._-" >&2; exit 2 ;;
esac
if [ "$(docker inspect --format '{{.State.Running}}' gitlab 2>/dev/null)" != true ]; then
  echo "register-runner: the container gitlab is not running" >&2
  echo "  = help: foundry deploy gitlab --env prod" >&2
  exit 4
fi

# GitLab's own console makes the runner: no personal token has to exist for this.
token=$(docker exec gitlab gitlab-rails runner "
  runner = Ci::Runners::CreateRunnerService.new(
    user: User.admins.first,
    params: {runner_type: 'instance_type', description: '$description', run_untagged: true}
  ).execute
  abort(runner.message) unless runner.success?
  puts runner.payload[:runner].token")
[ -n "$token" ] || { echo "register-runner: GitLab gave no token" >&2; exit 4; }

# Standard output carries the token alone, so that it can be piped into a vault.
echo "Pipe this into: foundry secret set GITLAB_RUNNER_TOKEN; then: foundry env set GITLAB_RUNNER_ENABLED=yes" >&2
printf '%s\n' "$token"
