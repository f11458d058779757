#!/bin/bash
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Builds the C++ code with the compiler's checks at run time, and runs tests with it: the C++ tests
# once for bad addresses, leaks and undefined behaviour (also of casts), once for races between
# threads; and flowgraphs with hostile tags and good ones for bad addresses and undefined behaviour.
# Usage: bash tests/sanitize.sh [address,undefined] [thread] [flowgraphs]

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ -z "${CXX:-}" ] && command -v g++-14 >/dev/null; then
    export CC=gcc-14 CXX=g++-14
fi
[ $# -gt 0 ] || set -- address,undefined thread flowgraphs

export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=suppressions=$PWD/tests/cpp/thread_sanitizer.supp

build_with() {  # CHECKS TARGET: builds into $build
    build=build/sanitize-${1//,/-}
    cmake -S . -B "$build" -DRFATTN_SANITIZE="$1" -DCMAKE_UNITY_BUILD=OFF \
        -DCMAKE_CXX_FLAGS_RELEASE="-O1 -DNDEBUG" >/dev/null
    cmake --build "$build" --target "$2" -j "$(nproc)" >"$build/build.log" 2>&1 ||
        { tail -n 40 "$build/build.log" >&2; exit 1; }
}

run_flowgraphs() {
    build_with address,undefined all
    libraries="$("$CXX" -print-file-name=libasan.so) $("$CXX" -print-file-name=libstdc++.so.6)"
    # Python and torch keep memory until the end, which is no leak of ours.
    env GR_DONT_LOAD_PREFS=1 GR_CONF_CONTROLPORT_ON=False OMP_NUM_THREADS=1 \
        PYTHONPATH="$PWD/$build/test_modules" ASAN_OPTIONS=detect_leaks=0 LD_PRELOAD="$libraries" \
        /usr/bin/python3 -m pytest -q -p no:cacheprovider tests/attack/qa_attack_{tags,edge_tags}.py \
        tests/blocks/qa_{band_splitter,emission_detector,emission_extractor,latency_probe}.py \
        tests/blocks/qa_{power_spectrum,rx_tagger,spectrum_probe,step_tags,streams}.py \
        tests/blocks/qa_token_{buffer,scheduler}.py tests/flowgraph/qa_accounts.py
}

for checks in "$@"; do
    if [ "$checks" = flowgraphs ]; then
        run_flowgraphs
        continue
    fi
    build_with "$checks" checked_tests
    ctest --test-dir "$build" -j "$(nproc)" -L cpp -LE unchecked --output-on-failure
done
