# Sourced: the machine, from its first mount to its last process.
# shellcheck shell=bash disable=SC2016,SC2154

# boot_machine: an overlay over /, made fit to boot, and systemd as its first process.
boot_machine() {
  say "booting a machine of our own"
  base=$logs/machine
  mkdir "$base"
  mount -t tmpfs -o mode=755,size=3g belfry-acceptance "$base" \
    || fail "cannot mount a tmpfs" "Acceptance needs a machine or a container that may mount."
  mkdir "$base/upper" "$base/work" "$base/root"
  mount -t overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" belfry-acceptance "$base/root" \
    || fail "cannot mount an overlay over /" "The kernel needs overlayfs, and / must be able to be its lower layer."
  tree=$base/root
  [ -x "$tree/lib/systemd/systemd" ] || fail "/ has no systemd to boot" "/usr must not be a file system of its own."
  furnish_machine

  systemd-nspawn --quiet --boot --directory="$tree" --machine=belfry-acceptance --private-network \
    --register=no --keep-unit --link-journal=no --console=read-only \
    </dev/null >"$logs/console" 2>&1 &
  nspawn=$!
  local deadline=$((SECONDS + 60))
  until init=$(pgrep -P $nspawn) && inside systemctl is-system-running 2>/dev/null | grep -qE 'running|degraded'; do
    kill -0 $nspawn 2>/dev/null || { tail -n 20 "$logs/console" >&2
      fail "the machine did not boot" "Its console is .build/acceptance/console."; }
    [ $SECONDS -lt $deadline ] || fail "the machine did not boot within 60 s" "Look at .build/acceptance/console."
    pause
  done
  # A datagram socket needs no listener, only a route.
  inside bash -c 'exec 3<>/dev/udp/127.0.0.1/9' 2>/dev/null \
    || fail "the machine has no loopback interface" "Acceptance needs CAP_NET_ADMIN: run it on a machine, as root."
  say "it runs $(inside systemctl --version | head -n 1) after $SECONDS s"
}

# What the host has of its own (services, clusters, a belfry) is not part of the machine: as after a fresh
# installation, nothing but systemd's own units starts. All of it happens in the overlay.
furnish_machine() {
  : >"$tree/etc/machine-id"
  echo belfry-acceptance >"$tree/etc/hostname"
  echo '127.0.0.1 localhost belfry-acceptance' >"$tree/etc/hosts"
  rm -rf "$tree"/etc/systemd/system/*.wants "$tree"/etc/systemd/system/*.requires \
    "$tree/etc/systemd/system/default.target"
  rm -rf "$tree"/etc/postgresql/* "$tree"/var/lib/postgresql/* "$tree"/var/log/postgresql/* \
    "$tree/etc/postgresql-common/createcluster.d"
  rm -rf "$tree/etc/belfry" "$tree/var/lib/belfry" "$tree/var/log/journal" "$tree/etc/systemd/system"/belfry*
  rm -f "$tree/usr/sbin/policy-rc.d"
  ln -sf /dev/null "$tree/etc/systemd/system/console-getty.service"
  # The programs under test, and nothing of the checkout: that may lie where the machine cannot see it.
  install -D -m 644 "$package" "$tree/opt/acceptance/belfry.deb"
  local sandbox library
  sandbox=$("$SWIFT" build --show-bin-path)/graph-sandbox
  install -m 755 "$sandbox" "$tree/opt/acceptance/graph-sandbox"
  # The debug build looks for Swift's libraries beside itself.
  ldd "$sandbox" | sed -n 's|.* => \(/[^ ]*/swift/linux/[^ ]*\) .*|\1|p' | while read -r library; do
    install -m 644 "$library" "$tree/opt/acceptance/"
  done
  cp -R etc/demo/photos "$tree/opt/acceptance/photos"
}

# inside COMMAND...: runs it in the machine, as root, with an environment of its own.
inside() {
  nsenter --target "$init" --all -- env -i HOME=/root TERM=dumb LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# A moment between two looks at a condition; never the condition itself.
pause() { sleep 0.1; }

# Keeps what the machine knows, and ends it. What is left then, the kernel ends with our namespaces.
finish() {
  local status=$1
  trap - EXIT INT TERM HUP
  if [ -n "${init:-}" ] && kill -0 "$init" 2>/dev/null; then
    inside journalctl --no-pager --output=short-precise >"$logs/journal" 2>&1 || true
    inside journalctl --no-pager --unit=belfry --output=verbose >"$logs/journal-belfry-verbose" 2>&1 || true
    cp "$tree"/var/log/postgresql/*.log "$logs/postgresql" 2>/dev/null || true
    kill -KILL "$init" 2>/dev/null || true
  fi
  [ -z "${nspawn:-}" ] || wait "$nspawn" 2>/dev/null || true
  if [ -n "${base:-}" ]; then
    umount --lazy "${tree:-$base/root}" 2>/dev/null || true
    umount --lazy "$base" 2>/dev/null || true
    rmdir "$base" 2>/dev/null || true
  fi
  conclude "$status"
}
