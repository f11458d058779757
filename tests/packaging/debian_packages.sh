#!/bin/bash
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Builds the Debian packages, checks them with lintian, installs them over the package of cpack,
# labels a band, and removes them. For a bare Debian 13 that may be changed: it installs packages as
# root. Takes a quarter of an hour on two cores.
# Usage: bash tests/packaging/debian_packages.sh

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export DEBIAN_FRONTEND=noninteractive DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS:-} parallel=$(nproc)"
export DEBFULLNAME="${DEBFULLNAME:-gr-rfattn authors}" DEBEMAIL="${DEBEMAIL:-packager@debian.example}"

say() { echo "== $1 ($SECONDS s)"; }
install() { apt-get install -q -y --no-install-recommends "$@" >>"$work/apt.log"; }

work=$(mktemp -d)
say "packages for the build; apt writes to $work/apt.log"
apt-get update -q >"$work/apt.log"
install dpkg-dev file git lintian xz-utils
sources=$(bash packaging/source_package.sh "$work/sources")
apt-get build-dep -q -y --no-install-recommends "$sources" >>"$work/apt.log"

say "dpkg-buildpackage"
cd "$sources"
dpkg-buildpackage -us -uc >"$work/build.log" 2>&1 || { tail -n 40 "$work/build.log"; exit 1; }
grep 'tests passed' "$work/build.log" || echo "no tests ran"

say "lintian"
lintian --allow-root --fail-on error ../*.changes

say "install over the package of cpack"
build=obj-$(dpkg-architecture -qDEB_HOST_GNU_TYPE)
(cd "$build" && cpack -G DEB >>"$work/build.log")
install xterm "./$build"/gr-rfattn_*.deb
mapfile -t packages < <(ls ../*.deb | grep -v dbgsym)
install "${packages[@]}"
dpkg-query -W '*rfattn*'
site=/usr/share/doc/gr-rfattn/html
ls $site/{index,search,docs/label,classes/ais}.html
packed=$(find $site -name '*.gz' -o -xtype l)
[ -z "$packed" ] || { echo "packed, or links to nothing: $packed"; exit 1; }

say "label a band"
cd /
AUTOPKGTEST_TMP=$(mktemp -d) sh "$sources/debian/tests/label-a-band"
gr-rfattn doctor

say "remove"
apt-get purge -q -y '?name(rfattn)' >>"$work/apt.log"
left=$(find /usr /etc /var/lib/systemd -path '*rfattn*' -not -path '*/dpkg/*')
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }
say "all done"
