#!/bin/bash
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Lays the sources of the Debian packages into a new folder: gr-rfattn_VERSION.orig.tar.xz, of the
# last commit, and beside it gr-rfattn-VERSION, where dpkg-buildpackage runs.
# Usage: bash packaging/source_package.sh FOLDER
# DEBFULLNAME and DEBEMAIL name the maintainer; otherwise git's user does.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. packaging/new_folder.sh

version=$(sed -n 's/^ *VERSION \([0-9.]*\)$/\1/p' CMakeLists.txt)
soversion=${version%.*}
name=${DEBFULLNAME:-$(git config user.name)} || die "set DEBFULLNAME: git has no user.name"
mail=${DEBEMAIL:-$(git config user.email)} || die "set DEBEMAIL: git has no user.email"

# The Python packages that run the module also build it.
run_packages=$(packages | paste -sd , | sed 's/,/, /g')
build_packages=$(packages | grep '^python3-' | paste -sd , | sed 's/,/, /g')

sources=$folder/gr-rfattn-$version
archive=$folder/gr-rfattn_$version.orig.tar.xz
git archive --prefix "gr-rfattn-$version/" HEAD | xz -0 >"$archive"
tar -xf "$archive" -C "$folder"
cp -r packaging/debian "$sources/debian"
cp COPYRIGHT "$sources/debian/copyright"
cd "$sources/debian"
sed -i "s/@SOVERSION@/$soversion/g; s/@VERSION@/$version/g; s/@MAINTAINER@/$name <$mail>/;
    s/@RUN_PACKAGES@/$run_packages/; s/@BUILD_PACKAGES@/$build_packages/" control.in
mv control.in control
mv libgnuradio-rfattn.install "libgnuradio-rfattn$soversion.install"
cat >changelog <<END
gr-rfattn ($version-1) trixie; urgency=medium

  * Release $version; CHANGELOG.md says what is new.

 -- $name <$mail>  $(cd "$OLDPWD" && git log -1 --format=%aD)
END
echo "$sources"
