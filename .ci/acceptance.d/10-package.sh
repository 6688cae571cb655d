# the package
# shellcheck shell=bash disable=SC2016,SC2034,SC2119,SC2120,SC2154

# traces: every file of the system whose name or directory is Belfry's; what this test made itself, PostgreSQL's
# data and the checkout aside.
traces() {
  must bash -c 'find /etc /opt /run /srv /usr /var -xdev \( -path /opt/acceptance -o -path /var/lib/postgresql \
    -o -path /var/log/journal -o -path "/etc/systemd/system/belfry*.service.d" -o -path /var/lib/belfry/photos/sarah \
    -o -path /var/lib/belfry/photos/max -o -path "$1" \) -prune \
    -o \( -name "*belfry*" -o -path "*/belfry/*" \) -print | sort' traces "$root"
}
traces
traces_before=$output

claim "the package installs where nothing of Belfry is, makes user, directories and key, and starts nothing"
must_fail 2 getent passwd belfry
must dpkg --install /opt/acceptance/belfry.deb
says '^belfry: made /etc/belfry/credentials/belfry.key'
must getent passwd belfry
says ':/var/lib/belfry:/usr/sbin/nologin$'
must stat --format '%a %U %n' /etc/belfry/credentials /etc/belfry/credentials/belfry.key /etc/belfry/belfry.yaml \
  /var/lib/belfry/photos /var/lib/belfry/public
equal "$output" "700 root /etc/belfry/credentials
600 root /etc/belfry/credentials/belfry.key
644 root /etc/belfry/belfry.yaml
755 belfry /var/lib/belfry/photos
755 belfry /var/lib/belfry/public"
must_fail 1 systemctl is-enabled belfry
must_fail 3 systemctl is-active belfry
must dpkg --verify belfry
equal "$output" ""
must dpkg --audit
equal "$output" ""

claim "the program needs no Swift on the host, and has manual, completions and migrations beside it"
must ldd /usr/bin/belfry
says 'libpq\.so\.5'
says_not 'swift|not found'
must dpkg --listfiles belfry
for file in /usr/share/man/man1/belfry.1.gz /usr/share/man/man5/belfry.yaml.5.gz \
  /usr/share/bash-completion/completions/belfry /usr/share/zsh/vendor-completions/_belfry \
  /usr/share/fish/vendor_completions.d/belfry.fish /usr/share/doc/belfry/operations.md \
  /usr/share/doc/belfry/migrations/0001_personas_photos_posts.sql /usr/share/doc/belfry/examples/cron.d-belfry \
  /usr/lib/systemd/catalog/belfry.catalog; do
  says "^${file//./\\.}\$"
done
must bash -c 'source /usr/share/bash-completion/completions/belfry && complete -p belfry'

claim "systemd-analyze verify has nothing to say about the units, and exposure is at most 1.5"
must systemd-analyze verify --man=no belfry.service belfry-migrate.service
equal "$output" ""
for unit in belfry belfry-migrate; do
  must systemd-analyze security --offline=true --threshold=15 "$unit.service"
  says '^→ Overall exposure level for .*: (0|1)\.[0-9] OK'
done
must systemctl show --property=LoadState --value belfry.service
equal "$output" loaded
