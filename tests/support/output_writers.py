# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What writes each kind of file that a user may have, for the tests of full disks and kills."""

import json

import numpy as np
from gnuradio import rfattn
from gnuradio.rfattn.inference import AttentionModelAdapter, save_checkpoint
from gnuradio.rfattn.recordings.channel_file import ChannelFile
from gnuradio.rfattn.recordings.front_end import FrontEnd
from gnuradio.rfattn.recordings.sigmf import Annotation, write_annotations
from gnuradio.rfattn.reporting import write_json
from gnuradio.rfattn_station.learning.cut_set import Cut, write_cuts

from announcer import announce
from attention_models import contract_of, random_model, tiny_config
from emission_messages import emission_message

USERS = [{"core:sample_start": i, "core:label": f"mine {i}"} for i in range(20)]
MINE = [Annotation(i, 5, "ours") for i in range(40)]


def metadata(path):
    """Metadata with a user's annotations, as a file."""
    meta = {"global": {"core:datatype": "ci8", "core:version": "1.2.6"}, "captures": []}
    path.write_text(json.dumps(meta | {"annotations": USERS}))
    return path


def annotate(folder):
    write_annotations(folder / "out.sigmf-meta", MINE)


def annotate_live(folder):
    sink = rfattn.sigmf_annotation_sink(str(folder / "out.sigmf-meta"))
    announce(sink, [("emissions", emission_message(1, "end", bursts=[1000, 50] * 20))])
    if sink.failures.first is not None:
        raise sink.failures.first


def write_result(folder):
    write_json(str(folder / "out.json"), {"rows": list(range(500))})


def write_torchscript(folder):
    config = tiny_config()
    AttentionModelAdapter(random_model(config), contract_of(config), "cpu").save(folder / "out.pt")


def write_checkpoint(folder):
    config = tiny_config()
    save_checkpoint(folder / "out.safetensors", random_model(config), contract_of(config))


def write_cut_set(folder):
    cut = Cut("a", "g", "train", "made", "f", 1, np.zeros((40, 8), np.float16))
    write_cuts(folder / "out.npz", [cut], FrontEnd(n_bins=8))


def record_emission(folder):
    file = ChannelFile(folder / "out", 1e3, 0.0, False)
    try:
        file.add(np.zeros(1000, np.complex64), 0, True)
        file.finish(MINE[0])
    finally:
        file.discard()


WRITERS = {
    annotate: "out.sigmf-meta",
    annotate_live: "out.sigmf-meta",
    write_result: "out.json",
    write_torchscript: "out.pt",
    write_checkpoint: "out.safetensors",
    write_cut_set: "out.npz",
    record_emission: "out.sigmf-data",
}
"""By what writes it, the file that is written into a folder."""


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}
