#!/bin/bash
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs clang-tidy 19 on lib/, as .clang-tidy says. Needs a configured build/.
# Usage: bash tests/tidy.sh

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

find lib -name '*.cc' | xargs -P "$(nproc)" -n 8 clang-tidy-19 --quiet -p build
