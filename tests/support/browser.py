# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Chromium without a screen, for the tests of the page."""

import asyncio
import base64
import contextlib
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from tornado.websocket import websocket_connect

LIMIT_S = 60
CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium")
ROOT = 0


class Browser:
    """One page of a headless Chromium, driven by its DevTools protocol.

    Args:
        width, height: of the page, CSS pixels.
        dark: the user prefers dark colors.
        options: more of the command line.
    """

    def __init__(self, width=1360, height=900, dark=False, options=()):
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        command = [
            CHROMIUM,
            "--headless=new",
            "--remote-debugging-port=0",
            "--disable-gpu",
            "--no-first-run",
            "--disable-extensions",
            "--disable-background-networking",
            "--disable-dev-shm-usage",
            f"--user-data-dir={self._profile.name}",
            *options,
        ]
        if os.geteuid() == ROOT:
            command.append("--no-sandbox")  # Chromium refuses to start as root with one
        self._process = subprocess.Popen(
            [*command, "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._ids = itertools.count(1)
        self._loop = asyncio.new_event_loop()
        try:
            self._socket = self._loop.run_until_complete(self._connect())
        except BaseException:
            self._process.kill()
            raise
        target = self._tell("Target.createTarget", url="about:blank")["targetId"]
        attached = self._tell("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": attached["sessionId"]}
        self.resize(width, height)
        self.prefer(dark)

    async def _connect(self):
        port, path = self._debugger()
        return await websocket_connect(f"ws://127.0.0.1:{port}{path}")

    async def _disconnect(self):
        self._socket.close()

    def _debugger(self):
        """Port and path, which Chromium writes into its profile."""
        written = Path(self._profile.name) / "DevToolsActivePort"
        deadline = time.monotonic() + LIMIT_S
        while time.monotonic() < deadline:
            lines = written.read_text().split() if written.exists() else []
            if len(lines) == 2:
                return lines
            with contextlib.suppress(subprocess.TimeoutExpired):
                raise AssertionError(f"Chromium ended with {self._process.wait(0.05)}")
        raise AssertionError("Chromium does not start")

    def _tell(self, method, session=None, **parameters):
        answer = self._ask(method, session or {}, parameters)
        assert "error" not in answer, answer
        return answer["result"]

    def _ask(self, method, session, parameters):
        exchange = self._exchange(method, session, parameters)
        return self._loop.run_until_complete(asyncio.wait_for(exchange, LIMIT_S))

    async def _exchange(self, method, session, parameters):
        number = next(self._ids)
        await self._socket.write_message(
            json.dumps({"id": number, "method": method, "params": parameters, **session})
        )
        while True:
            answer = json.loads(await self._socket.read_message())
            if answer.get("id") == number:
                return answer

    def tell(self, method, **parameters):
        """A command of the protocol, to the page."""
        return self._tell(method, self._session, **parameters)

    def open(self, address):
        self.tell("Page.navigate", url=address)

    def resize(self, width, height):
        self.tell(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def prefer(self, dark):
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.tell("Emulation.setEmulatedMedia", features=[scheme])

    def value(self, expression):
        """Of JavaScript, as JSON carries it."""
        answer = self.tell("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_for(self, expression):
        """The first true value of an expression; it may fail while the page loads."""
        paced = f"new Promise(done => setTimeout(done, 50)).then(() => ({expression}))"
        parameters = {"expression": paced, "returnByValue": True, "awaitPromise": True}
        deadline = time.monotonic() + LIMIT_S
        while time.monotonic() < deadline:
            # An error where the page goes away meanwhile, an exception where it is not yet ready.
            found = self._ask("Runtime.evaluate", self._session, parameters).get("result", {})
            if "exceptionDetails" not in found and found.get("result", {}).get("value"):
                return found["result"]["value"]
        page = self.value("document.body.innerText")
        raise AssertionError(f"never true: {expression}; the page says {page!r}")

    def wait_until(self, holds):
        """Lets the page live until ``holds()`` is true."""
        deadline = time.monotonic() + LIMIT_S
        while not holds():
            assert time.monotonic() < deadline, "never true"
            self.wait_for("true")

    def screenshot(self):
        """PNG of what is in view."""
        return base64.b64decode(self.tell("Page.captureScreenshot")["data"])

    def close(self):
        self._loop.run_until_complete(self._disconnect())
        self._loop.close()
        self._process.terminate()
        self._process.communicate(timeout=LIMIT_S)
        self._profile.cleanup()


def text_of(browser, name):
    return browser.value(f"document.getElementById('{name}').innerText")
