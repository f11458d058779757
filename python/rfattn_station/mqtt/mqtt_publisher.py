# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Publishes JSON to an MQTT broker, reconnects, and counts what was lost; no GNU Radio here."""

from __future__ import annotations

import json
import ssl
import sys
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path

from gnuradio.rfattn.telemetry.bind_address import host_and_port, is_loopback
from gnuradio.rfattn.telemetry.curve import check_private

PORT, TLS_PORT = 1883, 8883
_QOS = 1
"""The broker acknowledges each message, so that what is lost can be counted."""
_MOST_WAITING = 1000
_IN_FLIGHT = 100
_RECONNECT_S = (1, 30)
_END_S = 3.0
"""How long the end waits for the broker, and how long it may take to answer before that is told."""
_POLL_S = 0.01
_CLOSED = "closed"
_MAX_LOGIN_BYTES = 1024


class MqttPublisher:
    """Sends JSON objects below a topic, and its state to TOPIC/status: online or offline, retained.

    Without a connection, up to 1000 messages wait for the next one, which is tried again and again.
    Needs python3-paho-mqtt.

    Args:
        address: HOST or HOST:PORT of the broker; without a port 1883, with TLS 8883.
        topic: first part of the topics.
        login: file with USER:PASSWORD that only its owner can read; "": none.
        certificates: PEM file with the certificates that vouch for the broker, which turns TLS on;
            "": none. A broker on another machine needs these and a login.
        report: called with a line of text when the connection comes, goes or is refused; in
            another thread.

    Attributes:
        topic: first part of the topics.
        sent: messages that the broker acknowledged; lost: those that had no room, and from `close`
        on also those that it did not acknowledge.
        connections: how often the broker has accepted a connection.

    Raises:
        ValueError: in one line that begins with "mqtt", for an address, a topic or a file.
    """

    def __init__(
        self,
        address: str,
        topic: str,
        login: str,
        certificates: str,
        report: Callable[[str], None],
    ):
        try:
            from paho.mqtt import client as paho
        except ImportError:
            raise ValueError("mqtt needs paho-mqtt 2: apt-get install python3-paho-mqtt") from None
        self._paho, self._report = paho, report
        self.topic = checked_topic("mqtt_topic", topic)
        host, port = broker_address(address, bool(login and certificates), bool(certificates))
        self._where = f"{host}:{port}"
        self.sent = self.lost = self.connections = 0
        self._heard: tuple[str, ...] = ()
        self._published = self._status_number = 0
        self._asked_s: float | None = None  # since when a connection is tried
        self._counting = threading.Lock()  # of what several threads send
        self._state = self._told = ""
        self._has_tls = bool(certificates)
        self._client = client = paho.Client(paho.CallbackAPIVersion.VERSION2)
        if login:
            client.username_pw_set(*_read_login(login))
        if certificates:
            _use_certificates(client, certificates)
        client.max_queued_messages_set(_MOST_WAITING)
        client.max_inflight_messages_set(_IN_FLIGHT)
        client.reconnect_delay_set(*_RECONNECT_S)
        client.will_set(self._status_topic, "offline", qos=_QOS, retain=True)
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_connect_fail, client.on_publish = self._on_connect_fail, self._on_publish
        client.on_subscribe, client.on_pre_connect = self._on_subscribe, self._on_pre_connect
        client.connect_async(host, port)
        client.loop_start()

    def send(self, topic: str, payload: dict) -> None:
        """Sends ``payload`` to TOPIC/``topic``, or lets it wait; from any thread."""
        self._look()
        if not self._publish(f"{self.topic}/{topic}", json.dumps(payload, allow_nan=False)):
            with self._counting:
                self.lost += 1

    def keep(self, topic: str, text: str) -> bool:
        """Sends ``text`` to the whole ``topic``, for the broker to keep for who comes later; "" has
        it keep nothing. Returns whether there was a connection and room; nothing counts as lost."""
        self._look()
        return self.is_connected and self._publish(topic, text, retain=True)

    def _publish(self, topic: str, text: str, retain: bool = False) -> bool:
        result = self._client.publish(topic, text, qos=_QOS, retain=retain)
        has_room = result.rc != self._paho.MQTT_ERR_QUEUE_SIZE
        with self._counting:
            self._published += has_room
        return has_room

    def listen(self, topics: Collection[str], take: Callable[[str, bytes, bool], None]) -> None:
        """Reads these topics, too, at each connection.

        Args:
            take: called in another thread with the topic of a message, what it holds, and whether
                the broker kept it from before; must not raise.
        """
        client, self._heard = self._client, tuple(topics)
        client.on_message = lambda _, __, got: take(got.topic, got.payload, bool(got.retain))
        if self.is_connected:
            self._subscribe(client)

    @property
    def is_connected(self) -> bool:
        return self._client is not None and self._client.is_connected()

    def close(self) -> None:
        """Waits for the broker, at most 3 s, and disconnects. May be called twice."""
        if self._client is None:
            return
        client, self._client = self._client, None
        end = time.monotonic() + _END_S
        while self.sent < self._published and time.monotonic() < end:
            time.sleep(_POLL_S)
        self._look()
        self._state = _CLOSED
        self.lost += self._published - self.sent
        if client.is_connected():
            farewell = client.publish(self._status_topic, "offline", qos=_QOS, retain=True)
            farewell.wait_for_publish(_POLL_S + max(0.0, end - time.monotonic()))
        client.disconnect()
        # Its thread may be in a handshake, which nothing ends before the limit of paho.
        ending = threading.Thread(target=client.loop_stop, daemon=True)
        ending.start()
        ending.join(_POLL_S + max(0.0, end - time.monotonic()))

    @property
    def _status_topic(self) -> str:
        return f"{self.topic}/status"

    def _look(self) -> None:
        """Reports a broker that has not answered."""
        asked_s = self._asked_s
        if asked_s is not None and time.monotonic() - asked_s >= _END_S:
            self._fail("no answer")

    def _on_pre_connect(self, client, userdata) -> None:
        self._asked_s = time.monotonic()

    def _on_connect(self, client, userdata, flags, reason, properties) -> None:
        self._asked_s = None
        if reason.is_failure:
            self._tell("refused", f"{self._where} refuses the connection: {reason}; tries again")
            return
        self.connections += 1
        self._tell("connected", f"connected to {self._where}")
        status = client.publish(self._status_topic, "online", qos=_QOS, retain=True)
        if status.rc == self._paho.MQTT_ERR_SUCCESS:
            self._status_number = status.mid
        if self._heard:
            self._subscribe(client)

    def _subscribe(self, client) -> None:
        client.subscribe([(topic, _QOS) for topic in self._heard])

    def _on_subscribe(self, client, userdata, mid, reasons, properties) -> None:
        refused = [t for t, r in zip(self._heard, reasons, strict=False) if r.is_failure]
        if refused:
            self._report(f"mqtt: {self._where} does not let this user read {', '.join(refused)}")

    def _on_connect_fail(self, client, userdata) -> None:
        self._asked_s = None
        self._fail(_reason(sys.exception()))  # paho calls this where it handles it

    def _on_disconnect(self, client, userdata, flags, reason, properties) -> None:
        was_asked, self._asked_s = self._asked_s is not None, None
        if self._state == "connected":
            self._tell("failed", f"lost the connection to {self._where}; tries again")
        elif was_asked:
            hint = "" if self._has_tls else ", as a port with TLS does without --mqtt-ca"
            self._fail(f"it ended without an answer{hint}")

    def _on_publish(self, client, userdata, mid, reason, properties) -> None:
        if mid == self._status_number:
            self._status_number = 0  # numbers come again
        elif self._state != _CLOSED:
            self.sent += 1

    def _fail(self, why: str) -> None:
        self._tell("failed", f"no connection to {self._where}: {why}; tries again")

    def _tell(self, state: str, text: str) -> None:
        """Reports ``text`` unless it is the last one, as at each further try."""
        if self._state != _CLOSED and self._told != text:
            self._state, self._told = state, text
            self._report(f"mqtt: {text}")


