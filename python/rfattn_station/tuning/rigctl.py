# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets a receiver that speaks the protocol of Hamlib's rigctld: gqrx, SDR++, SDRangel, rigs."""

from __future__ import annotations

import asyncio
import os
import re

from gnuradio.rfattn.checked import shown

from .dial import Dial

ANSWER_S = 5.0
"""How long a receiver may take for an answer; rigs on a serial port need up to a second or two."""
_MOST_BYTES = 1024
"""Of an answer, which is one short line."""
_REPORT = re.compile(r"RPRT (-?\d{1,4})")
_FREQUENCY = re.compile(r"\d{1,15}(\.\d{1,6})?")
_REASONS = {
    -1: "a parameter is not valid",
    -4: "not implemented",
    -5: "the rig does not answer",
    -6: "no connection to the rig",
    -8: "the rig answers something else",
    -9: "the rig rejects it",
    -11: "the rig cannot do it",
    -20: "the rig is off",
    -21: "beyond the limits of the rig",
}
"""Hamlib's numbers; other programs answer 1."""


class RigError(ValueError):
    """The receiver cannot be reached, does not answer, or refuses; one line.

    Attributes:
        is_refusal: it answered, and does not do it.
    """

    def __init__(self, text: str, is_refusal: bool = False):
        super().__init__(text)
        self.is_refusal = is_refusal


class Rig:
    """One receiver at HOST:PORT. Each call has its own connection, so that the receiver is free for
    other programs in between; some take one only. While a call is under way, another one is
    refused.

    Args:
        host, port: of the program, such as rigctld.
        answer_s: how long it may take for each answer.
    """

    def __init__(self, host: str, port: int, answer_s: float = ANSWER_S):
        self._host, self._port, self._answer_s = host, port, answer_s
        self._free = asyncio.Lock()  # the commands of one call stay together
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    async def tune(self, dial: Dial) -> None:
        """Sets frequency, mode and passband.

        Raises:
            RigError: what was sent before the refused command remains set.
        """
        commands = [f"F {dial.frequency}"]
        if dial.mode:
            commands.append(f"M {dial.mode.upper()} {dial.passband}")
        await self._tell(commands)

    async def check(self) -> None:
        """Asks for the frequency, to see that somebody answers.

        Raises:
            RigError: nobody does.
        """
        await self._tell(["f"])

    async def _tell(self, commands: list[str]) -> None:
        if self._free.locked():
            raise RigError(f"{self.address}: another call is under way, which may take a while")
        async with self._free:
            await self._tell_alone(commands)

    async def _tell_alone(self, commands: list[str]) -> None:
        try:
            async with asyncio.timeout(self._answer_s):
                reader, writer = await asyncio.open_connection(
                    self._host, self._port, limit=_MOST_BYTES
                )
        except TimeoutError:
            raise RigError(f"{self.address} does not answer in {self._answer_s:g} s") from None
        except OSError as error:
            raise RigError(f"{self.address}: {_reason(error)}; {_HINT}") from None
        try:
            for command in commands:
                await self._exchange(reader, writer, command)
        finally:
            writer.close()

    async def _exchange(self, reader, writer, command: str) -> None:
        """Sends one command and waits until the receiver has confirmed it."""
        where = f"{self.address}: {command}"
        try:
            async with asyncio.timeout(self._answer_s):
                writer.write(f"{command}\n".encode())
                await writer.drain()
                line = await reader.readline()
        except TimeoutError:
            raise RigError(f"{where}: no answer in {self._answer_s:g} s") from None
        except OSError as error:
            raise RigError(f"{where}: {_reason(error)}") from None
        except ValueError:  # StreamReader's limit
            raise RigError(f"{where}: a line of more than {_MOST_BYTES} bytes; {_HINT}") from None
        if not line.endswith(b"\n"):
            raise RigError(f"{where}: closes the connection without an answer")
        answer = line.decode(errors="replace").strip()
        if command == "f" and _FREQUENCY.fullmatch(answer):
            return
        report = _REPORT.fullmatch(answer)
        if report is None:
            raise RigError(f"{where}: answers {shown(answer)}; {_HINT}")
        code = int(report[1])
        if code:
            reason = f" ({_REASONS[code]})" if code in _REASONS else ""
            raise RigError(f"{where}: refused with RPRT {code}{reason}", is_refusal=True)


def _reason(error: OSError) -> str:
    """Of asyncio's errors, which have texts of their own where the system has given a number."""
    is_number = error.errno is not None and error.errno > 0
    return os.strerror(error.errno) if is_number else error.strerror or str(error)


_HINT = "it must be a receiver's remote control, such as gqrx or rigctld"
