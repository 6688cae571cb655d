# backup and restore
# shellcheck shell=bash disable=SC2016,SC2034,SC2119,SC2120,SC2154

claim "a restored backup publishes nothing a second time: the persona is held until somebody has looked"
must systemctl stop belfry
post "in the backup" "now() - interval '10 minutes'"
in_backup=$post
must bash -c 'runuser -u postgres -- pg_dump --format=custom belfry > /opt/acceptance/belfry.dump'
must systemctl start belfry
posted "in the backup" "$in_backup"
sql "SELECT provider_post_id FROM scheduling_posts WHERE id = $in_backup"
media=$output
must systemctl stop belfry
must runuser -u postgres -- dropdb belfry
must runuser -u postgres -- createdb --owner belfry belfry
must bash -c 'runuser -u postgres -- pg_restore --dbname belfry < /opt/acceptance/belfry.dump'
sql "SELECT status FROM scheduling_posts WHERE id = $in_backup"
equal "$output" scheduled
must systemctl start belfry
until_sql 60 t "SELECT held_at IS NOT NULL FROM personas WHERE name = 'sarah'"
must_fail 1 runuser -u belfry -- belfry status
says 'restored from a backup'
equal "$(published "in the backup")" 1

claim "what a human then says is believed, and the queue goes on"
must runuser -u belfry -- belfry resolve "$in_backup" published "$media"
sql "UPDATE personas SET held_at = NULL, held_by = NULL, held_reason = NULL, held_advice = NULL, held_class = NULL"
post "after the restore"
posted "after the restore" "$post"
equal "$(published "in the backup")" 1
