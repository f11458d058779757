# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends tokens and emissions to a host, which labels those of many receivers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pmt
from gnuradio import gr

from ..emissions.edge_ids import EDGES
from ..link.edge_link import EdgeLink
from ..link.measured import read_measured
from ..link.wire import MAX_TOKENS, Run, Segment, check_tokens
from ..messages.as_pmt import confidence_message, drain, to_python
from ..messages.entries import read_as, to_dict
from ..rfattn_python import tags
from .parts.lifetime import KeptByFlowgraph
from .parts.policy import check_policy
from .parts.work_errors import handler, keep_error, stop_on_error

_WAIT_S = 0.05
"""The scheduler looks for ends and stops between work calls, so no call waits longer."""
_CONFIDENCES = pmt.intern("confidences")
_SEGMENT, _END, _NON_FINITE = map(pmt.intern, (tags.SEGMENT, tags.END, tags.NON_FINITE))
_ORDER = {_END: 0, _SEGMENT: 1, _NON_FINITE: 2}
"""Of tags on one token: what ends comes before what begins. Others are not sent."""


class edge_sink(KeptByFlowgraph, gr.sync_block):
    """Sends the tokens and the emissions of a receiver to an `edge_source` on another machine.

    Goes behind a `token_scheduler`, so that what rests does not go over the network, or behind an
    `emission_extractor` or a `power_spectrum`. The host may come, go and come back at any time.

    Everything is counted: tokens that entered are taken by the host, dropped, lost or waiting, see
    `counts()`. What was on the way when the connection broke or the host ended is sent again; lost
    is only what no host had taken when this edge ended. The host begins a segment in each stream of
    this edge after what was dropped.

    Messages of emissions never wait for the model. At most 4096 of them wait here for the host;
    with policy drop, `max_waiting`.

    Stream input:
        float32[n_bins], tokens of any number of interleaved streams, at most 4096 at a time. Values
        that are not finite or above 1e12 end the flowgraph.

    Tags in:
        - rfattn:segment, on the first token and wherever the input comes to another stream or
          segment: with front_end. Without a stream the tokens are stream 0. Of its entries those
          of `power_spectrum` and rested_tokens are sent; numbers of streams must be below 1e9.
        - rfattn:end and rfattn:non_finite are sent, rfattn:arrival_ns is not, since clocks of two
          machines differ: the host counts latency from the arrival there. rx_time is sent.

    Messages in:
        - emissions: dictionaries of `emission_detector`, not those of `emission_labels`, which is
          at the host.
        - findings: dictionaries of `emission_extractor`.
        - frames: dictionaries of `emission_extractor`.

    Messages out:
        - confidences: for `token_scheduler`, a dictionary for each look of the model at a stream of
          this edge, where the host sends them: stream (uint64) and confidence (double).

    Args:
        n_bins: values in a token, features included, >= 1.
        address: of the host, tcp://HOST:PORT or ipc://PATH. A host on another machine needs
            `curve_keys`; without them use a tunnel that ends on this machine.
        edge: number of this edge, 0 to 999. Each edge of a host needs its own.
        policy: when the host is late or away: "block" makes the input wait; "drop" discards tokens
            in one piece and counts them.
        max_waiting: messages of up to 128 tokens that may be on the way to the host, >= 1.
        curve_keys: folder with client.key_secret, mode 0600, as
            `zmq.auth.create_certificates(folder, "client")` makes it, and the host's public
            server.key. "": messages are not encrypted.

    Attributes:
        error: None, or the exception that ended the flowgraph.

    Raises:
        ValueError: naming the parameter, the rule and the value, or a key file that is missing,
            damaged or readable by other users; one line.
    """

    def __init__(
        self,
        n_bins,
        address="tcp://127.0.0.1:5560",
        edge=0,
        policy="block",
        max_waiting=64,
        curve_keys="",
    ):
        for name, value, least, most in (
            ("n_bins", n_bins, 1, 2**17),
            ("edge", edge, 0, EDGES - 1),
            ("max_waiting", max_waiting, 1, 2**16),
        ):
            if not least <= value <= most:
                raise ValueError(f"edge_sink: {name} must be from {least} to {most}, got {value}")
        check_policy("edge_sink", policy)
        gr.sync_block.__init__(self, "edge_sink", [(np.float32, n_bins)], None)
        self._parameters = address, edge, policy, max_waiting, curve_keys
        self._n_bins = n_bins
        self.error = None
        self._place = _Place()
        self._link = self._make_link()
        self._is_used = self._is_blocked = False
        topics = "emissions", "findings", "frames"
        self._handlers = {topic: getattr(self, f"_on_{topic}") for topic in topics}
        for topic, handle in self._handlers.items():
            self.message_port_register_in(pmt.intern(topic))
            self.set_msg_handler(pmt.intern(topic), handle)
        self.message_port_register_out(_CONFIDENCES)

    def counts(self) -> dict[str, int]:
        """Tokens and messages of emissions of this run: in, taken by the host, dropped, lost and
        waiting, of which the first is the sum of the others; bytes_sent, and how often a host
        answered (welcomes)."""
        return vars(self._link.counts())

    def drain(self) -> None:
        """Sends the messages that still wait at the ports when the flowgraph has ended."""
        drain(self, self._handlers)

    def close(self) -> None:
        """Sends what waits, until nothing is acknowledged for 5 s, or for 30 s with policy block,
        or for 3 s if the flowgraph was stopped while tokens waited for the host; then takes leave
        of the host, which ends the streams of this edge at once. Call it after the end of the
        flowgraph; the end of the program does. May be called twice."""
        self.drain()
        self._link.close()

    @keep_error
    def start(self):
        if self._is_used:  # another run, with streams of its own
            self._link.close()
            self._link = self._make_link()
        self._is_used, self._is_blocked = True, False
        self.error = None
        self._place = _Place()
        self._link.start()
        return True

    @stop_on_error
    def work(self, input_items, output_items):
        tokens = input_items[0]
        found = [
            (tag.offset - self.nitems_read(0), _ORDER[tag.key], tag.value)
            for tag in self.get_tags_in_window(0, 0, len(tokens))
            if tag.key in _ORDER
        ]
        found.sort(key=lambda tag: tag[:2])
        done = 0
        while done < len(tokens):
            place = self._place.copy()
            last = min(len(tokens), done + MAX_TOKENS)
            runs, last = place.cut(found, done, last)
            values = np.ascontiguousarray(tokens[done:last], "<f4")
            check_tokens(values)
            fields = {"n_values": self._n_bins, "runs": runs, **place.form}
            if not self._link.send_tokens(fields, values.tobytes(), tuple(place.live), _WAIT_S):
                break
            self._place, done = place, last
        if self._link.error:
            raise ValueError(f"edge_sink: {self._link.error}")
        self._is_blocked = done < len(tokens)
        return done

    def stop(self):
        if self._is_blocked:  # no source ends a flowgraph whose tokens wait
            self._link.abandon()
        return True

    def _on_emissions(self, message):
        self._send_message("emissions", message)

    def _on_findings(self, message):
        self._send_message("findings", message)

    def _on_frames(self, message):
        self._send_message("frames", message)

    @handler
    def _send_message(self, topic: str, message: pmt.pmt_base) -> None:
        self._link.send_message(topic, to_dict(read_measured(topic, to_python(message))))

    def _make_link(self) -> EdgeLink:
        return EdgeLink(*self._parameters, report=self.logger.info, judge=self._send_confidence)

    def _send_confidence(self, stream: int, confidence: float) -> None:
        self.message_port_pub(_CONFIDENCES, confidence_message(stream, confidence))


