#!/bin/bash
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Builds the C++ tests with the compiler's checks at run time, and runs them: once for bad
# addresses, leaks and undefined behaviour (also of casts), once for races between threads.
# Usage: bash tests/sanitize.sh [address,undefined] [thread]

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ -z "${CXX:-}" ] && command -v g++-14 >/dev/null; then
    export CC=gcc-14 CXX=g++-14
fi
[ $# -gt 0 ] || set -- address,undefined thread

export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=suppressions=$PWD/tests/cpp/thread_sanitizer.supp

for checks in "$@"; do
    build=build/sanitize-${checks//,/-}
    cmake -S . -B "$build" -DRFATTN_SANITIZE="$checks" >/dev/null
    cmake --build "$build" --target cpp_tests -j "$(nproc)" >"$build/build.log" 2>&1 ||
        { tail -n 40 "$build/build.log" >&2; exit 1; }
    # qa_process_memory measures memory, of which the checks take some and free none at once.
    ctest --test-dir "$build" -L cpp -E qa_process_memory --output-on-failure
done
