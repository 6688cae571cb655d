# without systemd
# shellcheck shell=bash disable=SC2016,SC2034,SC2119,SC2120,SC2154

claim "the line of etc/cron.d/belfry publishes what is due; passes that overlap, and the daemon, publish each once"
must systemctl stop belfry
must bash -c 'install -d -o belfry -g belfry /var/log/belfry
  chown root:belfry /etc/belfry/credentials /etc/belfry/credentials/belfry.key
  chmod 750 /etc/belfry/credentials; chmod 640 /etc/belfry/credentials/belfry.key'
must sed -n 's/^[0-9*][^ ]* [^ ]* [^ ]* [^ ]* [^ ]*  *belfry  *//p' /usr/share/doc/belfry/examples/cron.d-belfry
line=$output
[ "$(wc -l <<<"$line")" = 1 ] || refute "the crontab has not one line but: $line"
posts=()
for number in 1 2 3; do
  post "from cron $number"
  posts+=("$post")
  post "from cron $number, too" "now()" max
  posts+=("$post")
done
cron=(runuser -u belfry -- env -i SHELL=/bin/sh PATH=/usr/bin:/bin HOME=/var/lib/belfry LOGNAME=belfry
  CREDENTIALS_DIRECTORY=/etc/belfry/credentials /bin/sh -c "$line")
must bash -c '"$@" & one=$!; "$@" & two=$!; "$@"; wait $one; wait $two' passes "${cron[@]}"
# A pass takes one post of each persona at a time; the daemon and a pass share the rest.
must systemctl start belfry
run "${cron[@]}" || true
ids=$(IFS=,; echo "${posts[*]}")
until_sql 60 6 "SELECT count(*) FROM scheduling_posts WHERE status = 'posted' AND id IN ($ids)"
for number in 1 2 3; do
  equal "$(published "from cron $number")" 1
  equal "$(published "from cron $number, too")" 1
done
must cat /var/log/belfry/post-scheduled.log
equal "$(grep -cE '^[0-9]+ posted, [0-9]+ deferred, 0 failed, 0 unconfirmed$' <<<"$output")" 4
must bash -c 'rm -r /var/log/belfry
  chown root:root /etc/belfry/credentials /etc/belfry/credentials/belfry.key
  chmod 700 /etc/belfry/credentials; chmod 600 /etc/belfry/credentials/belfry.key'
