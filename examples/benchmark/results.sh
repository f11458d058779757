#!/bin/bash
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Runs the benchmark anew and replaces the reports in results/; the raw times stay in build/results.
# Takes half an hour on two cores that nothing else uses; further options go to both runs, such as
# --quiet.
set -euo pipefail
cd "$(dirname "$0")/../.."

export PYTHONPATH=$PWD/build/test_modules
out=build/results
build/gr-rfattn bench --block-size 64 --window 1k,4k,16k --rounds 4 --threads 1 \
    --out $out "$@"
build/gr-rfattn bench --model emissions --norm layernorm --runner native,torch --window 512,8k \
    --batch 1,8 --rounds 25 --threads 1 --out $out/emissions "$@"
cp $out/*.{md,png} examples/benchmark/results
cp $out/emissions/*.{md,png} examples/benchmark/results/emissions
