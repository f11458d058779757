#!/bin/bash
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Attacks files, messages, edges, signals and swaps with many cases each, and prints the table of
# every attack. Takes an hour for 1000 cases; the exit status is 1 after a failure.
# Usage: bash tests/attack/run.sh [CASES] > attack.md

set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

cases=${1:-1000}
export GR_DONT_LOAD_PREFS=1 GR_CONF_CONTROLPORT_ON=False OMP_NUM_THREADS=1
export PYTHONPATH="$PWD/build/test_modules${PYTHONPATH:+:$PYTHONPATH}"
status=0

attack() {  # NAME OPTION...
    printf "\n## run_%s\n\n" "$*"
    /usr/bin/python3 "tests/attack/run_$1.py" "${@:2}" || status=1
}

printf '# Attacks\n'
attack files --cases "$cases"
attack messages --cases "$cases"
attack edges --edges "$cases" --seconds 1200
attack signals --signals $(((cases + 49) / 50))
attack swaps --swaps $(((cases + 1) / 2))
exit $status
