# Sourced: a control group for the machine where no systemd runs that could give one.
# shellcheck shell=bash

# Each hierarchy that systemd would look at: the unified one, or that and the one of its own.
cgroup_hierarchies() {
  local at
  for at in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
    [ ! -e "$at/cgroup.procs" ] || printf '%s\n' "$at"
  done
}

own_cgroup=belfry-acceptance.$$

enter_own_cgroup() {
  local at stale
  mapfile -t hierarchies < <(cgroup_hierarchies)
  [ ${#hierarchies[@]} -gt 0 ] || fail "there are no control groups" "Mount /sys/fs/cgroup; systemd needs it."
  for at in "${hierarchies[@]}"; do
    # Empty groups are all that a run leaves that was killed.
    for stale in "$at"/belfry-acceptance.*; do
      kill -0 "${stale##*.}" 2>/dev/null || find "$stale" -depth -type d -exec rmdir {} + 2>/dev/null || true
    done
    mkdir "$at/$own_cgroup" || fail "cannot make a control group in $at" "Run this on a machine, not in a container."
    echo $$ >"$at/$own_cgroup/cgroup.procs"
  done
  trap leave_own_cgroup EXIT
}

# By now whatever was in it has ended; the groups that it made go from the innermost outwards.
leave_own_cgroup() {
  local at deadline=$((SECONDS + 10))
  for at in "${hierarchies[@]}"; do
    echo $$ >"$at/cgroup.procs"
    until find "$at/$own_cgroup" -depth -type d -exec rmdir {} + 2>/dev/null; do
      [ $SECONDS -lt $deadline ] || { say "the control group $at/$own_cgroup could not be removed"; break; }
      sleep 0.05
    done
  done
}
