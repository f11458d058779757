# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of the link at the host: who is connected, what came, what is missing; no GNU Radio."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from ..emissions.edge_ids import IDS, RUNS, receiver_of
from ..messages.edge import Edge
from ..printable import printable
from ..recordings.front_end import FrontEnd
from ..telemetry.bound_socket import BoundSocket
from . import wire
from .measured import read_measured
from .session import Session
from .wire import Alive, Bye, Hello, MessagePacket, Packet, Reply, Tokens, add_counts

_HEARTBEAT_MS = 2000
_WAITING = 128
"""Messages of an edge that ZMQ keeps here; more wait at the edge. A hostile one can fill as much
memory as so many of `wire.MAX_BYTES`."""
_REPORT_S = 1.0


class HostLink:
    """A bound socket to which any number of edges connect.

    Args:
        address: to bind, see `BoundSocket`.
        curve_keys: folder of CURVE keys, or "".
        front_ends: those whose tokens are taken; features: names of the values behind the spectrum.
        timeout_s: an edge that was not heard for so long has vanished.
        report: called with a line of text when an edge comes, goes or is refused.

    Attributes:
        endpoint: the address that is bound; edges: `Edge` by number, of all that ever came;
        refused: messages that were none, or broke a rule; said_bye: edges that ended by themselves.

    Raises:
        ValueError: in one line that begins with "edge_source".
    """

    def __init__(
        self,
        address: str,
        curve_keys: str,
        front_ends: list[FrontEnd],
        features: list[str],
        timeout_s: float,
        report: Callable[[str], None],
    ):
        import zmq

        options = {
            "LINGER": 0,
            "MAXMSGSIZE": wire.MAX_BYTES,
            "RCVHWM": _WAITING,
            "HEARTBEAT_IVL": _HEARTBEAT_MS,
        }
        self._zmq = zmq
        self._bound = BoundSocket("ROUTER", address, curve_keys, "edge_source", options)
        self._socket, self.endpoint = self._bound.socket, self._bound.endpoint
        self._front_ends, self._features = front_ends, features
        self._n_values = front_ends[0].n_bins + len(features)
        self._timeout_s, self._report = timeout_s, report
        self._sessions: dict[str, Session] = {}
        self._runs: dict[int, int] = {}
        self._before: dict[int, Edge] = {}  # what earlier runs of an edge add to its counts
        self._last_session: dict[int, str] = {}
        self._accepted: tuple = ()  # front end and features that were compared last
        self._next_refusal_s = self._next_expiry_s = 0.0
        self._received = 0
        self.edges: dict[int, Edge] = {}
        self.refused = self.said_bye = 0

    def is_alone(self) -> bool:
        """Whether no edge is connected."""
        return not self._sessions

    def receive(self, wait_ms: int):
        """The next thing that happened: (session, packet, values), or None.

        Of tokens, the values are float32 [count, n_values], and `take` must be called when they
        have been passed on; before that, nothing else may be received. Of a message of an emission,
        they are the `Emission`, `Findings` or `Frame`, with its number here. Where the packet is a
        `Bye` or None, the session has ended.
        """
        is_idle = not self._socket.poll(wait_ms)
        if is_idle or time.monotonic() >= self._next_expiry_s:
            ended = self._expire(is_idle)
            if is_idle or ended is not None:
                return ended
        identity, *frames = self._socket.recv_multipart()
        self._received += 1
        try:
            return self._handle(identity, frames)
        except ValueError as error:
            # It would be refused again, and what follows it with it. So an edge must hear of it.
            reason = printable(str(error)[:2000])
            self._refuse(reason)
            self._reply(identity, Reply(kind="wrong", reason=reason))
            return None

    def take(self, session: Session) -> None:
        """Acknowledges everything of ``session`` that was received."""
        self._reply(session.identity, session.taken())

    def judge(self, number: int, confidence: float) -> None:
        """Tells the edge of a stream, by its number here, how sure the model is of it; nobody,
        where that run of the edge has ended. Call it from the thread that receives."""
        for session in self._sessions.values():
            if receiver_of(session.id_of(0)) == receiver_of(number):
                reply = Reply(kind="confidence", stream=number % IDS, confidence=confidence)
                self._reply(session.identity, reply)

    def close(self) -> None:
        """Frees the address. May be called twice."""
        self._bound.close()

    def _handle(self, identity: bytes, frames: list[bytes]):
        packet, values = wire.read_frames(frames)
        if isinstance(packet, Hello):
            self._meet(identity, packet)
            return None
        session = self._sessions.get(packet.session)
        if session is None:
            self._reply(identity, Reply(kind="unknown"))
            return None
        if isinstance(packet, Tokens):
            self._check_form(packet)
        session.hear(identity)
        if packet.seq != session.next_seq:
            # Behind something that was lost with a connection, or here already.
            kind = "again" if packet.seq > session.next_seq else "taken"
            self._reply(identity, replace(session.taken(), kind=kind))
            return None
        session.follow(packet)
        if isinstance(packet, MessagePacket):
            try:
                values = session.add_message(read_measured(packet.topic, packet.message))
            except ValueError as error:  # no tokens depend on it
                self._refuse(str(error))
                self.take(session)
                return None
        self._count(session, packet, sum(map(len, frames)))
        if isinstance(packet, Alive):
            session.keep(packet.live)
        elif isinstance(packet, Bye):
            self.said_bye += 1
            self._reply(identity, replace(session.taken(), kind="bye"))
            self._forget(session, "ended")
        if isinstance(packet, Alive | MessagePacket):
            self.take(session)
        return session, packet, values

    def _meet(self, identity: bytes, hello: Hello) -> None:
        """Welcomes an edge, unless its number is taken or it is of another version."""
        session = self._sessions.get(hello.session)
        if hello.version != wire.VERSION:
            raise ValueError(
                f"edge {hello.edge}: this host reads version {wire.VERSION} of the link, "
                f"got {hello.version}"
            )
        others = [s for s in self._sessions.values() if s.edge == hello.edge and s is not session]
        if others:
            reason = f"edge {hello.edge} is connected already; each edge needs its own number"
            self._reply(identity, Reply(kind="refused", reason=reason))
            return
        if session is None:
            run = self._runs.get(hello.edge, -1) + 1
            self._runs[hello.edge] = run
            session = Session(hello, run % RUNS)
            self._sessions[hello.session] = session
            self._begin_counts(hello, run)
            self._report(f"edge {hello.edge} has come, run {run}")
        session.hear(identity)
        self._reply(identity, Reply(kind="welcome"))

    def _begin_counts(self, hello: Hello, run: int) -> None:
        """The counts of an edge add up over its runs; a run states its own from the beginning."""
        edge = hello.edge
        elsewhere = 0, 0  # what an earlier host took
        if self._last_session.get(edge) != hello.session:
            elsewhere = hello.tokens, hello.messages
            self._last_session[edge] = hello.session
            self._before[edge] = self.edges.get(edge, Edge(edge=edge))
        known = self.edges.get(edge, Edge(edge=edge))
        self.edges[edge] = replace(
            known,
            state="connected",
            runs=run + 1,
            tokens_elsewhere=add_counts(known.tokens_elsewhere, elsewhere[0]),
            messages_elsewhere=add_counts(known.messages_elsewhere, elsewhere[1]),
        )

    def _count(self, session: Session, packet: Packet, n_bytes: int) -> None:
        edge = session.edge
        known, before = self.edges[edge], self._before[edge]
        self.edges[edge] = replace(
            known,
            tokens=known.tokens + (packet.count if isinstance(packet, Tokens) else 0),
            messages=known.messages + isinstance(packet, MessagePacket),
            tokens_dropped=add_counts(before.tokens_dropped, packet.tokens_dropped),
            messages_dropped=add_counts(before.messages_dropped, packet.messages_dropped),
            bytes=known.bytes + n_bytes,
        )

    def _check_form(self, packet: Tokens) -> None:
        """Refuses tokens that the model does not take, which would end the flowgraph."""
        form = packet.front_end, packet.features, packet.n_values
        if form == self._accepted:
            return
        stated = FrontEnd.from_dict(packet.front_end)
        differences = [stated.differences(own) for own in self._front_ends]
        reason = "; ".join(min(differences, key=len))
        if not reason and packet.features != self._features:
            reason = f"features must be {self._features}, got {packet.features}"
        if not reason and packet.n_values != self._n_values:
            reason = f"a token must have {self._n_values} values, got {packet.n_values}"
        if reason:
            raise ValueError(f"the model of the host needs other tokens: {reason}")
        self._accepted = form

    def _expire(self, is_idle: bool):
        """Ends an edge that was not heard for too long, unless something of it may wait at the
        socket: a host that was slow itself does not take its edges for dead.

        Nothing waits where the socket is empty (``is_idle``), or where many messages of others came
        meanwhile: ZMQ takes one from each connection in turn.
        """
        now = time.monotonic()
        for session in self._sessions.values():
            if now - session.heard_s <= self._timeout_s:
                continue
            if session.late_at is None:
                session.late_at = self._received
            others = self._received - session.late_at
            if is_idle or others > _WAITING * len(self._sessions):
                self._forget(session, f"was not heard for {self._timeout_s:g} s")
                known = self.edges[session.edge]
                self.edges[session.edge] = replace(known, vanished=known.vanished + 1)
                return session, None, None
        self._next_expiry_s = now + _REPORT_S
        return None

    def _forget(self, session: Session, why: str) -> None:
        del self._sessions[session.name]
        known = self.edges[session.edge]
        self.edges[session.edge] = replace(known, state="gone")
        self._report(f"edge {session.edge} {why}")

    def _refuse(self, text: str) -> None:
        self.refused += 1
        if time.monotonic() >= self._next_refusal_s:
            self._next_refusal_s = time.monotonic() + _REPORT_S
            self._report(printable(f"refused a message: {text:.300}"))

    def _reply(self, identity: bytes, reply: Reply) -> None:
        try:
            self._socket.send_multipart([identity, wire.write_reply(reply)], self._zmq.NOBLOCK)
        except self._zmq.ZMQError:
            pass  # the edge is gone, or reads no more; it asks again when it comes back
