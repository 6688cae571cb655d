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

# toolchain_bin: where the programs lie that come with Swift, such as clang and llvm-cov; PATH may have others.
toolchain_bin() {
  local resources
  resources=$("$SWIFT" -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
  [ -x "$resources/../../bin/clang" ] || fail "the toolchain of $SWIFT was not found" "Try '$SWIFT -print-target-info'."
  (cd "$resources/../../bin" && pwd)
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

# check_tmpdir MEGABYTES SOCKET: refuses a $TMPDIR in which a private PostgreSQL cannot run: one without so much room,
# one that its user may not enter, or one that is too long for the address of SOCKET, a path below it.
check_tmpdir() {
  local base=${TMPDIR:-/tmp} room longest
  [ -w "$base/." ] \
    || fail "temporary files cannot be written to '$base'" "Set TMPDIR to a directory that you may write to."
  base=$(cd "$base" && pwd)
  longest=$((107 - ${#2}))
  [ "$(printf %s "$base" | wc -c)" -le "$longest" ] \
    || fail "the path of $base is too long for a Unix socket in it" "Set TMPDIR to a path of at most $longest bytes."
  # PostgreSQL refuses to run as root, and runs as this user then.
  if [ "$(id -u)" = 0 ] && id postgres >/dev/null 2>&1; then
    runuser -u postgres -- test -x "$base" \
      || fail "the user postgres may not enter $base" "Let it, with 'chmod a+x' up to the root, or set TMPDIR."
  fi
  room=$(df --output=avail -B 1M "$base" | tail -n 1)
  [ "$room" -ge "$1" ] \
    || fail "$base has room for $((room)) MB, and up to $1 MB are needed" "Free some, or set TMPDIR."
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
