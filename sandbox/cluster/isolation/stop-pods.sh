#!/bin/sh
# Asks every process in every pod to end, and waits for them, five seconds at most. Run inside the sandbox.
# $1: the sandbox's control group, as in /sys/fs/cgroup/<hierarchy>/<group>
set -eu

processes() {
  find /sys/fs/cgroup -path "*$1/kubepods/*" -name cgroup.procs -exec cat {} + | sort -u
}

for pid in $(processes "$1"); do kill -TERM "$pid" 2>/dev/null || :; done
for _ in $(seq 50); do
  [ -n "$(processes "$1")" ] || exit 0
  sleep 0.1
done
