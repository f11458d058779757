#!/bin/bash
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Builds the package gr-rfattn for arm64 on a Debian 13 with another processor.
# Usage: bash packaging/arm64.sh FOLDER
# FOLDER must be new. It gets root, with the packages of Debian for arm64, and build, with the package.
# Needs what bootstrap.sh installs, dpkg-dev, mmdebstrap and g++-14-aarch64-linux-gnu, and to be root.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. packaging/new_folder.sh

root=$folder/root
libraries=$root/usr/lib/aarch64-linux-gnu

# What runs the module, but for GNU Radio Companion's packages.
run_packages=$(packages | sed '/^gir1/,$d' | paste -sd ,)
mmdebstrap --quiet --variant=extract --mode=root --architectures=arm64 \
    --aptopt='APT::Install-Recommends "false"' \
    --include="gnuradio-dev,python3-dev,pybind11-dev,xterm,$run_packages" trixie "$root"
for name in bin lib; do
    [ -e "$root/$name" ] || ln -s "usr/$name" "$root/$name"
done

cat >"$folder/toolchain.cmake" <<TOOLCHAIN
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc-14)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++-14)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_SYSROOT "$root")
set(CMAKE_FIND_ROOT_PATH "$root")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
TOOLCHAIN
export PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_LIBDIR=$libraries/pkgconfig:$root/usr/share/pkgconfig
cmake -S . -B "$folder/build" -DCMAKE_TOOLCHAIN_FILE="$folder/toolchain.cmake" -DRFATTN_MANUAL=OFF \
    -DPYTHON_EXECUTABLE=/usr/bin/python3 -DPYTHON_MODULE_EXTENSION=.cpython-313-aarch64-linux-gnu.so
cmake --build "$folder/build" -j "$(nproc)" --target all
cd "$folder/build"
cpack -G DEB -D CPACK_DEBIAN_PACKAGE_ARCHITECTURE=arm64 -D CPACK_DEBIAN_PACKAGE_SHLIBDEPS=OFF
