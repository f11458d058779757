# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Receives the tokens and the emissions of any number of receivers, for one model."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pmt
from gnuradio import gr

from ..inference import DEFAULT_MODEL
from ..link.host_link import HostLink
from ..link.wire import Bye, MessagePacket, Run, Tokens, add_counts
from ..messages.as_pmt import to_message, to_python
from ..messages.edge import Edge
from ..messages.entries import entry, read_as
from ..recordings.front_end import FrontEnd
from ..rfattn_python import output_is_done, tags
from .parts.lifetime import KeptByFlowgraph
from .parts.work_errors import WORK_DONE, handler, keep_error, stop_on_error

_WAIT_MS = 50
"""The scheduler handles stops and messages between work calls, so no call takes longer, whatever
comes."""
_REST_MS = 1
"""GNU Radio lets a source that had nothing rest for 250 ms: tokens would come late."""
_REPORT_S = 1.0
_PAGE_BYTES, _BUFFER_BYTES = 4096, 65536
_SEGMENT, _END, _ARRIVAL, _NON_FINITE = map(
    pmt.intern, (tags.SEGMENT, tags.END, tags.ARRIVAL, tags.NON_FINITE)
)
_EMISSIONS, _FINDINGS, _FRAMES, _EDGES, _CONFIDENCES = map(
    pmt.intern, ("emissions", "findings", "frames", "edges", "confidences")
)


@dataclass(frozen=True, kw_only=True)
class _Confidence:
    """A message of the port confidences."""

    stream: int = entry("Number of the stream here.", least=0, most=2**63)
    confidence: float = entry("Of its latest label.", least=0, most=1)


