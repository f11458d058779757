#!/bin/bash
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Builds the fuzzers with clang 19 and runs each for some seconds; ends at the first defect,
# whose input it names. Needs clang-19 and libclang-rt-19-dev.
# Usage: bash tests/fuzz/run.sh [SECONDS]

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

seconds=${1:-60}
build=build/fuzz
mkdir -p "$build"
CC=clang-19 CXX=clang++-19 cmake -S . -B "$build" -DCMAKE_CXX_FLAGS_RELEASE=-O1 \
    -DRFATTN_SANITIZE=address,undefined,fuzzer-no-link >"$build/build.log" 2>&1 &&
    cmake --build "$build" --target fuzzers -j "$(nproc)" >>"$build/build.log" 2>&1 ||
    { tail -n 40 "$build/build.log" >&2; exit 1; }

# The lock of the plans of gr-fft does not bear the alarm of libFuzzer's own time limit.

for fuzzer in detector emission_stream signal_reader modulation gaussian_test segment \
    streaming_model token_ring; do
    inputs=$build/inputs/$fuzzer
    mkdir -p "$inputs"
    echo "fuzz_$fuzzer, $seconds s:"
    timeout $((seconds + 60)) "$build/tests/fuzz/fuzz_$fuzzer" -max_total_time="$seconds" \
        -timeout=0 -rss_limit_mb=2048 -max_len=1024 -verbosity=0 -print_funcs=0 \
        -print_final_stats=1 -artifact_prefix="$build/$fuzzer-" "$inputs" 2>&1 | grep -v "^INFO"
done
