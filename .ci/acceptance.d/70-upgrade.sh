# upgrade, removal and return
# shellcheck shell=bash disable=SC2016,SC2034,SC2119,SC2120,SC2154

# everything: what must survive whatever is done to the package.
everything() {
  sql "SELECT (SELECT count(*) FROM scheduling_posts), (SELECT count(*) FROM personas),
    (SELECT md5(string_agg(sealed::text, '' ORDER BY persona_id, name)) FROM sealed_credentials)"
  printf '%s\n' "$output"
  inside bash -c 'sha256sum </etc/belfry/credentials/belfry.key; find /var/lib/belfry/photos -type f | wc -l'
}

claim "an upgrade restarts the running service, keeps the configuration, and loses no post under way"
must bash -c 'cd /opt/acceptance && dpkg-deb --raw-extract belfry.deb next \
  && sed -i "s/^Version: .*/&+next/" next/DEBIAN/control \
  && dpkg-deb -Zgzip -z1 --root-owner-group --build next belfry-next.deb'
pid=$(property MainPID)
forget_calls
sandbox POST faults '{"operation": "publish", "effect": "after", "answer": {"stall": 2}}'
post "during the upgrade"
until_asked 20 publish 1
must dpkg --install /opt/acceptance/belfry-next.deb
equal "$(property ActiveState)" active
[ "$(property MainPID)" != "$pid" ] || refute "the service was not restarted"
must dpkg-query --show --showformat '${Version} ${db:Status-Status}' belfry
says '\+next installed$'
posted "during the upgrade" "$post"
must cat /etc/belfry/belfry.yaml
says 'http://127.0.0.1:8400/_files/'

claim "the same version can be installed over itself while it runs"
pid=$(property MainPID)
must dpkg --install /opt/acceptance/belfry-next.deb
equal "$(property ActiveState)" active
[ "$(property MainPID)" != "$pid" ] || refute "the service was not restarted"
post "after the reinstallation"
posted "after the reinstallation" "$post"

claim "a service that does not run is not started by an upgrade"
must systemctl stop belfry
must dpkg --install /opt/acceptance/belfry-next.deb
equal "$(property ActiveState)" inactive
must systemctl start belfry

claim "removing stops the service, and keeps configuration, key, photos and database"
before=$(everything)
must dpkg --remove belfry
must_fail 3 systemctl is-active belfry
must test ! -e /usr/bin/belfry
must test -e /etc/belfry/belfry.yaml
equal "$(everything)" "$before"

claim "purging leaves the key, the photos, the database and the system user, says so, and nothing else"
must dpkg --purge belfry
says '^belfry: /var/lib/belfry is not empty and stays: photos'
says '^belfry: /etc/belfry is not empty and stays: credentials'
must systemctl daemon-reload
traces
equal "$(LC_ALL=C comm -13 <(printf '%s\n' "$traces_before") <(printf '%s\n' "$output"))" "/etc/belfry
/etc/belfry/credentials
/etc/belfry/credentials/belfry.key
/var/lib/belfry
/var/lib/belfry/photos"
must journalctl --list-catalog --no-pager
says_not '[Bb]elfry'
must getent passwd belfry
equal "$(everything)" "$before"

claim "installed again, it goes on where it was: the same key, the same tokens, no post twice"
must dpkg --install /opt/acceptance/belfry.deb
says_not 'made /etc/belfry/credentials/belfry.key'
configure
must systemctl start belfry
post "after the return"
posted "after the return" "$post"
sandbox GET duplicates
equal "$output" "[]"
