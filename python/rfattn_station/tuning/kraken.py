# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets a KrakenSDR, whose software reads its settings again when the file has changed."""

from __future__ import annotations

import json
import os
from pathlib import Path

from gnuradio.rfattn.files import replacing
from gnuradio.rfattn.reporting import hertz

from .dial import Dial
from .rigctl import RigError

_LEAST_HZ, _MOST_HZ = 24e6, 1766e6
_HINT = "it must be settings.json of krakensdr_doa, in its folder _share"


class Kraken:
    """A KrakenSDR by its settings file. What else is in the file stays as it is.

    Args:
        path: settings.json of krakensdr_doa.
    """

    def __init__(self, path: str):
        self._path = Path(path)

    async def tune(self, dial: Dial) -> None:
        """Sets the frequency of the receivers, and that of which the direction is found.

        Raises:
            RigError: the file cannot be read or replaced, or the receivers cannot be there.
        """
        if not _LEAST_HZ <= dial.frequency <= _MOST_HZ:
            raise RigError(
                f"a KrakenSDR receives 24 MHz to 1.766 GHz, got {hertz(dial.frequency)}",
                is_refusal=True,
            )
        settings = self._read()
        settings["center_freq"] = dial.frequency / 1e6
        if "vfo_freq_0" in settings:
            settings["vfo_freq_0"] = dial.frequency
        settings["ext_upd_flag"] = True  # its page shows the change, too
        try:
            owner = self._path.stat()
            with replacing(self._path) as partial:
                partial.write_text(json.dumps(settings, indent=2), "utf-8")
                os.chown(partial, owner.st_uid, owner.st_gid)  # who writes it again
        except OSError as error:
            raise RigError(f"{self._path}: {error.strerror}") from None

    async def check(self) -> None:
        """Reads the file.

        Raises:
            RigError: it is no settings file.
        """
        self._read()

    def _read(self) -> dict:
        try:
            settings = json.loads(self._path.read_text("utf-8"))
        except OSError as error:
            raise RigError(f"{self._path}: {error.strerror}; {_HINT}") from None
        except (ValueError, RecursionError):
            raise RigError(f"{self._path}: not JSON; {_HINT}") from None
        if not isinstance(settings, dict) or "center_freq" not in settings:
            raise RigError(f"{self._path}: no center_freq; {_HINT}")
        return settings