def broker_address(address: str, is_protected: bool, has_tls: bool) -> tuple[str, int]:
    """Host, without brackets, and port of a broker.

    Args:
        is_protected: there are a login and certificates, without which the broker must be here.
        has_tls: its port is 8883 where none is given, not 1883.

    Raises:
        ValueError: naming the address and the rule.
    """
    found = host_and_port(address, TLS_PORT if has_tls else PORT)
    if found is None or not found[1]:
        raise ValueError(f"mqtt must be HOST or HOST:PORT with a port up to 65535, got {address!r}")
    host, port = found
    if not (is_protected or is_loopback(host)):
        raise ValueError(
            f"mqtt: {host} is another machine: give mqtt_login and mqtt_ca, or use a broker at "
            "127.0.0.1"
        )
    return host, port


def checked_topic(name: str, topic: str) -> str:
    """First part of topics, without a / at the end.

    Args:
        name: of the parameter.

    Raises:
        ValueError: naming the parameter, the rule and the value.
    """
    if not topic or any(c in "#+\0" for c in topic) or topic.startswith(("/", "$")):
        raise ValueError(
            f"{name} must be a name without + and #, not begin with / or $, got {topic!r}"
        )
    return topic.rstrip("/")


def _reason(error: BaseException | None) -> str:
    """Why there is no connection, in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "no answer"
    if isinstance(error, ssl.SSLError):
        return f"no TLS: {error.reason or error.strerror}"
    return str(getattr(error, "strerror", None) or error)


def _read_login(path: str) -> tuple[str, str]:
    check_private(Path(path), "mqtt_login")
    with open(path, encoding="utf-8", errors="replace") as file:
        user, colon, password = file.readline(_MAX_LOGIN_BYTES).strip().partition(":")
    if not (user and colon and password):
        raise ValueError(f"mqtt_login: {path} must hold USER:PASSWORD")
    return user, password


def _use_certificates(client, path: str) -> None:
    try:
        client.tls_set(ca_certs=path)
    except ssl.SSLError:
        raise ValueError(f"mqtt_ca: {path}: no certificates in PEM") from None
    except OSError as error:
        raise ValueError(f"mqtt_ca: {path}: {error.strerror}") from None
