#!/bin/bash
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Installs what is missing, builds, and runs every test: C++ with ctest, Python with pytest.
# `ctest --test-dir build` alone runs the same files, one process each.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bash bootstrap.sh python3-pytest python3-venv libsoapysdr-dev gr-osmosdr chromium dpkg-dev file python3-jsonschema \
    python3-sklearn python3-onnxruntime python3-onnx xvfb inspectrum gir1.2-gtk-3.0 adwaita-icon-theme

status=0
ctest --test-dir build -L cpp --output-on-failure || status=$?

# No display, no user preferences, and an end even if a flowgraph hangs.
export GR_DONT_LOAD_PREFS=1 GR_CONF_CONTROLPORT_ON=False PYTHONPATH=$PWD/build/test_modules
timeout 900 /usr/bin/python3 -m pytest -q tests || status=$?
exit "$status"
