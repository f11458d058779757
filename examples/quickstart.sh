#!/bin/bash
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

# Installs what is missing, builds, makes a band with eight emissions, finds and labels them, and
# shows them beside what the generator made. The messages go over ZMQ to a second process, as to a
# dashboard on another machine.

set -euo pipefail
examples=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
clone=$(dirname "$examples")

bash "$clone/bootstrap.sh"
build=$clone/build
gr_rfattn=$build/gr-rfattn
recordings=$build/quickstart # made anew in each run
seed=3
scene_seed=8 # one whose eight labels are right; the README says how often that is so
scene=$recordings/scene/scene_${scene_seed}_2400k.sigmf-meta

scratch=$(mktemp -d)
watcher=
clean_up() {
    [ -z "$watcher" ] || kill "$watcher" 2>/dev/null || true
    rm -rf "$scratch"
}
trap clean_up EXIT

rm -rf "$recordings"
# Recordings of one signal each, which the flowgraphs in this folder play.
classes=lte_tdd,ook_srd
"$gr_rfattn" synthesize --out "$recordings" --per-class 1 --classes "$classes" --seed "$seed"
# What is often on the air; which of these the eight are, and where, follows from the seed.
kinds=wfm,nfm_voice,am_voice,dmr,tetra,pocsag,ais,afsk1200,lora,ook_srd
"$gr_rfattn" synthesize --scene --out "$recordings/scene" --kinds "$kinds" \
    --seed "$scene_seed" --emissions 8 --snr 10 25

address=ipc://$scratch/messages
"$gr_rfattn" watch "$address" >"$scratch/watch.log" 2>/dev/null &
watcher=$!

echo
"$gr_rfattn" label --stats "$address" --json "$recordings/found.json" \
    --annotate "$recordings/found.sigmf-meta" "$scene" >"$recordings/found.txt"

echo "What 'gr-rfattn watch $address' received, the last lines:"
tail -n 3 "$scratch/watch.log" | grep . || echo "  none arrived"

echo
PYTHONPATH=$build/test_modules /usr/bin/python3 "$examples/found_and_true.py" \
    "$recordings/found.json"

cat <<END

This scene was chosen because all eight are right; the README has how often that is so.
Next, with a receiver (docs/first-evening.md):
  $gr_rfattn live --source soapy=driver=rtlsdr --rate 2.4M --freq 433.92M
The same scene as a page, again and again, at http://127.0.0.1:8080:
  $gr_rfattn serve --stats tcp://127.0.0.1:5557 &
  $gr_rfattn live --source file=$scene,repeat=1 --stats tcp://127.0.0.1:5557
In GNU Radio Companion:
  export GRC_BLOCKS_PATH=$clone/grc PYTHONPATH=$build/test_modules
  gnuradio-companion $examples/signal_labeller.grc
END
