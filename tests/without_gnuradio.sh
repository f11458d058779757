#!/bin/bash
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Runs the tests of the packages that need no GNU Radio, in a venv with the newest torch of the
# Python package index: tests/without_gnuradio.sh [PYTEST ARGUMENTS]
#
# PYTHON: the interpreter (default python3), 3.11 or newer. TORCH: what pip installs as torch (default
# torch). The venv lies in build/without_gnuradio, one for each version of Python, and is kept. Tests
# that need GNU Radio, a compiled block or a package that is not installed skip, and the summary lists
# them.

set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
home=$PWD/build/without_gnuradio/$version
packages="${TORCH:-torch} numpy safetensors pytest threadpoolctl matplotlib scipy rich"

if [ ! -e "$home/installed" ]; then
    "$python" -m venv --clear "$home/venv"
    # shellcheck disable=SC2086 # one word a package
    "$home/venv/bin/pip" install --quiet --disable-pip-version-check $packages
    touch "$home/installed"
fi

# The source folder as the package gnuradio.rfattn, with the version that CMake would write.
module=$home/modules/gnuradio/rfattn
rm -rf "$home/modules"
mkdir -p "$module"
ln -s "$PWD"/python/rfattn/* "$module"
ln -s "$PWD"/python/rfattn_{station,workshop} "$home/modules/gnuradio"
echo '__version__ = "0+without.gnuradio"' > "$module/_version.py"

# Not inherited, so that no GNU Radio of the system is found.
export PYTHONPATH=$home/modules
"$home/venv/bin/python" - <<'EOF'
import importlib.util, platform, torch
assert importlib.util.find_spec("gnuradio.gr") is None, "GNU Radio is installed in this venv"
print(f"Python {platform.python_version()}, torch {torch.__version__}, no GNU Radio")
EOF
folders="tests/attention tests/content tests/emissions tests/inference tests/recordings tests/signals tests/station/learning tests/workshop/synthesis tests/workshop/train"
# shellcheck disable=SC2086 # one word a folder
exec "$home/venv/bin/python" -m pytest -q -rs $folders "$@"
