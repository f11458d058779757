# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A publisher of messages and the server of the page, for the tests of the page."""

import http.client
import json
import re
import subprocess
import threading
from collections import Counter
from urllib.parse import urlsplit

import zmq

from command_line import COMMAND, PROGRAM, TIME_LIMIT_S


class Publisher:
    """An XPUB socket as zmq_stats_sink has one; it numbers the messages of each topic."""

    def __init__(self):
        self._sent, self.feeders = Counter(), []
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.XPUB)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.bind("tcp://127.0.0.1:*")
        self.address = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def send(self, kind, message):
        if not isinstance(message, bytes):
            message = json.dumps({**message, "seq": self._sent[kind]}).encode()
            self._sent[kind] += 1
        self._socket.send_multipart([f"rfattn.{kind}".encode(), message])

    def close(self):
        for feeder in self.feeders:
            feeder.stop()
        self._socket.close()
        self._context.term()


class Server:
    """gr-rfattn serve, listening to an address."""

    def __init__(self, stats, *arguments, program=PROGRAM):
        self._process = subprocess.Popen(
            [
                *COMMAND[:2],
                program,
                "serve",
                "--stats",
                stats,
                "--listen",
                "127.0.0.1:0",
                *arguments,
            ],
            text=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        line = self._process.stderr.readline()
        assert "page at http://" in line, line + self._process.stderr.read()
        self.page = re.search(r"http://\S+/", line)[0]
        self.port = urlsplit(self.page).port

    def get(self, path, binary=False, method="GET", **headers):
        """Status, headers and body; the path as it stands, which urllib would clean."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIME_LIMIT_S)
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, answer.headers, body if binary else body.decode()

    def events(self):
        """(name, value) of the updates, as they come."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIME_LIMIT_S)
        connection.request("GET", "/events")
        answer = connection.getresponse()
        assert answer.headers["Content-Type"] == "text/event-stream"
        while line := answer.readline().decode():
            if line.startswith("event: "):
                data = answer.readline().decode().removeprefix("data: ")
                yield line.removeprefix("event: ").strip(), json.loads(data)

    def stop(self):
        self._process.terminate()
        err = self._process.communicate(timeout=TIME_LIMIT_S)[1]
        return self._process.returncode, err


class Feeder(threading.Thread):
    """Sends the same messages ten times a second until it is told to stop."""

    def __init__(self, publisher, messages):
        super().__init__(daemon=True)
        self._publisher, self.messages = publisher, messages
        self.stopped = threading.Event()
        publisher.feeders.append(self)
        self.start()

    def run(self):
        while not self.stopped.wait(0.1):
            for kind, message in self.messages:
                self._publisher.send(kind, message)

    def stop(self):
        self.stopped.set()
        self.join()
