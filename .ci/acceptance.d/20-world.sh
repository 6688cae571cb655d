# PostgreSQL, and a stand-in for Instagram
# shellcheck shell=bash disable=SC2016,SC2034,SC2119,SC2120,SC2154

claim "PostgreSQL runs as Debian's own service, and the database is made as docs/operations.md says"
version=$(printf '%s\n' "$tree"/usr/lib/postgresql/*/bin | sed 's|.*/postgresql/||; s|/bin$||' | sort -V | tail -n 1)
must pg_createcluster --locale C.UTF-8 "$version" main
must systemctl start "postgresql@$version-main.service"
must systemctl enable --now postgresql.service
must runuser -u postgres -- createuser belfry
must runuser -u postgres -- psql --no-psqlrc --quiet --file /usr/share/belfry/roles.sql
must runuser -u postgres -- createdb --owner belfry belfry

claim "the Graph sandbox listens on loopback, as the web server's user"
token_sarah=EAAacceptance$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
token_max=IGAAacceptance$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
(umask 027 && cat >"$tree/opt/acceptance/seed.json") <<JSON
{"accounts": [
  {"id": "17841400000000001", "username": "sarah.makes", "login": "facebook", "token": "$token_sarah"},
  {"id": "17841400000000002", "username": "max.outside", "login": "instagram", "token": "$token_max"}
]}
JSON
must chgrp www-data /opt/acceptance/seed.json
cat >"$tree/etc/systemd/system/graph-sandbox@.service" <<'UNIT'
[Service]
User=www-data
ExecStart=/opt/acceptance/graph-sandbox --port %i --seed /opt/acceptance/seed.json --serve-directory ${SERVED}
UNIT
mkdir "$tree/etc/systemd/system/graph-sandbox@8400.service.d"
printf '[Service]\nEnvironment=SERVED=/var/lib/belfry/public\n' \
  >"$tree/etc/systemd/system/graph-sandbox@8400.service.d/served.conf"
must systemctl daemon-reload
must systemctl start graph-sandbox@8400.service
until_true 20 bash -c 'exec 3<>/dev/tcp/127.0.0.1/8400'

# configure [LINE]...: /etc/belfry/belfry.yaml, with more lines at its end.
configure() {
  cat >"$tree/etc/belfry/belfry.yaml" <<YAML
schedule:
  wake: ${wake:-3600}
publishing:
  reconcile: { recheck: 1, grace: 5, give_up: 600 }
  poll: { first: 0.2, cap: 1 }
instagram:
  facebook_graph_url: http://127.0.0.1:8400/facebook
  instagram_graph_url: http://127.0.0.1:8400/instagram
media:
  photos: ${photos:-/var/lib/belfry/photos}
  webroot:
    directory: ${webroot:-/var/lib/belfry/public}
    base_url: ${base_url:-http://127.0.0.1:8400/_files/}
YAML
  printf '%s\n' "$@" >>"$tree/etc/belfry/belfry.yaml"
}
configure

# Each post needs a photo of its own: copies of eight will do.
for persona in sarah max; do
  for photo in "$tree/opt/acceptance/photos/$persona"/*.jpg; do
    for copy in 1 2 3 4 5 6 7 8; do
      install -D -m 644 "$photo" "$tree/var/lib/belfry/photos/$persona/$copy-${photo##*/}"
    done
  done
done
