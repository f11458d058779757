# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of every wrong type at an edge end its flowgraph with a line that names the tag."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

pytest.importorskip("zmq", reason="needs pyzmq")

from gnuradio import rfattn
from gnuradio.rfattn import tags
from gnuradio.rfattn.link import edge_link

from edge_flowgraphs import FRONT_END
from hostile_tags import error_of, run_all, values, with_entry
from qa_attack_tags import N_BINS, SEGMENT_RULES, flowgraph, tokens_with
from step_streams import segment_tag, tag

KEY = tags.SEGMENT
GOOD = segment_tag(0, 0, 0, front_end={**FRONT_END, "n_bins": N_BINS})


@pytest.fixture(autouse=True)
def without_host(monkeypatch):
    for name in ("_WELCOME_S", "_END_S"):
        monkeypatch.setattr(edge_link, name, 0.0)


def errors_with(cases):
    """The error of an edge by the name of the case, which is a list of tags."""
    runs = {}
    for what, found in cases.items():
        link = rfattn.edge_sink(N_BINS, "tcp://127.0.0.1:1", policy="drop", max_waiting=1)
        runs[what] = link, flowgraph(*tokens_with(found), link)
    run_all(top for _, top in runs.values())
    with ThreadPoolExecutor(len(runs)) as at_once:  # each lingers a moment
        list(at_once.map(lambda run: run[0].close(), runs.values()))
    return {what: error_of(link) for what, (link, _) in runs.items()}


def is_line(error, key):
    return key in error and "\n" not in error and len(error) < 500


@pytest.mark.parametrize("entry", SEGMENT_RULES)
def test_an_entry_of_a_segment(entry):
    cases = {w: [tag(0, KEY, with_entry(GOOD.value, entry, v))] for w, v in values().items()}
    for what, error in errors_with(cases).items():
        if what not in SEGMENT_RULES[entry] | {"nil"}:  # which stands for none
            assert is_line(error, KEY), (what, error)


@pytest.mark.parametrize("key", [tags.SEGMENT, tags.END, tags.NON_FINITE])
def test_a_whole_tag(key):
    errors = errors_with({what: [GOOD, tag(5, key, v)] for what, v in values().items()})
    accepted = {tags.END: {"long", "uint64"}, tags.NON_FINITE: set(errors), tags.SEGMENT: set()}
    for what, error in errors.items():
        assert (error == "") == (what in accepted[key]), (what, error)
        assert error == "" or is_line(error, key), (what, error)


def test_a_token_without_a_segment():
    assert errors_with({"none": []})["none"].startswith("edge_sink: the first token must have a")


def test_values_that_are_not_finite():
    link = rfattn.edge_sink(N_BINS, "tcp://127.0.0.1:1", policy="drop")
    source, count = tokens_with([GOOD])
    source.set_data(np.full(4 * N_BINS, np.nan), [GOOD])
    run_all([flowgraph(source, count, link)])
    link.close()
    assert error_of(link) == "tokens: values must be finite and at most 1e+12"
