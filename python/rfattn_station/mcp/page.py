# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the page of `gr-rfattn serve` over HTTP; standard library only."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlencode, urlsplit

from gnuradio.rfattn.checked import shown

_TIMEOUT_S = 20.0
_MOST_BYTES = 2**26
"""Of an answer; the largest, with the whole waterfall, has about 2 MB."""


class PageError(ValueError):
    """The page does not answer, or not as `serve` does; one line."""


class Page:
    """Asks one server; from any thread.

    Args:
        url: of the page, http://HOST:PORT.
        token: of the page; "" for none.

    Raises:
        ValueError: naming the URL and the rule.
    """

    def __init__(self, url: str, token: str = ""):
        try:
            parts = urlsplit(url)
            self._host, self._port = parts.hostname, parts.port or 80
        except ValueError:  # such as a port that is no number
            parts = None
        if parts is None or parts.scheme != "http" or not self._host or parts.path not in ("", "/"):
            raise ValueError(f"--page must be http://HOST:PORT, got {shown(url)}")
        self.url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **query):
        """The JSON value under a path; None where there is no such thing.

        Raises:
            PageError: it was not answered, or refused; with the reason that the page gives.
        """
        asked = {name: value for name, value in query.items() if value is not None}
        return self._ask(f"/{path}" + (f"?{urlencode(asked)}" if asked else ""), self._value)

    def snapshot(self) -> dict:
        """What a page gets that opens now, see `Feed.snapshot`; with ``source``, where the messages
        come from.

        Raises:
            PageError: see `get`.
        """
        hello, snapshot = self._ask("/events", lambda answer: (_event(answer), _event(answer)))
        if "source" not in hello or "emissions" not in snapshot:
            raise PageError(f"{self.url}: not the page of gr-rfattn serve")
        return {**snapshot, "source": hello["source"]}

    def _ask(self, path: str, read):
        connection = http.client.HTTPConnection(self._host, self._port, timeout=_TIMEOUT_S)
        try:
            connection.request("GET", path, headers=self._headers)
            answer = connection.getresponse()
            if answer.status == 404:
                return None
            if answer.status != 200:
                raise PageError(f"{self.url}: {answer.status} {_reason(answer)}")
            return read(answer)
        except (OSError, http.client.HTTPException) as error:
            text = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise PageError(f"{self.url}: {text}: is gr-rfattn serve running?") from None
        except (ValueError, RecursionError) as error:
            if isinstance(error, PageError):
                raise
            raise PageError(f"{self.url}: not the page of gr-rfattn serve") from None
        finally:
            connection.close()

    def _value(self, answer):
        data = answer.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise PageError(f"{self.url}: an answer of more than {_MOST_BYTES} bytes")
        return json.loads(data)


def _event(answer) -> dict:
    """The value of the next Server-Sent Event."""
    while line := answer.readline(_MOST_BYTES):
        if line.startswith(b"data: "):
            value = json.loads(line.removeprefix(b"data: "))
            if isinstance(value, dict):
                return value
            break
    raise ValueError


def _reason(answer) -> str:
    """Why the page refused: the problem that it states, or the reason of its status."""
    try:
        return str(json.loads(answer.read(4096))["problem"])
    except (ValueError, KeyError, TypeError):
        return answer.reason