class edge_source(KeptByFlowgraph, gr.sync_block):
    """Receives the tokens and the emissions of any number of edges, as streams of one model.

    Goes before a `token_buffer`. Edges, which run `edge_sink`, connect and go at any time.

    Streams and emissions of two edges never have the same number: here it is
    (edge * 1000 + run) * 1e9 + the number at the edge, where run counts how often this edge came
    before. Those of the first run of edge 0 keep their numbers.

    When the blocks behind are late, so are the acknowledgements, and each edge waits or drops, as
    its policy says. What an edge dropped is counted, see `edges()`, and each stream of that edge
    then begins a segment. What a broken connection lost is sent again.

    An edge that was not heard for `timeout_s` has vanished: its live emissions get a message with
    state end, its streams end with the next token of any edge. When it comes back, its streams
    are new ones. When the host itself starts again, edges connect to it within seconds.

    A message that is none, breaks a rule, or is of an edge with another front end or features than
    the model needs, is refused, counted and logged; it ends nothing here. An edge that sent it
    ends, unless it was a message of an emission. Of emissions only what a detector or an extractor
    sends is taken, with flags, findings and formats that are known here.

    Stream output:
        float32[n_bins], the tokens of all edges, interleaved.

    Tags out:
        - rfattn:segment, wherever the output comes to another stream or segment: as the edge
          received it, with the number of the stream here. Numbers of segments rise after a gap.
          rested_tokens is that of all edges together.
        - rfattn:end: uint64, a stream of which no more tokens come.
        - rfattn:arrival_ns: when the tokens from here on arrived at this host.
        - rfattn:non_finite: the token looks at a sample that is not finite.

    Messages in:
        - confidences: dictionaries of `emission_labels`, which the `edge_sink` of the stream gets.

    Messages out:
        - emissions: dictionaries of the `emission_detector` of each edge, with the number here.
          sample_start and the like count the samples of that edge; rx_time is the common clock.
        - findings: dictionaries of the `emission_extractor` of each edge, likewise.
        - frames: dictionaries of the `emission_extractor` of each edge, likewise.
        - edges: a dictionary for each edge, once a second and when it ends: edge, state
          (connected, gone), runs, vanished, tokens, tokens_dropped, tokens_elsewhere,
          messages, messages_dropped, messages_elsewhere, bytes and refused (uint64).

    Args:
        model: the model behind, which states front end and features: a family, a folder, or a .pt
            or .safetensors file, as `transformer` takes it; or its contract.
        address: address to bind: tcp://127.0.0.1:5560 (port * picks a free one) or ipc://PATH. One
            that other machines can reach needs `curve_keys`.
        timeout_s: silence after which an edge has vanished, s, >= 2; edges send once a second.
        ends_after: end the flowgraph when so many edges have taken leave and none is connected;
            0: never.
        curve_keys: folder with server.key_secret, mode 0600, and a folder clients with the public
            .key files of permitted edges, as for `zmq_stats_sink`. "": nothing is encrypted.

    Attributes:
        n_bins: values in a token, features included.
        error: None, or the exception that ended the flowgraph.

    Raises:
        ValueError: when a parameter breaks its rule, the model cannot be read, the address is in
            use, or keys are missing, damaged or readable by other users; one line.
    """

    def __init__(
        self,
        model=DEFAULT_MODEL,
        address="tcp://127.0.0.1:5560",
        timeout_s=10.0,
        ends_after=0,
        curve_keys="",
    ):
        if not 2.0 <= timeout_s <= 1e6:
            raise ValueError(f"edge_source: timeout_s must be from 2 to 1e6, got {timeout_s}")
        if ends_after < 0:
            raise ValueError(f"edge_source: ends_after must be >= 0, got {ends_after}")
        front_end, features = _needs_of(model)
        self.n_bins = front_end.n_bins + len(features)
        gr.sync_block.__init__(self, "edge_source", None, [(np.float32, self.n_bins)])
        self.set_min_output_buffer(0, _items_of_buffer(4 * self.n_bins))
        self.error = None
        self._ends_after = ends_after
        self._link = HostLink(
            address, curve_keys, [front_end], features, timeout_s, self.logger.info
        )
        self._form = _stated(front_end, features)
        self.gateway.set_blkd_input_timer_value(_REST_MS)
        for port in (_EMISSIONS, _FINDINGS, _FRAMES, _EDGES):
            self.message_port_register_out(port)
        self.message_port_register_in(_CONFIDENCES)
        self.set_msg_handler(_CONFIDENCES, self._on_confidences)
        self._restart()

    def last_endpoint(self) -> str:
        """Returns the address that was bound, with the port that `*` became."""
        return self._link.endpoint

    def edges(self) -> list[dict]:
        """The dictionaries of the port edges, of all edges that ever came, by number."""
        return [vars(self._with_refused(edge)) for _, edge in sorted(self._link.edges.items())]

    def refused(self) -> int:
        """Messages that were refused."""
        return self._link.refused

    def close(self) -> None:
        """Frees the address, after the end of the flowgraph. May be called twice."""
        self._link.close()

    @keep_error
    def start(self):
        self.error = None
        self._restart()
        return True

    @handler
    def _on_confidences(self, message):
        known = read_as(_Confidence, to_python(message), "confidences")
        self._link.judge(known.stream, known.confidence)

    def _restart(self) -> None:
        self._runs, self._at = [], 0  # of the tokens being passed on, and tokens of the first one
        self._session = self._values = self._stream = None
        self._ends: list[int] = []
        self._arrival, self._rested = None, 0
        self._next_report_s = 0.0

    @stop_on_error
    def work(self, input_items, output_items):
        out, written = output_items[0], 0
        end = time.monotonic() + _WAIT_MS / 1000
        while written < len(out) and time.monotonic() < end:
            if self._runs:
                written += self._pass_on(out[written:], self.nitems_written(0) + written)
                continue
            event = self._link.receive(0 if written else _WAIT_MS)
            if event is None:
                break
            self._take(*event)
        self._report()
        return WORK_DONE if not written and self._has_ended() else written

    def _take(self, session, packet, values) -> None:
        """Takes what came; tokens are passed on by the next calls of `_pass_on`."""
        if isinstance(packet, Tokens):
            self._session, self._values = session, values
            self._runs, self._at = list(packet.runs), 0
            self._arrival = pmt.from_uint64(time.monotonic_ns())
        elif isinstance(packet, MessagePacket):
            self.message_port_pub(pmt.intern(packet.topic), to_message(values))
        elif packet is None or isinstance(packet, Bye):
            for emission in session.end_all():
                self.message_port_pub(_EMISSIONS, to_message(emission))
            self._publish([self._link.edges[session.edge]])
        self._ends += session.take_ends()

    def _pass_on(self, out: np.ndarray, item: int) -> int:
        """Copies tokens of the first run, as many as there is room for; returns how many."""
        run = self._runs[0]
        if self._at == 0:
            self._begin_run(run, item)
        count = min(len(out), run.count - self._at)
        for i in run.non_finite:
            if self._at <= i < self._at + count:
                self.add_item_tag(0, item + i - self._at, _NON_FINITE, pmt.PMT_T)
        out[:count], self._values = self._values[:count], self._values[count:]
        self._at += count
        if self._at == run.count:
            self._runs.pop(0)
            self._at = 0
            if not self._runs:
                self._link.take(self._session)
        return count

    def _begin_run(self, run: Run, item: int) -> None:
        """Tags the first token of a run."""
        session = self._session
        session.end_streams(run.ended)
        for number in (*self._ends, *session.take_ends()):
            self.add_item_tag(0, item, _END, pmt.from_uint64(number))
        self._ends.clear()
        rested, stream = session.rested_tokens, session.id_of(run.segment.stream)
        segment = session.enter(run, is_elsewhere=stream != self._stream)
        self._rested = add_counts(self._rested, session.rested_tokens - rested)
        self._stream = stream
        if segment is not None:
            stated = to_message(replace(segment, rested_tokens=self._rested))
            self.add_item_tag(0, item, _SEGMENT, pmt.dict_update(self._form, stated))
        if self._arrival is not None:
            self.add_item_tag(0, item, _ARRIVAL, self._arrival)
            self._arrival = None

    def _has_ended(self) -> bool:
        if output_is_done(self.gateway):
            return True
        link = self._link
        return bool(self._ends_after) and link.said_bye >= self._ends_after and link.is_alone()

    def _report(self) -> None:
        if time.monotonic() < self._next_report_s:
            return
        self._next_report_s = time.monotonic() + _REPORT_S
        self._publish(edge for _, edge in sorted(self._link.edges.items()))

    def _publish(self, edges: Iterable[Edge]) -> None:
        for edge in edges:
            self.message_port_pub(_EDGES, to_message(self._with_refused(edge)))

    def _with_refused(self, edge: Edge) -> Edge:
        return replace(edge, refused=self._link.refused)


