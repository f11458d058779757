#!/bin/bash
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Installs what is missing, builds, and labels four real recordings with the shipped model. The
# statistics go over ZMQ to a second process, as to a dashboard on another screen.

set -euo pipefail
examples=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

bash "$examples/../bootstrap.sh"
gr_rfattn=$(realpath "$examples/../build/gr-rfattn")
recordings=$examples/recordings

scratch=$(mktemp -d)
watcher=
clean_up() {
    [ -z "$watcher" ] || kill "$watcher" 2>/dev/null || true
    rm -rf "$scratch"
}
trap clean_up EXIT

address=ipc://$scratch/stats
"$gr_rfattn" watch "$address" >"$scratch/stats.log" 2>/dev/null &
watcher=$!

"$gr_rfattn" label --stats "$address" \
    "$recordings/lte_f2585_s1_92.sigmf-meta" \
    "$recordings/wifi_cond_11n_13m.sigmf-meta" \
    "$recordings/sat_innosat_2.sigmf-meta" \
    "$recordings/websdr_test14_12k.sigmf-meta"

echo "Statistics as 'gr-rfattn watch $address' received them, one line a recording:"
grep '^stats' "$scratch/stats.log" || echo "  none arrived"

cat <<END

Next, your own recording, or another attention:
  $gr_rfattn label --attention gqa --steps $recordings/lte_f2585_s1_92.sigmf-meta
END