@dataclass
class _Place:
    """Where the next token belongs to, and which streams have not ended."""

    segment: Segment | None = None
    skip: int = 0
    form: dict | None = None
    live: frozenset[int] = frozenset()

    def copy(self) -> _Place:
        return replace(self)

    def cut(self, found: list[tuple], first: int, last: int) -> tuple[list[Run], int]:
        """Cuts tokens into runs at their tags, and moves behind them.

        Args:
            found: position, kind and value of each tag, in order.
            first, last: the tokens to cut.

        Returns:
            the runs, and where they end: at ``last`` or where the form of the tokens changes.
        """
        runs, at = [], first
        while at < last:
            here = [tag for tag in found if tag[0] == at]
            ended = [_ended(value) for _, kind, value in here if kind == _ORDER[_END]]
            stated = [value for _, kind, value in here if kind == _ORDER[_SEGMENT]]
            form = _form_of(stated[-1]) if stated else self.form
            if runs and form != self.form:
                return runs, at
            self._enter(stated[-1] if stated else None, form, ended)
            later = [pos for pos, kind, _ in found if at < pos < last and kind < 2]
            end = min(later, default=last)
            marked = sorted({pos - at for pos, kind, _ in found if at <= pos < end and kind == 2})
            runs.append(
                Run(
                    count=end - at,
                    skip=self.skip,
                    segment=self.segment,
                    ended=ended,
                    non_finite=marked,
                )
            )
            self.skip += end - at
            at = end
        return runs, at

    def _enter(self, stated, form: dict | None, ended: list[int]) -> None:
        if stated is not None:
            self.segment, self.skip, self.form = _segment_of(stated), 0, form
        if self.segment is None:
            raise ValueError(f"edge_sink: the first token must have a tag {tags.SEGMENT}")
        self.live = (self.live - set(ended)) | {self.segment.stream}


