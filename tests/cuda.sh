#!/bin/bash
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Runs all tests that need a CUDA device, then the benchmark on it, and writes a report:
# tests/cuda.sh [--device cuda|cuda:N|cpu] [--out DIR]
#
# It needs Python 3.11 or newer with torch, numpy and pytest, and no GNU Radio.
# PYTHON: the interpreter (default python3). Without a device the exit status is 77. --device cpu
# runs the same benchmark on the CPU in tiny sizes, and no tests.

set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
device=cuda
out=build/cuda
while [ $# -gt 0 ]; do
    case $1 in
        --device) device=$2 ;;
        --out) out=$2 ;;
        *)
            echo "tests/cuda.sh: unknown option $1; --device and --out are known" >&2
            exit 2
            ;;
    esac
    shift 2
done

count="import sys
if sys.version_info < (3, 11):
    sys.exit('this is Python ' + sys.version.split()[0])
import numpy, pytest, torch
print(torch.cuda.device_count())"
if ! devices=$("$python" -c "$count" 2>&1); then
    echo "tests/cuda.sh: $python: $(tail -1 <<< "$devices"); it must be Python 3.11 or newer with" \
        "torch, numpy and pytest"
    exit 77
fi
if [ "$device" != cpu ] && [ "$devices" = 0 ]; then
    echo "tests/cuda.sh: torch sees no CUDA device here; --device cpu runs the benchmark in tiny sizes"
    exit 77
fi

# The source folder as the package gnuradio.rfattn, with the version that CMake would write.
mkdir -p "$out"
modules=$(cd "$out" && pwd)/modules
rm -rf "$modules"
mkdir -p "$modules/gnuradio/rfattn"
ln -s "$PWD"/python/rfattn/* "$modules/gnuradio/rfattn"
ln -s "$PWD"/python/rfattn_{station,workshop} "$modules/gnuradio"
echo '__version__ = "0+cuda"' > "$modules/gnuradio/rfattn/_version.py"
export PYTHONPATH=$modules:$PWD/examples/benchmark OMP_NUM_THREADS=1

status=0
result="not run on the CPU"
if [ "$device" != cpu ]; then
    "$python" -m pytest -q -rs -k cuda tests/attention tests/inference/qa_attention_adapter.py \
        tests/inference/qa_graph_runner.py tests/inference/qa_stream_caches.py \
        > "$out/tests.txt" 2>&1 || status=$?
    cat "$out/tests.txt"
    result=$(tail -1 "$out/tests.txt")
fi
"$python" examples/benchmark/cuda.py --device "$device" --out "$out" --tests "$result" || status=$?
if [ "$device" != cpu ]; then
    echo "tests/cuda.sh: exit status $status; send $out/report.json and $out/tests.txt in any case"
fi
exit "$status"
