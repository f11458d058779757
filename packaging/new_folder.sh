# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash

# Sourced by the scripts beside it with their arguments, in the folder above: makes $folder.

die() { echo "$(basename "$0" .sh): $*" >&2; exit 1; }

[ $# -eq 1 ] || die "takes one folder, got $# arguments"
mkdir "$1" || die "$1: must be a new folder"
folder=$(realpath "$1")

# What runs the module is what bootstrap.sh installs for that, a line each.
packages() { sed -n '/^run_packages=(/,/)/p' bootstrap.sh | sed 's/run_packages=(//; s/)//' | xargs -n1; }
