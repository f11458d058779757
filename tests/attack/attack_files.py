# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives hostile files to what reads them, and states how each case ended.

A case is a kind of file and a number; the number decides the file. It ends well when the file is
read, or refused in one line that names it. Everything else is a defect: another exception, more
than `TIME_LIMIT_S`, a file that is no longer valid, or a temporary file that is left.
"""

from __future__ import annotations

import contextlib
import copy
import json
import os
import random
import signal
import time
import warnings
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
from gnuradio import rfattn
from gnuradio.rfattn.benchmark.capacity import costs_from
from gnuradio.rfattn.capacity.predict import Demand, Machine, fit_of, need_of
from gnuradio.rfattn.emissions.ignore_list import IgnoreList
from gnuradio.rfattn.flowgraph.options import ModelOptions
from gnuradio.rfattn.inference import AttentionModelAdapter, ModelFileError, save_checkpoint
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.front_end import FrontEnd
from gnuradio.rfattn.recordings.labelled_folder import find_recordings, read_folder
from gnuradio.rfattn.recordings.recording import RecordingError
from gnuradio.rfattn.recordings.sigmf import Annotation, write_annotations
from gnuradio.rfattn_station.learning.cut_set import Cut, read_cuts, write_cuts
from gnuradio.rfattn_station.learning.own_model import TEACHINGS, OwnModel, list_own, own_folder
from gnuradio.rfattn_station.learning.rehearsal import INSIDE

import hostile_files as hostile
from attention_models import contract_of, random_model, random_tokens, tiny_config
from cut_sets import LABELS, cut_of
from plan_costs import COSTS
from teachable_models import gates, save_teachable
from zip_members import rezipped

TIME_LIMIT_S = 60
READ, REFUSED = "read", "refused"
_METADATA = {
    "global": {
        "core:datatype": "cf32_le",
        "core:version": "1.2.6",
        "core:sample_rate": 1e6,
        "core:num_channels": 1,
        "core:extensions": [{"name": "rfattn", "version": "1.0.0", "optional": True}],
    },
    "captures": [
        {"core:sample_start": 0, "core:frequency": 1e8, "core:datetime": "2026-01-01T00:00:00Z"},
        {"core:sample_start": 100, "core:frequency": 2e8, "core:global_index": 500},
    ],
    "annotations": [
        {
            "core:sample_start": 10,
            "core:sample_count": 20,
            "core:label": "a",
            "core:freq_lower_edge": 1e8,
            "core:freq_upper_edge": 1.1e8,
        },
        {"core:sample_start": 50, "core:comment": "mine", "other:field": {"a": [1, 2]}},
        {"core:sample_start": 60, "core:sample_count": 5, "core:generator": "gr-rfattn"},
    ],
}

_TABLE = b"file,label,split,group\n" + b"".join(
    b"r%d.sigmf-data,label%d,%s,g%d\n" % (i, i % 3, (b"train", b"val", b"")[i % 3], i)
    for i in range(12)
)
_IGNORED = [
    {"low": 100e6, "high": 100.1e6, "note": "a birdie"},
    {"class": "wfm"},
    {"low": 433e6, "high": 434e6, "class": "ook_srd"},
]
_TOKENS = np.zeros((8, 8), np.float16)


@dataclass(frozen=True)
class Ending:
    """How a case ended: `READ`, `REFUSED`, or a defect in a few words."""

    kind: str
    number: int
    what: str
    seconds: float

    @property
    def is_defect(self) -> bool:
        return self.what not in (READ, REFUSED)


class TooSlow(BaseException):
    """A case took longer than `TIME_LIMIT_S`."""


class Attack:
    """The good files that hostile ones are made from, and a folder for both."""

    def __init__(self, folder: Path):
        self.folder = Path(folder)
        config = tiny_config(n_layers=2)
        model, contract = random_model(config), contract_of(config)
        AttentionModelAdapter(model, contract, "cpu").save(self.folder / "good.pt")
        save_checkpoint(self.folder / "good.safetensors", model, contract)
        self._contract, self._weights = contract, model.state_dict()
        self._archive_of_model = (self.folder / "good.pt").read_bytes()
        self._tensors = (self.folder / "good.safetensors").read_bytes()
        self._stated = json.loads((self.folder / "good.json").read_text())
        self._cuts, self._own = self._good_cuts(), b""
        self._options = ModelOptions(model=str(self.folder / "good.pt"))
        named = {**COSTS.model, "name": "tiny", "norm": "layernorm"}
        costs = asdict(replace(COSTS, model=named))
        row = {"kind": "model", "mode": "stream", "batch": 1, "window": 16, "gflop_per_s": 1.0}
        rows = [{**row, "attention": name} for name in ("flash", config.attention)]
        self._measured = {"capacity": {"costs": costs}, "rows": rows}
        self._recordings = self.folder / "recordings"
        self._recordings.mkdir()
        np.zeros(200, np.complex64).tofile(self._recordings / "r.sigmf-data")

    def _good_cuts(self) -> bytes:
        path = self.folder / "good.npz"
        cuts = [Cut("a", f"g{i}", "train", "made", "f", i, _TOKENS[:4]) for i in range(2)]
        write_cuts(path, cuts, FrontEnd(n_bins=8))
        with np.load(path) as found:
            self._about = json.loads(str(found["about"]))
        return path.read_bytes()

    def run(self, kind: str, number: int) -> Ending:
        """One case."""
        if kind == "own_model" and not self._own:
            self._own = _good_own_model(self.folder)
        rng = random.Random(f"{kind} {number}")
        start = time.monotonic()
        try:
            with _time_limit(), warnings.catch_warnings():
                warnings.simplefilter("error", UserWarning)  # which would be a line more
                what = getattr(self, f"_{kind}")(rng)
        except TooSlow:
            what = "too slow"
        except Exception as error:
            what = f"{type(error).__name__}: {' '.join(str(error).split())[:90]}"
        return Ending(kind, number, what, time.monotonic() - start)

    def _torchscript(self, rng: random.Random) -> str:
        path = self.folder / "m.pt"
        part = rng.choice(hostile.ARCHIVE_PARTS)
        path.write_bytes(hostile.hostile_archive(rng, self._archive_of_model, self._contract, part))
        return self._load(path, may_differ=part in ("weight", "description"))

    def _checkpoint(self, rng: random.Random) -> str:
        path, contract = self.folder / "m.safetensors", json.dumps(self._stated).encode()
        tensors = self._tensors
        if rng.random() < 0.5:
            contract = hostile.hostile_json(rng, self._stated)
        else:
            tensors = hostile.damaged(rng, tensors)
        path.write_bytes(tensors)
        path.with_suffix(".json").write_bytes(contract)
        return self._load(path)

    def _load(self, path: Path, may_differ: bool = False) -> str:
        """Loads a model and steps it; ``may_differ``: its weights may be others, even such that
        overflow."""
        try:
            adapter = AttentionModelAdapter.load(path, device="cpu")
            shape = (1, adapter.block_size)
            logits = adapter.step(random_tokens(*shape, adapter.n_bins, 1, adapter.n_features))
        except ModelFileError as error:
            return _refusal(error, path.stem)
        if logits.shape != (1, adapter.n_classes):
            return f"logits {logits.shape}"
        if may_differ:
            return READ
        if not np.isfinite(logits).all():
            return "logits are not finite"
        stored = adapter._model.weights
        same = all(np.array_equal(stored[name], weight) for name, weight in self._weights.items())
        return READ if same else "runs with other weights"

    def _sigmf(self, rng: random.Random) -> str:
        meta = self._recordings / "r.sigmf-meta"
        meta.write_bytes(hostile.hostile_json(rng, _METADATA))
        try:
            recording = open_recording(meta)
        except RecordingError as error:
            return self._refused_everywhere(meta, error)
        assert isinstance(recording.label, str)
        find_recordings(self._recordings)
        sink = rfattn.sigmf_annotation_sink(str(meta))
        with contextlib.suppress(RecordingError):  # such as a time before 1970
            rfattn.sigmf_source(str(meta))
        mine = Annotation(1, 2, "new", 1.0, 2.0)
        write_annotations(meta, [mine])
        sink.write()
        return self._check_written(meta)

    def _table(self, rng: random.Random) -> str:
        """The table of a folder of recordings, which are not opened."""
        path = self.folder / "labels.csv"
        path.write_bytes(hostile.damaged(rng, _TABLE))
        try:
            read_folder(self.folder)
        except RecordingError as error:
            return _refusal(error, self.folder.name)
        return READ

    def _cut_set(self, rng: random.Random) -> str:
        path = self.folder / "c.npz"
        if rng.random() < 0.5:
            path.write_bytes(hostile.damaged(rng, self._cuts))
        else:
            about = hostile.hostile_json(rng, self._about).decode("latin-1")
            lengths = [rng.choice((3, 3, 5, 0, -1, 2**62)) for _ in range(2)]
            np.savez(path, about=np.array(about), lengths=lengths, tokens=_TOKENS)
        try:
            cuts, front_end = read_cuts(path)
        except ValueError as error:
            return _refusal(error, path.name)
        widths = {cut.tokens.shape[1:] for cut in cuts}
        return READ if len(widths) < 2 and front_end.n_bins > 0 else f"tokens of {widths}"

    def _report(self, rng: random.Random) -> str:
        """What `bench` measured, from which `plan` plans."""
        path, report = self.folder / "report.json", copy.deepcopy(self._measured)
        data = hostile.hostile_json(rng, report)
        is_text = rng.random() < 0.7 or not data
        path.write_bytes(data if is_text else hostile.damaged(rng, data))
        try:
            costs = costs_from(str(path), self._options, 0)
        except ValueError as error:
            return _refusal(error, path.name)
        demand = Demand(1, 1e6, 1, 1e4)
        need = need_of(demand, costs)
        fit = fit_of(demand, need, Machine(2, 1e9))
        return READ if fit.receivers >= 0 else f"{fit.receivers} receivers"

    def _ignore(self, rng: random.Random) -> str:
        """The bands and classes of --ignore: a line, or bytes."""
        path = self.folder / "ignore.jsonl"
        lines = [json.dumps(line).encode() for line in _IGNORED]
        number = rng.randrange(len(lines))
        lines[number] = hostile.hostile_json(rng, _IGNORED[number])
        data = b"\n".join(lines)
        path.write_bytes(data if rng.random() < 0.7 else hostile.damaged(rng, data))
        try:
            found = IgnoreList.load(path)
        except ValueError as error:
            return _refusal(error, path.name)
        rfattn.emission_detector(1e6, ignored_bands=found.bands)
        lines_again = "\n".join(rule.to_line() for rule in found.rules)
        path.write_text(lines_again, encoding="utf-8")
        return READ if IgnoreList.load(path) == found else "reads another list than it wrote"

    def _own_model(self, rng: random.Random) -> str:
        """A model of the user's own: its teachings, its rehearsal, or its bytes."""
        with patch.dict(os.environ, XDG_DATA_HOME=str(self.folder / "data")):
            path = own_folder("my") / "flash_layernorm.pt"
            part = rng.choice((TEACHINGS, TEACHINGS, INSIDE))

            def change(name: str, content: bytes) -> bytes:
                if not name.endswith(part):
                    return content
                if part == INSIDE:
                    return hostile.damaged(rng, content)
                return hostile.hostile_json(rng, json.loads(content))

            path.write_bytes(rezipped(self._own, change))
            try:
                list_own()
                with OwnModel.open("my") as own:
                    own.undo()
            except ValueError as error:
                return _refusal(error, path.name)
            path.parent.mkdir(exist_ok=True)  # which goes with the only teaching
            return READ

    def _refused_everywhere(self, meta: Path, error: RecordingError) -> str:
        """The others that read metadata refuse these too, and change nothing."""
        before = meta.read_bytes()
        for use in (
            lambda: write_annotations(meta, [Annotation(1, 2, "new")]),
            lambda: rfattn.sigmf_annotation_sink(str(meta)).write(),
            lambda: rfattn.sigmf_source(str(meta)),
            lambda: find_recordings(self._recordings),
        ):
            with contextlib.suppress(ValueError):  # where they need less of it than a reader
                use()
        written = meta.read_bytes()
        what = READ if written == before else self._check_written(meta)
        return _refusal(error, meta.name) if what == READ else what

    def _check_written(self, meta: Path) -> str:
        names = sorted(path.name for path in self._recordings.iterdir())
        if names != ["r.sigmf-data", "r.sigmf-meta"]:
            return f"left {names}"
        json.loads(meta.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
        return READ


def _good_own_model(folder: Path) -> bytes:
    """Teaches a tiny network two labels; returns the own model."""
    cuts = [cut_of(label, f"{label} {k}") for label in LABELS for k in range(3)]
    base = save_teachable(folder, [*LABELS[:2], "unknown"], cuts)
    data = patch.dict(os.environ, XDG_DATA_HOME=str(folder / "data"))
    with data, OwnModel.open("my", str(base)) as own:
        own.add("gate", gates("gate"))
        own.add("bell", gates("bell"))
    return own.path.read_bytes()


def _refusal(error: ValueError, name: str) -> str:
    text = str(error)
    is_good = name in text and text.isprintable() and len(text) < 1000
    return REFUSED if is_good else f"a refusal without file or in several lines: {text[:60]!r}"


def _refuse_constant(name: str):
    raise ValueError(f"{name} was written")


@contextlib.contextmanager
def _time_limit():
    def stop(*_):
        raise TooSlow

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(TIME_LIMIT_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
