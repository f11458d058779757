#!/bin/bash
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs in conda-build, which sets PREFIX, PYTHON, CMAKE_ARGS and CPU_COUNT.

set -euxo pipefail

# shellcheck disable=SC2086 # one word an argument
cmake ${CMAKE_ARGS:-} -G Ninja -S . -B buildconda \
    -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_INSTALL_PREFIX="$PREFIX" \
    -DLIB_SUFFIX= \
    -DPYTHON_EXECUTABLE="$PYTHON" \
    -DRFATTN_MANUAL=OFF
cmake --build buildconda -j "$CPU_COUNT"
cmake --install buildconda
