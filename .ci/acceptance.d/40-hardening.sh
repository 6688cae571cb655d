# confinement and secrets
# shellcheck shell=bash disable=SC2016,SC2034,SC2119,SC2120,SC2154

claim "the process runs as belfry, without capabilities, behind a system-call filter, without core dumps"
pid=$(property MainPID)
must cat "/proc/$pid/status"
says "^Uid:.$(inside id -u belfry)."
says '^CapEff:.0000000000000000$'
says '^CapBnd:.0000000000000000$'
says '^NoNewPrivs:.1$'
says '^Seccomp:.2$'
must cat "/proc/$pid/limits"
says '^Max core file size +0 +0 '
must nsenter --target "$pid" --mount -- findmnt --noheadings --output OPTIONS --target /usr
says '^ro'

# where_is SECRET: the places in the machine where it can be found.
where_is() {
  # The needle comes through standard input, so that the search does not find itself.
  must bash -c '
    read -r needle
    for process in /proc/[0-9]*; do
      for file in cmdline environ; do
        tr "\0" "\n" 2>/dev/null <"$process/$file" | grep -qF -- "$needle" && echo "$process/$file"
      done
    done
    journalctl --no-pager --output=export | grep -qaF -- "$needle" && echo journal
    runuser -u postgres -- pg_dumpall | grep -qF -- "$needle" && echo dump
    grep -rlF -- "$needle" /etc /opt/acceptance /run /srv /tmp /var/log /var/lib/{belfry,postgresql,systemd} 2>/dev/null
    true' <<<"$1"
}

claim "tokens and key are in no argument, environment, journal, log or dump, also while posts are under way"
forget_calls
sandbox POST faults '{"operation": "publish", "effect": "after", "answer": {"stall": 4}, "times": 2}'
post "a secret on its way"
secret=$post
post "another on its way" "now()" max
until_asked 20 publish 2
for needle in "$token_sarah" "$token_max"; do
  where_is "$needle"
  # The stand-in's own seed proves that the search finds what is there.
  equal "$output" /opt/acceptance/seed.json
done
posted "a secret on its way" "$secret"
posted "another on its way" "$post"
key=$(tr -d '\n' <"$tree/etc/belfry/credentials/belfry.key")
where_is "$key"
equal "$output" "/etc/belfry/credentials/belfry.key
/run/credentials/belfry.service/belfry.key"

claim "a crash leaves no core file"
pid=$(property MainPID)
must systemctl kill --kill-whom=main --signal=SEGV belfry
until_anew "$pid"
must find / -xdev -name 'core*' -newer /opt/acceptance/seed.json -type f -size +100k -not -path '/proc/*'
equal "$output" ""

claim "the key may be encrypted at rest, and the database role may have a password"
must systemd-creds encrypt --with-key=host --name=belfry.key /etc/belfry/credentials/belfry.key \
  /etc/belfry/credentials/belfry.key.encrypted
must mv /etc/belfry/credentials/belfry.key /root/belfry.key
password=acceptance$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
(umask 077 && printf '%s\n' "$password" >"$tree/etc/belfry/credentials/database.password")
# Through standard input: the journal keeps the command lines of those who write to it.
must runuser -u postgres -- psql --no-psqlrc -qX --dbname belfry <<<"ALTER ROLE belfry PASSWORD '$password'"
network='Environment=BELFRY_DATABASE="host=127.0.0.1 dbname=belfry user=belfry"
LoadCredential=database.password:/etc/belfry/credentials/database.password'
drop_in network belfry-migrate "[Service]
$network"
drop_in network belfry "[Service]
$network
LoadCredential=
LoadCredential=database.password:/etc/belfry/credentials/database.password
LoadCredentialEncrypted=belfry.key:/etc/belfry/credentials/belfry.key.encrypted"
must systemctl restart belfry
post "with an encrypted key and a password"
posted "with an encrypted key and a password" "$post"
sql "SELECT DISTINCT host(client_addr) FROM pg_stat_activity WHERE application_name = 'belfry run'"
equal "$output" 127.0.0.1
where_is "$password"
equal "$output" "/etc/belfry/credentials/database.password
/run/credentials/belfry.service/database.password"
drop_in network belfry ""
drop_in network belfry-migrate ""
must mv /root/belfry.key /etc/belfry/credentials/belfry.key
must rm /etc/belfry/credentials/belfry.key.encrypted /etc/belfry/credentials/database.password

claim "the service may run as a role that owns nothing, while belfry-migrate runs as the owner"
drop_in owner belfry-migrate '[Service]
User=postgres'
sql "REASSIGN OWNED BY belfry TO postgres; GRANT belfry_daemon TO belfry"
must systemctl restart belfry
must_fail 1 runuser -u belfry -- psql --no-psqlrc --dbname belfry --set ON_ERROR_STOP=1 --command 'DROP TABLE personas'
says 'must be owner'
post "published by a role that owns nothing"
posted "published by a role that owns nothing" "$post"

claim "numbers for Prometheus go where node_exporter looks, whole and readable, by a drop-in"
must install -d -m 775 -g belfry /var/lib/prometheus/node-exporter
drop_in metrics belfry '[Service]
ReadWritePaths=/var/lib/prometheus/node-exporter'
configure 'metrics: { file: /var/lib/prometheus/node-exporter/belfry.prom }'
must systemctl restart belfry
until_true 20 runuser -u nobody -- grep '^belfry_up 1$' /var/lib/prometheus/node-exporter/belfry.prom
must cat /var/lib/prometheus/node-exporter/belfry.prom
says '^belfry_database_up 1$'
says '^belfry_posts_published_total [0-9]+$'
says_not "$token_sarah|$token_max"
must bash -c 'ls -A /var/lib/prometheus/node-exporter'
equal "$output" belfry.prom
drop_in metrics belfry ""
configure
must systemctl restart belfry
must rm -r /var/lib/prometheus/node-exporter

claim "a photo library and a web server's directory elsewhere need only a drop-in"
must install -d /srv/photos/max
must bash -c 'cp /opt/acceptance/photos/max/lake-009.jpg /srv/photos/max/from-the-library.jpg'
must install -d -o belfry -g belfry /srv/media
mkdir -p "$tree/etc/systemd/system/graph-sandbox@8401.service.d"
printf '[Service]\nEnvironment=SERVED=/srv/media\n' >"$tree/etc/systemd/system/graph-sandbox@8401.service.d/served.conf"
drop_in places belfry '[Service]
ReadOnlyPaths=/srv/photos
ReadWritePaths=/srv/media'
must systemctl start graph-sandbox@8401.service
until_true 20 bash -c 'exec 3<>/dev/tcp/127.0.0.1/8401'
photos=/srv/photos webroot=/srv/media base_url=http://127.0.0.1:8401/_files/ configure
must systemctl restart belfry
sql "INSERT INTO photos (persona_id, path)
  SELECT id, 'max/from-the-library.jpg' FROM personas WHERE name = 'max' RETURNING id"
sql "INSERT INTO scheduling_posts (persona_id, photo_id, caption, scheduled_at)
  SELECT persona_id, id, 'from the library', now() FROM photos WHERE id = $output RETURNING id"
posted "from the library" "$output"
drop_in places belfry ""
configure
must systemctl restart belfry
