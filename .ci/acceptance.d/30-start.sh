# a good day
# shellcheck shell=bash disable=SC2016,SC2034,SC2119,SC2120,SC2154

claim "belfry may be started before PostgreSQL: it waits, makes its schema, and is ready once PostgreSQL is"
must systemctl stop postgresql.service
must systemctl enable belfry.service
must systemctl start --no-block belfry.service
until_says 20 'waiting for PostgreSQL' journalctl --no-pager --output=cat --unit=belfry-migrate
equal "$(property ActiveState belfry-migrate.service)" activating
equal "$(property ActiveState)" inactive
must systemctl start postgresql.service
until_true 30 systemctl is-active belfry
must journalctl --no-pager --output=cat --unit=belfry-migrate
says '^applied 0001_personas_photos_posts$'
must runuser -u belfry -- belfry migrate --verify
says '^the live schema is the shipped one$'

claim "tokens are stored as docs/operations.md says, with the key that only root may read"
sql "INSERT INTO personas (name, instagram_account_id, login, time_zone) VALUES
  ('sarah', '17841400000000001', 'facebook', 'Europe/Berlin'),
  ('max', '17841400000000002', 'instagram', 'America/Denver')"
for persona in sarah max; do
  for photo in "$tree/var/lib/belfry/photos/$persona"/*.jpg; do printf '%s\n' "$persona/${photo##*/}"; done
done | inside runuser -u postgres -- psql --no-psqlrc -qX --dbname belfry --set ON_ERROR_STOP=1 --command \
  'CREATE TEMP TABLE names (path text)' --command '\copy names from stdin' --command \
  "INSERT INTO photos (persona_id, path)
   SELECT p.id, path FROM names JOIN personas AS p ON p.name = split_part(path, '/', 1) ORDER BY path" \
  >>"$logs/log" 2>&1 \
  || refute "the photos were not registered"
as_service=(systemd-run --pipe --wait --quiet --collect --property=User=belfry
  --property=LoadCredential=belfry.key:/etc/belfry/credentials/belfry.key belfry)
must "${as_service[@]}" credentials set sarah <<<"$token_sarah"
must "${as_service[@]}" credentials set max <<<"$token_max"
must "${as_service[@]}" credentials verify
says '^ok +max'
says '^ok +sarah'

claim "a post queued by psql is published, once, and the photo is public only meanwhile"
post "a post on a good day"
first=$post
posted "a post on a good day" "$first"
sql "SELECT provider_post_id, permalink FROM scheduling_posts WHERE id = $first"
says '^[0-9]+\|http'
until_true 10 bash -c '[ -z "$(find /var/lib/belfry/public -type f)" ]'

claim "a post is published at its second, by both kinds of login"
post "a post for later" "now() + interval '3 seconds'" max
posted "a post for later" "$post"
sql "SELECT extract(epoch FROM posted_at - scheduled_at) < 5 FROM scheduling_posts WHERE id = $post"
equal "$output" t

claim "systemctl status says in one line how things are"
until_says 20 'Status: "ok · 2 personas · nothing queued · 0 deferred · 0 unconfirmed · next wake [0-9]' \
  systemctl status --no-pager belfry
says 'Loaded: loaded \(/lib/systemd/system/belfry.service; enabled'
says 'Active: active \(running\)'
must runuser -u belfry -- belfry status
says '^OK '

claim "the journal tells a post's life by its number, with fields, and explains it from the catalogue"
must journalctl --no-pager --output=cat "BELFRY_POST=$first"
life=$output
[ "$(wc -l <<<"$life")" -ge 3 ] || refute "only $(wc -l <<<"$life") lines"
must journalctl --no-pager --output=verbose "BELFRY_POST=$first"
for field in BELFRY_PERSONA=sarah BELFRY_STEP= BELFRY_ATTEMPT=1 BELFRY_INSTANCE= MESSAGE_ID= \
  _SYSTEMD_UNIT=belfry.service; do
  says "^ +$field"
done
must journalctl --no-pager --catalog --output=short "BELFRY_POST=$first"
says "^(--|░░) Subject: Post $first of sarah was published"
says '^(--|░░) Defined-By: Belfry'

claim "SIGUSR1 wakes it now"
sql "SELECT count(*) FROM wakes"
wakes=$output
must systemctl kill --kill-whom=main --signal=USR1 belfry
until_says 10 'woken by SIGUSR1' journalctl --no-pager --output=cat --unit=belfry
until_sql 10 t "SELECT count(*) > $wakes FROM wakes"

claim "systemctl reload puts a good configuration in force, without a restart"
pid=$(property MainPID)
wake=1800 configure
must systemctl reload belfry
until_says 10 '^configuration reloaded from /etc/belfry/belfry.yaml' journalctl --no-pager --output=cat --unit=belfry
equal "$(property MainPID)" "$pid"
until_says 10 'next wake [0-9][0-9]:[03]0"' systemctl status --no-pager belfry

claim "journalctl -u belfry -p err is empty on a good day, also after a restart of the service"
must systemctl restart belfry
equal "$(property ActiveState)" active
must journalctl --no-pager --quiet --unit=belfry --unit=belfry-migrate --priority=err
equal "$output" ""
# Nor do libraries mutter that the confinement takes something from them.
must journalctl --no-pager --output=cat _SYSTEMD_UNIT=belfry.service + _SYSTEMD_UNIT=belfry-migrate.service
says_not 'Failed to|[Oo]peration not permitted|[Pp]ermission denied'
