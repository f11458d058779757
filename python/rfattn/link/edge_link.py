# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of the link at an edge: sends, waits or drops, and counts; no GNU Radio here.

Not the blocks of gr-zeromq, for these reasons (3.10.12): a PUB sink drops without a count, and a
PUSH sink knows only that a message left, not that a host took it; the messages of several sinks at
one source follow each other with nothing that says whose they are; the source discards the offset
in the header, from which a gap would show; a message of a stranger ends the thread of the source,
and the flowgraph hangs; and there is no CURVE. Here the host acknowledges what it took, so that
everything is sent again until a host has it.
"""

from __future__ import annotations

import atexit
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable

from . import wire
from .edge_socket import connect
from .ledger import Ledger, LinkCounts
from .wire import Alive, Bye, Hello, MessagePacket, Packet, Tokens

_ALIVE_S = 1.0
_AGAIN_S = 1.0
"""What was sent again may be lost, too, or be late: then twice as long, and so on."""
_SILENT_S = 3.0
"""Without an answer for so long, the host counts as gone."""
_WELCOME_S = 1.0
_END_S = 5.0
_BLOCK_END_S = 30.0
_POLL_MS = 20
_YIELD_S = 0.0005
_MOST_LATE = 4096
_MOST_ANSWERS = 1000
"""Of a host that are taken at a time."""


class EdgeLink:
    """A connection to a host, which comes and goes.

    Args:
        address: of the host, ``tcp://HOST:PORT`` or ``ipc://PATH``.
        edge: number of this edge at the host.
        policy: "block": `send_tokens` returns False where there is no room; "drop": it drops.
        max_waiting: messages that may wait for the host's acknowledgement.
        curve_keys: folder of CURVE keys (see `curve`), or "".
        report: called with a line of text when the connection comes, goes or is refused.
        judge: called with the number of a stream and the confidence of its latest label at the
            host, in any thread.

    Attributes:
        error: why the host will never take anything; "" while it may.

    Raises:
        ValueError: in one line that begins with "edge_sink".
    """

    def __init__(
        self,
        address: str,
        edge: int,
        policy: str,
        max_waiting: int,
        curve_keys: str,
        report: Callable[[str], None],
        judge: Callable[[int, float], None] | None = None,
    ):
        import zmq

        self._judge = judge
        self._zmq, self._address, self._edge = zmq, address, edge
        self._drops, self._max_waiting, self._report = policy == "drop", max_waiting, report
        self._end_s = _END_S if self._drops else _BLOCK_END_S
        self._lock = threading.RLock()
        self._ledger = Ledger(secrets.token_hex(8))
        self._counts = self._ledger.counts
        self._late: deque[tuple[str, dict]] = deque()  # messages that found no room
        self._is_welcome = self._is_dropping = self._is_closed = False
        self._has_said_bye = self._is_dismissed = False
        self._heard_s, self._state = time.monotonic(), ""
        self._again_seq, self._again_s, self._again_wait_s = -1, 0.0, 0.0
        self._live: Iterable[int] = ()
        self.error = ""
        self._context, self._socket = connect(address, curve_keys, 2 * max_waiting + 100)
        self._ends = threading.Event()
        self._pulse = threading.Thread(target=self._stay_alive, daemon=True)
        atexit.register(self.close)

    def start(self) -> None:
        """Says hello, and waits a moment for the host, so that one that is there misses nothing."""
        if not self._pulse.is_alive():
            self._pulse.start()
        with self._lock:
            if not self._is_welcome:
                self._say_hello()
        self._wait(lambda: self._is_welcome or self.error, _WELCOME_S)

    def send_tokens(self, fields: dict, values: bytes, live: Iterable[int], wait_s: float) -> bool:
        """Sends tokens or, under policy drop, drops them where there is no room.

        Args:
            fields: those of `Tokens` that the link does not add.
            values: float32 [tokens, n_values].
            live: streams that have not ended once these tokens are there, which the host is told
                once a second.
            wait_s: how long to wait for room under policy block, s.

        Returns:
            False under policy block where there was no room.
        """
        count = sum(run.count for run in fields["runs"])
        if not self._drops:
            self._wait(self._has_room, wait_s)
        with self._lock:
            self._receive()
            has_room = self._has_room()
            if self._drops:
                self._is_dropping = not has_room or (
                    self._is_dropping and len(self._ledger) > self._max_waiting // 2
                )
                has_room = not self._is_dropping
            tokens = Tokens(**self._ledger.totals(), **fields)
            was_sent = has_room and self._send(tokens, count, values)
            if not (was_sent or self._drops):
                return False
            self._live = live
            self._counts.tokens_in += count
            self._counts.tokens_dropped += 0 if was_sent else count
            return True

    def send_message(self, topic: str, message: dict) -> None:
        """Sends a message of an emission, or lets it wait for room; never blocks. Under policy
        drop, and when 4096 wait, it is dropped where there is no room.

        Args:
            topic: emissions, findings or frames.
        """
        with self._lock:
            self._receive()
            self._counts.messages_in += 1
            self._late.append((topic, message))
            self._send_late()
            if len(self._late) > (self._max_waiting if self._drops else _MOST_LATE):
                self._late.popleft()
                self._counts.messages_dropped += 1

    def counts(self) -> LinkCounts:
        """What became of everything so far."""
        with self._lock:
            return self._ledger.now(len(self._late))

    def close(self) -> None:
        """Waits until the host has taken what was sent, says bye, and disconnects. Where nothing
        is acknowledged for 5 s, or for 30 s with policy block, what is left counts as lost; the
        time in which the host was silent before is part of it. May be called twice."""
        if self._is_closed:
            return
        before = None
        while (left := len(self._ledger) + len(self._late)) not in (0, before) and not self.error:
            before = left
            silent_s = time.monotonic() - self._heard_s
            left_s = self._end_s - silent_s
            self._wait(lambda: not (self._late or self._ledger) or self.error, left_s)
        end = time.monotonic() + _END_S
        with self._lock:
            if self._is_welcome or self.error:
                self._transmit(wire.write(Bye(**self._ledger.totals())))
            self._has_said_bye = True
        self._wait(lambda: self._is_dismissed or not self._is_welcome, end - time.monotonic())
        with self._lock:
            self._ledger.lose_waiting()
            self._counts.messages_dropped += len(self._late)
            self._late.clear()
            self._is_closed = True
        self._ends.set()
        if self._pulse.is_alive():
            self._pulse.join()
        self._socket.close()
        self._context.term()
        atexit.unregister(self.close)

    def abandon(self) -> None:
        """Before `close`: someone ends the flowgraph while the host takes nothing, and waits."""
        self._end_s = _SILENT_S

    def _stay_alive(self) -> None:
        while not self._ends.wait(_ALIVE_S):
            with self._lock:
                if self._is_closed or self._has_said_bye:
                    return
                self._receive()
                if not self._is_welcome:
                    self._say_hello()
                else:
                    alive = Alive(**self._ledger.totals(), live=list(self._live))
                    self._transmit(wire.write(alive))
                if time.monotonic() - self._heard_s > _SILENT_S:
                    self._tell("silent", f"no answer from {self._address}; tries again")

    def _wait(self, condition: Callable[[], bool], seconds: float) -> None:
        """Takes answers until ``condition`` holds, at most so long."""
        end = time.monotonic() + seconds
        while True:
            with self._lock:
                self._receive()
                if self._is_closed or condition() or time.monotonic() >= end:
                    return
                self._socket.poll(_POLL_MS)
            time.sleep(_YIELD_S)  # else the pulse might never get the lock

    def _has_room(self) -> bool:
        return self._is_welcome and not self._late and len(self._ledger) < self._max_waiting

    def _send_late(self) -> None:
        while self._late and self._is_welcome and len(self._ledger) < self._max_waiting:
            topic, message = self._late[0]
            packet = MessagePacket(**self._ledger.totals(), topic=topic, message=message)
            if not self._send(packet, 0):
                return
            self._late.popleft()

    def _send(self, packet: Packet, tokens: int, *values: bytes) -> bool:
        """Sends a message that has a number; returns whether ZMQ had room for it."""
        frames = [wire.write(packet), *values]
        if not self._transmit(*frames):
            return False
        self._ledger.send(tokens, frames)
        return True

    def _send_again(self) -> None:
        """Sends all that was not acknowledged. A host ignores what it has."""
        self._again_s = time.monotonic()
        for frames in self._ledger.waiting():
            if not self._transmit(*frames):
                return

    def _transmit(self, *frames: bytes) -> bool:
        try:
            self._socket.send_multipart(frames, self._zmq.NOBLOCK)
        except self._zmq.Again:
            return False
        self._counts.bytes_sent += sum(map(len, frames))
        return True

    def _say_hello(self) -> None:
        hello = Hello(**self._ledger.totals_taken(), version=wire.VERSION, edge=self._edge)
        self._transmit(wire.write(hello))

    def _receive(self) -> None:
        """Takes the answers that have come, at most `_MOST_ANSWERS`."""
        for _ in range(0 if self._socket.closed else _MOST_ANSWERS):
            try:
                frames = self._socket.recv_multipart(self._zmq.NOBLOCK)
            except self._zmq.Again:
                break
            try:
                reply = wire.read_reply(frames)
            except ValueError as error:
                self._tell("wrong", str(error))
                continue
            self._heard_s = time.monotonic()
            handle = getattr(self, f"_on_{reply.kind}", None)
            if handle is not None:
                handle(reply)
        self._send_late()

    def _on_welcome(self, reply) -> None:
        if not self._is_welcome:
            self._is_welcome = True
            self._counts.welcomes += 1
            self._tell("welcome", f"connected to {self._address} as edge {self._edge}")
            self._send_again()

    def _on_taken(self, reply) -> None:
        self._ledger.take(reply.seq)

    def _on_again(self, reply) -> None:
        """Something was lost with a connection. Every message behind it asks for it again."""
        self._ledger.take(reply.seq)
        if reply.seq != self._again_seq:
            self._again_seq, self._again_wait_s = reply.seq, _AGAIN_S
        elif time.monotonic() - self._again_s <= self._again_wait_s:
            return
        else:
            self._again_wait_s *= 2
        self._send_again()

    def _on_confidence(self, reply) -> None:
        if self._judge is not None:
            self._judge(reply.stream, reply.confidence)

    def _on_unknown(self, reply) -> None:
        """The host started again, or had not heard of this edge for too long."""
        if self._is_welcome:
            self._is_welcome = False
            if not self._has_said_bye:
                self._say_hello()

    def _on_refused(self, reply) -> None:
        self._is_welcome = False
        self._tell(f"refused {reply.reason}", f"{self._address}: {reply.reason}; tries again")

    def _on_wrong(self, reply) -> None:
        self._is_welcome = False
        self.error = reply.reason

    def _on_bye(self, reply) -> None:
        self._on_taken(reply)
        self._is_dismissed = True

    def _tell(self, state: str, text: str) -> None:
        """Reports ``text`` unless the state is the last one, as at each further try."""
        if self._state != state:
            self._state = state
            self._report(text)
