#!/bin/bash
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Installs what is missing, builds, and runs every test: C++ with ctest, Python with pytest.
# `ctest --test-dir build` alone runs the same files, one process each.
# Usage: bash tests/run.sh [core|workshop|checked]   core: without the tests of the workshop; workshop:
# those; checked: of C++ only what tests/sanitize.sh leaves out, as behind it

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

chosen=(tests) programs=cpp_tests
case "${1:-all}" in
    all) ;;
    core) chosen+=(--ignore tests/workshop) ;;
    workshop) chosen=(tests/workshop) programs= ;;
    checked) programs=unchecked_tests ;;
    *) echo "tests/run.sh: takes core, workshop, checked or nothing, got $1" >&2; exit 2 ;;
esac

bash bootstrap.sh python3-torch python3-scipy python3-jinja2 python3-pytest python3-pytest-xdist python3-venv libsoapysdr-dev gr-osmosdr \
    chromium dpkg-dev file curl mosquitto mosquitto-clients nginx-light promtool python3-paho-mqtt postgresql python3-psycopg2 python3-sklearn python3-onnxruntime \
    python3-onnx python3-distributed python3-cryptography python3-fsspec python3-pandas xvfb \
    inspectrum x11-utils direwolf dsdcc espeak-ng multimon-ng rtl-433 readsb libhamlib-utils python3-sphinx python3-myst-parser furo

# The official validator of SigMF, apart from the system's Python. Its tests skip where it is missing.
sigmf=build/sigmf
sigmf_version=1.14.0
if ! "$sigmf/bin/sigmf_validate" --version 2>/dev/null | grep -q " $sigmf_version$"; then
    rm -rf "$sigmf"
    /usr/bin/python3 -m venv "$sigmf" &&
        "$sigmf/bin/pip" install -q --disable-pip-version-check --retries 1 "sigmf==$sigmf_version" ||
        echo "tests/run.sh: sigmf $sigmf_version cannot be installed; the tests that need it skip" >&2
fi

status=0
processors=$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc)  # not those that OpenMP may use
if [ -n "$programs" ]; then
    cmake --build build -j "$processors" --target $programs >>build/build.log 2>&1 ||
        { tail -n 40 build/build.log >&2; exit 1; }
    ctest --test-dir build -j "$processors" -L $programs --output-on-failure || status=$?
fi

# No display, no user preferences, and an end even if a flowgraph hangs.
export GR_DONT_LOAD_PREFS=1 GR_CONF_CONTROLPORT_ON=False PYTHONPATH=$PWD/build/test_modules
export OMP_NUM_THREADS=1  # each process has a processor: threads of several would wait for each other
timeout 3000 /usr/bin/python3 -m pytest -q -n "$processors" --dist worksteal "${chosen[@]}" || status=$?
exit "$status"