def _items_of_buffer(item_bytes: int) -> int:
    """The fewest items that fill whole pages and GNU Radio's default size; of any other number it
    warns on stderr. lib/blocks/ports.h does the same for the blocks in C++."""
    unit = _PAGE_BYTES // math.gcd(_PAGE_BYTES, item_bytes)
    return math.ceil(_BUFFER_BYTES / item_bytes / unit) * unit


def _needs_of(model) -> tuple[FrontEnd, list[str]]:
    """Front end and features of the tokens that a model takes.

    Raises:
        ValueError: it cannot be read, or states no front end.
    """
    contract = model
    if not isinstance(model, dict):
        from ..inference import read_contract

        contract = read_contract(str(model))
    if not contract.get("front_end"):
        raise ValueError(f"edge_source: model {model} states no front end")
    return FrontEnd.from_dict(contract["front_end"]), list(contract.get("features", ()))


def _stated(front_end: FrontEnd, features: list[str]) -> pmt.pmt_base:
    """The entries of a segment that say how its tokens were made."""
    make = {int: pmt.from_uint64, float: pmt.from_double, str: pmt.intern}
    stated = pmt.make_dict()
    for name, value in front_end.to_dict().items():
        stated = pmt.dict_add(stated, pmt.intern(name), make[type(value)](value))
    form = pmt.dict_add(pmt.make_dict(), pmt.intern(tags.KEY_FRONT_END), stated)
    if features:
        form = pmt.dict_add(form, pmt.intern(tags.KEY_FEATURES), pmt.to_pmt(features))
    return form
