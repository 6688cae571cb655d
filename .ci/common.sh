# Sourced by the scripts beside it: how they talk, and what they all need to know.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
: "${SWIFT:=swift}"
export root SWIFT

# The checkout may belong to somebody else than root, who runs CI; git then wants to be told.
git() { command git -c safe.directory="$root" "$@"; }

say() { printf '==> %s\n' "$*"; }

# fail MESSAGE [HINT]: says what went wrong, then what to do about it, and ends.
fail() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  [ -z "${2:-}" ] || printf 'HINT: %s\n' "$2" >&2
  exit 1
}

# as_root COMMAND...: runs it as root, through sudo if need be.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "'$1' needs root, and there is no sudo" "Run this as root, or install sudo."
  fi
}

# The directory of PostgreSQL's server programs, newest first; they are not in PATH on Debian.
postgres_bin() {
  local directory
  for directory in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -Vr); do
    [ -x "$directory/initdb" ] && printf '%s\n' "$directory" && return
  done
  directory=$(command -v initdb) && dirname "$(readlink -f "$directory")" && return
  fail "PostgreSQL's initdb was not found" "Install the package postgresql-15."
}

# The moment a process started, in clock ticks since boot: with its id, it names one process for good.
start_time() {
  local stat
  { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
  # The second field, the name in parentheses, may hold spaces and parentheses of its own.
  stat=${stat##*) }
  read -r -a stat <<<"$stat"
  [ "${stat[0]}" != Z ] && printf '%s\n' "${stat[19]}"
}