def _segment_of(value: pmt.pmt_base) -> Segment:
    """What is sent of the dictionary of a segment tag.

    Raises:
        ValueError: naming the entry and its rule.
    """
    entries = {}
    for name in Segment.__dataclass_fields__:
        entry = pmt.dict_ref(value, pmt.intern(name), pmt.PMT_NIL)
        if not pmt.is_null(entry):
            entries[name] = pmt.to_python(entry)
    try:
        return read_as(Segment, {"stream": 0, **entries}, tags.SEGMENT)
    except ValueError as error:  # one about two entries names the class
        text = str(error)
        where = "" if text.startswith(tags.SEGMENT) else f"{tags.SEGMENT}: "
        raise ValueError(where + text) from None


def _ended(value: pmt.pmt_base) -> int:
    """The stream that a tag ends."""
    if not (pmt.is_uint64(value) or (pmt.is_integer(value) and pmt.to_long(value) >= 0)):
        raise ValueError(f"{tags.END}: the value must be a whole number >= 0, got {value}")
    return pmt.to_uint64(value)


def _form_of(value: pmt.pmt_base) -> dict:
    """Front end and features of the tokens, as the segment states them."""
    if not pmt.is_dict(value):
        raise ValueError(f"{tags.SEGMENT}: the value must be a dictionary, got {value}")
    front_end = pmt.dict_ref(value, pmt.intern(tags.KEY_FRONT_END), pmt.PMT_NIL)
    if pmt.is_null(front_end) or not pmt.is_dict(front_end):
        raise ValueError(f"edge_sink: {tags.SEGMENT} must state a {tags.KEY_FRONT_END}")
    features = pmt.dict_ref(value, pmt.intern(tags.KEY_FEATURES), pmt.PMT_NIL)
    if not (pmt.is_null(features) or pmt.is_vector(features)):
        raise ValueError(f"{tags.SEGMENT}: {tags.KEY_FEATURES} must be a vector, got {features}")
    return {
        "front_end": pmt.to_python(front_end),
        "features": [] if pmt.is_null(features) else list(pmt.to_python(features)),
    }
