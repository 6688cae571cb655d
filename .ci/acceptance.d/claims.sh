# Sourced: how a claim is made, proved and printed.
# shellcheck shell=bash disable=SC2016,SC2154

proved=0
began=$SECONDS

# claim TEXT: what the lines below prove; it counts as proved when the next one begins, or at the end.
claim() {
  close_claim
  current=$1
  claim_began=$SECONDS
  printf '\n=== %s\n' "$current" >>"$logs/log"
}

close_claim() {
  [ -n "${current:-}" ] || return 0
  printf '    ok  %s (%d s)\n' "$current" $((SECONDS - claim_began))
  proved=$((proved + 1))
  current=
}

# refute WHAT: the claim does not hold.
refute() {
  printf '%s\n' "$1" >>"$logs/log"
  fail "not so: ${current:-it}: $1" "The last lines above are from .build/acceptance/log; the journal is beside it."
}

# run COMMAND...: runs it in the machine; command and output go to the log, the output also to $output.
run() {
  local status=0
  printf '# %s\n' "$*" >>"$logs/log"
  output=$(inside "$@" 2>&1) || status=$?
  [ -z "$output" ] || printf '%s\n' "$output" >>"$logs/log"
  return "$status"
}

# must COMMAND...: run, which has to succeed.
must() {
  local status=0
  run "$@" || status=$?
  [ "$status" = 0 ] || refute "'$*' ended with $status: ${output##*$'\n'}"
}

# must_fail STATUS COMMAND...: run, which has to end with this exit status.
must_fail() {
  local wanted=$1 status=0
  shift
  run "$@" || status=$?
  [ "$status" = "$wanted" ] || refute "'$*' ended with $status instead of $wanted"
}

# says PATTERN: the last output matches.
says() { grep -qE -- "$1" <<<"$output" || refute "no line matches '$1'"; }

# says_not PATTERN: the last output has no such line.
says_not() {
  local found
  found=$(grep -E -- "$1" <<<"$output" | head -n 3) || return 0
  refute "it says: $found"
}

# equal ACTUAL WANTED: both are the same.
equal() { [ "$1" = "$2" ] || refute "it is '$1', not '$2'"; }

# until_true SECONDS COMMAND...: waits for a condition of the machine, no longer than that.
until_true() {
  local deadline=$((SECONDS + $1))
  shift
  until run "$@"; do
    [ $SECONDS -lt $deadline ] || refute "'$*' did not come true: ${output##*$'\n'}"
    pause
  done
}

# until_says SECONDS PATTERN COMMAND...: waits until its output matches.
until_says() {
  local deadline=$((SECONDS + $1)) pattern=$2
  shift 2
  until run "$@" && grep -qE -- "$pattern" <<<"$output"; do
    [ $SECONDS -lt $deadline ] || refute "'$*' did not say '$pattern' but: ${output##*$'\n'}"
    pause
  done
}

# sql TEXT: what PostgreSQL answers, as its superuser, unaligned.
# What the database says beside its answer is for people.
sql() {
  must runuser -u postgres -- env PGOPTIONS=-cclient_min_messages=error \
    psql --no-psqlrc -qAtX --set ON_ERROR_STOP=1 --dbname belfry --command "$1"
}

# until_sql SECONDS WANTED QUERY: waits until the query answers that.
until_sql() {
  until_says "$1" "^$2\$" runuser -u postgres -- psql --no-psqlrc -qAtX --dbname belfry --command "$3"
}

# property NAME: a property of belfry.service.
property() { inside systemctl show --property="$1" --value "${2:-belfry.service}"; }

# sandbox METHOD PATH [BODY]: one request to the stand-in's control API; the answer's body is $output.
sandbox() {
  must bash -c '
    exec 3<>/dev/tcp/127.0.0.1/8400
    printf "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" \
      "$1" "$2" "${#3}" "$3" >&3
    sed "1,/^\r*\$/d" <&3' sandbox "$1" "/_sandbox/$2" "${3:-}"
}

# asked OPERATION: how often Belfry has called it since the last forget_calls.
asked() {
  sandbox GET "requests?operation=$1&after=${calls:-0}"
  grep -o '"number":' <<<"$output" | wc -l
}

forget_calls() {
  sandbox GET requests
  calls=$(grep -o '"number":[0-9]*' <<<"$output" | tail -n 1 | cut -d : -f 2)
}

# until_asked SECONDS OPERATION TIMES: waits until it was called that often.
until_asked() {
  local deadline=$((SECONDS + $1))
  until [ "$(asked "$2")" -ge "$3" ]; do
    [ $SECONDS -lt $deadline ] || refute "'$2' was called $(asked "$2") times within $1 s, not $3 times"
    pause
  done
}

# published CAPTION: how many media with this caption the stand-in has.
published() {
  sandbox GET media
  grep -o '"caption":"[^"]*"' <<<"$output" | grep -cF "\"$1\"" || true
}

# post CAPTION [TIME [PERSONA]]: queues a photo that was not used yet with psql; its id is $post.
post() {
  sql "INSERT INTO scheduling_posts (persona_id, photo_id, caption, scheduled_at)
    SELECT persona_id, id, '$1', ${2:-now()} FROM photos
    WHERE persona_id = (SELECT id FROM personas WHERE name = '${3:-sarah}')
      AND NOT EXISTS (SELECT FROM scheduling_posts AS p WHERE p.photo_id = photos.id) ORDER BY id LIMIT 1
    RETURNING id"
  post=$output
  [ -n "$post" ] || refute "no photo is left for '$1'"
}

# drop_in NAME UNIT TEXT: a drop-in for a unit, put in force; an empty TEXT removes it.
drop_in() {
  local directory=$tree/etc/systemd/system/$2.service.d
  printf '# drop-in %s for %s:\n%s\n' "$1" "$2" "$3" >>"$logs/log"
  mkdir -p "$directory"
  if [ -n "$3" ]; then printf '%s\n' "$3" >"$directory/$1.conf"; else rm -f "$directory/$1.conf"; fi
  must systemctl daemon-reload
}

# until_anew PID: belfry is active again, as another process than PID.
until_anew() {
  until_true 60 bash -c 'systemctl is-active belfry && [ "$(systemctl show -P MainPID belfry)" != "$1" ]' anew "$1"
}

# posted CAPTION ID [SECONDS]: waits until the row is posted, and the stand-in has it once.
posted() {
  until_sql "${3:-60}" posted "SELECT status FROM scheduling_posts WHERE id = $2"
  equal "$(published "$1")" 1
}

# conclude STATUS: the last lines.
conclude() {
  local failed=0
  if [ "$1" = 0 ]; then
    close_claim
  else
    failed=1
    [ ! -e "$logs/log" ] || printf -- "--- the end of .build/acceptance/log\n" >&2
    tail -n 25 "$logs/log" >&2 2>/dev/null || true
  fi
  say "acceptance took $((SECONDS - began)) s without building"
  printf '%d passed, %d failed\n' "$proved" "$failed"
  exit "$1"
}
