#!/usr/bin/env bash
# Installs our Debian packages into a bare Debian that has never seen this tree, uses them there, and removes them again:
#   fresh_root.sh FOLDER_WITH_DEBS
# Needs root and debootstrap. Exit code 77 where that cannot be had: skipped.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
debs=$(realpath "$1")

say() { printf '%s %4d s  %s\n' fresh-root: "$SECONDS" "$1"; }
skip() { say "skipped: $1"; exit 77; }

[ "$(id -u)" -eq 0 ] || skip "a bare Debian can only be made by root"
command -v debootstrap >/dev/null || skip "there is no debootstrap; apt-get install debootstrap"
# shellcheck disable=SC1091
release=$(. /etc/os-release; echo "${VERSION_CODENAME:-}")
[ -n "$release" ] || skip "this is no Debian system"

# A mount namespace of our own: whatever happens, no mount outlives this script.
if [ "${FRESH_ROOT_UNSHARED:-}" != yes ]; then
  unshare --mount true 2>/dev/null || skip "no mount namespaces here"
  FRESH_ROOT_UNSHARED=yes exec unshare --mount "$0" "$@"
fi

root=$(mktemp -d)
chmod 755 "$root"
trap 'umount --recursive --lazy "$root"/{proc,dev} 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT

# The machine's own package sources, whatever they are.
# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' | sed -n "s/ $release main\$//p" | head -n 1)
[ -n "$mirror" ] || skip "apt-get knows no source of $release main"
say "a bare $release"
debootstrap --variant=minbase --include=ca-certificates "$release" "$root" "$mirror" >"$root.log" 2>&1 ||
  { tail -n 20 "$root.log" >&2; rm -f "$root.log"; exit 1; }
rm -f "$root.log"
for what in apt/sources.list apt/sources.list.d apt/apt.conf.d apt/trusted.gpg apt/trusted.gpg.d apt/keyrings resolv.conf; do
  [ ! -e "/etc/$what" ] || cp -rLT "/etc/$what" "$root/etc/$what"
done
for what in /usr/share/keyrings /usr/local/share/ca-certificates; do
  [ ! -d "$what" ] || { mkdir -p "$root$what"; cp -rLT "$what" "$root$what"; }
done
if ! mount -t proc proc "$root/proc" 2>/dev/null || ! mount --rbind /dev "$root/dev" 2>/dev/null; then
  skip "nothing can be mounted here"
fi

mkdir "$root/srv/debs"
cp "$debs"/*.deb "$root/srv/debs/"
cp -r "$here/consumer" "$root/srv/consumer"
cp "$here/in_fresh_root.sh" "$root/srv/"
in_root() {
  chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM=xterm DEBIAN_FRONTEND=noninteractive "$@"
}
in_root update-ca-certificates >/dev/null 2>&1 || true
for part in install_tools use_tools install_library use_library remove; do
  say "$part"
  in_root bash /srv/in_fresh_root.sh "$part" </dev/null >"$root/srv/log" 2>&1 || { tail -n 60 "$root/srv/log" >&2; say "FAILED: $part"; exit 1; }
done
say passed
