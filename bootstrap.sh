#!/bin/bash
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Installs the Debian packages that are missing, then configures and builds into ./build.
# Usage: bash bootstrap.sh [EXTRA_PACKAGE...]

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

build_packages=(cmake make g++-14 gnuradio-dev python3-shtab)
run_packages=(gnuradio python3-numpy python3-torch python3-safetensors python3-threadpoolctl
    python3-zmq python3-rich python3-matplotlib python3-prometheus-client python3-tornado
    libopenblas0-openmp)

say() { echo "bootstrap: $*" >&2; }
die() { say "$*"; exit 1; }

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Runs its arguments as root.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "not root and no sudo here; run as root: $*"
    fi
}

install_missing() {
    command -v apt-get >/dev/null ||
        die "no apt-get here. Install by other means, then run cmake: $*"
    local missing=() package
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    # GNU Radio wants some terminal, and without xterm apt takes GNOME's with half a desktop.
    is_installed gnuradio || missing+=(xterm)
    say "installing ${missing[*]} and what they need, without recommended packages;" \
        "this takes minutes, all of it is in build/packages.log"
    quietly build/packages.log as_root apt-get update -q
    quietly build/packages.log as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends "${missing[@]}"
}

# Runs a command with its output in a log, of which the end is shown when the command fails.
quietly() {
    local log=$1
    shift
    "$@" >>"$log" 2>&1 || { tail -n 40 "$log" >&2; die "failed: $* (all of it in $log)"; }
}

mkdir -p build
rm -f build/packages.log build/build.log
install_missing "${build_packages[@]}" "${run_packages[@]}" "$@"

# The compiler that built Debian's GNU Radio, unless the caller chose another.
if [ -z "${CXX:-}" ] && command -v g++-14 >/dev/null; then
    export CC=gcc-14 CXX=g++-14
fi
say "building into $PWD/build; this takes minutes, all of it is in build/build.log"
quietly build/build.log cmake -S . -B build
quietly build/build.log cmake --build build -j "$(nproc)"
say "done; the command is $PWD/build/gr-rfattn"
