# bad days
# shellcheck shell=bash disable=SC2016,SC2034,SC2119,SC2120,SC2154

claim "a bad configuration is refused by systemctl reload: the old one stays, and the journal says why"
pid=$(property MainPID)
configure 'publishing_: {}'
must systemctl reload belfry
until_says 10 "the new configuration is refused, the old one stays: .*publishing_" \
  journalctl --no-pager --output=cat --unit=belfry --priority=err
equal "$(property MainPID)" "$pid"
post "after a bad reload"
posted "after a bad reload" "$post"

claim "a bad configuration at start is exit 78, said once, and not tried again"
must_fail 1 systemctl restart belfry
must_fail 3 systemctl status --no-pager belfry
says "status=78"
equal "$(property NRestarts)" 0
until_says 10 "unknown key 'publishing_'" journalctl --no-pager --output=cat --unit=belfry
configure
must systemctl start belfry

claim "killed with SIGKILL while Instagram's answer is on its way: started again, published once"
forget_calls
sandbox POST faults '{"operation": "publish", "effect": "after", "answer": {"stall": 30}}'
pid=$(property MainPID)
post "killed in the middle"
killed=$post
until_asked 20 publish 1
must systemctl kill --kill-whom=main --signal=KILL belfry
until_anew "$pid"
posted "killed in the middle" "$killed"
equal "$(asked publish)" 1
sandbox DELETE faults

claim "a hung process is noticed by systemd's watchdog and replaced"
drop_in impatient belfry '[Service]
WatchdogSec=4
RestartSec=1'
must systemctl restart belfry
pid=$(property MainPID)
must kill -STOP "$pid"
until_anew "$pid"
must journalctl --no-pager --output=cat --unit=belfry
says 'Watchdog timeout'
post "after the watchdog"
posted "after the watchdog" "$post"
drop_in impatient belfry ""

claim "systemctl stop ends within 10 s with posts under way, puts them back, and loses none"
must systemctl restart belfry
sandbox POST settings '{"polls_until_finished": 100000, "seconds_until_finished": null}'
forget_calls
post "interrupted"
interrupted=$post
post "interrupted, too" "now()" max
until_asked 20 status 2
stopping=$SECONDS
must systemctl stop belfry
[ $((SECONDS - stopping)) -le 10 ] || refute "it took $((SECONDS - stopping)) s"
equal "$(property Result)" success
sql "SELECT string_agg(status, ' ') FROM scheduling_posts WHERE id IN ($interrupted, $post)"
equal "$output" "scheduled scheduled"
sandbox POST settings '{"polls_until_finished": 1, "seconds_until_finished": 5}'
must systemctl start belfry
posted "interrupted" "$interrupted"
posted "interrupted, too" "$post"

claim "systemctl stop lets a publish that has left finish, within 10 s"
forget_calls
sandbox POST faults '{"operation": "publish", "effect": "after", "answer": {"stall": 3}}'
post "finished while stopping"
until_asked 20 publish 1
stopping=$SECONDS
must systemctl stop belfry
[ $((SECONDS - stopping)) -le 10 ] || refute "it took $((SECONDS - stopping)) s"
sql "SELECT status FROM scheduling_posts WHERE id = $post"
equal "$output" posted
equal "$(published "finished while stopping")" 1
must systemctl start belfry

claim "PostgreSQL restarted underneath: the same process goes on, and nothing is lost"
pid=$(property MainPID)
must date +%s.%N
restarted=$output
forget_calls
sandbox POST faults '{"operation": "publish", "effect": "after", "answer": {"stall": 2}}'
post "while PostgreSQL restarts"
until_asked 20 publish 1
must systemctl restart postgresql.service
posted "while PostgreSQL restarts" "$post"
until_says 20 '^PostgreSQL is back' journalctl --no-pager --output=cat --unit=belfry
equal "$(property MainPID)" "$pid"
post "after PostgreSQL was restarted"
posted "after PostgreSQL was restarted" "$post"
must journalctl --no-pager --quiet --unit=belfry --priority=err --since="@$restarted"
equal "$output" ""

claim "a migration that is refused is not repeated: the service says why, with exit 78, and stays down"
sql "UPDATE schema_migrations SET checksum = 'x' || checksum WHERE version = 1"
must_fail 1 systemctl restart belfry
must_fail 3 systemctl is-active belfry
equal "$(property NRestarts) $(property ExecMainStatus)" "0 78"
equal "$(property ActiveState belfry-migrate.service) $(property NRestarts belfry-migrate.service)" "failed 0"
until_says 10 'migration 1 .personas_photos_posts. was applied with another content' \
  journalctl --no-pager --output=cat --unit=belfry --priority=err
sql "UPDATE schema_migrations SET checksum = substr(checksum, 2) WHERE version = 1"
must systemctl start belfry

claim "a process that dies at once, again and again, is left to a human"
drop_in crash belfry '[Service]
Type=simple
ExecStart=
ExecStart=/bin/false
RestartSec=100ms'
run systemctl restart belfry || true
until_says 60 '^failed$' systemctl show --property=ActiveState --value belfry
until_says 20 'Start request repeated too quickly' journalctl --no-pager --output=cat --unit=belfry
drop_in crash belfry ""
must systemctl reset-failed belfry
must systemctl start belfry
