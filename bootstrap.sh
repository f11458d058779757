#!/bin/bash
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Installs the Debian packages that are missing, then configures and builds into ./build.
# Usage: bash bootstrap.sh [--tests] [EXTRA_PACKAGE...]
#   --tests  builds the test programs, too

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

build_packages=(cmake make g++-14 gnuradio-dev python3-shtab)
# The last three are for GNU Radio Companion; Debian's gnuradio does not bring them.
run_packages=(gnuradio python3-numpy python3-safetensors python3-threadpoolctl
    python3-zmq python3-soapysdr python3-rich python3-matplotlib python3-prometheus-client python3-tornado
    libopenblas0-openmp gir1.2-gtk-3.0 adwaita-icon-theme librsvg2-common)
station_packages=(python3-sqlalchemy)

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

# Reads what make or apt print, and shows the last percentage: on a terminal in one line, elsewhere
# in a line every 15 s.
show_progress() {
    local line text next=$((SECONDS + 15))
    local percent='^(\[ *([0-9]+)%\]|(dl|pm)status:[^:]*:([0-9]+)[^:]*:) *(.*)'
    while IFS= read -r line; do
        [[ $line =~ $percent ]] || continue
        printf -v text '%3d %%  %.70s' "${BASH_REMATCH[2]:-${BASH_REMATCH[4]}}" "${BASH_REMATCH[5]}"
        if [ -t 2 ]; then
            printf '\r\e[K%s' "$text" >&2
        elif ((SECONDS >= next)); then
            echo "$text" >&2
            next=$((SECONDS + 15))
        fi
    done
    [ ! -t 2 ] || printf '\r\e[K' >&2
}

# Runs a command with its output in a log, of which the end is shown when the command fails.
quietly() {
    local log=$1
    shift
    "$@" 2>&1 | tee -a "$log" | show_progress ||
        { tail -n 40 "$log" >&2; die "failed: $* (all of it in $log)"; }
}

install_missing() {
    command -v apt-get >/dev/null ||
        die "no apt-get here. Install by other means, then run cmake: $*"
    local missing=() package log=build/packages.log
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    # GNU Radio wants some terminal, and without xterm apt takes GNOME's with half a desktop.
    is_installed gnuradio || missing+=(xterm)
    say "installing ${missing[*]} and what they need, without recommended packages;" \
        "this takes minutes, all of it is in $log"
    SECONDS=0
    quietly $log as_root apt-get update -q
    quietly $log as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C \
        apt-get install -q -y --no-install-recommends -o APT::Status-Fd=1 "${missing[@]}"
    say "installed in $SECONDS s:" "$(sed -nE 's/.* ([0-9]+) newly installed.*/\1 packages/p
        s/^Need to get (.*) of archives.*/\1 downloaded/p
        s/^After this operation, (.*) of additional.*/\1 of disk/p' $log | paste -sd , | sed 's/,/, /g')"
}

with_tests=
if [ "${1:-}" = --tests ]; then
    with_tests=yes
    shift
fi

mkdir -p build
rm -f build/packages.log build/build.log
install_missing "${build_packages[@]}" "${run_packages[@]}" "${station_packages[@]}" "$@"

# The compiler that built Debian's GNU Radio, unless the caller chose another.
if [ -z "${CXX:-}" ] && command -v g++-14 >/dev/null; then
    export CC=gcc-14 CXX=g++-14
fi
say "building into $PWD/build; this takes minutes, all of it is in build/build.log"
SECONDS=0
quietly build/build.log cmake -S . -B build
quietly build/build.log cmake --build build -j "$(nproc)" --target all ${with_tests:+cpp_tests}
say "built in $SECONDS s; the command is $PWD/build/gr-rfattn"
