# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""MQTT: what a real broker gets, what is counted without one, and who may be reached."""

import getpass
import os
import queue
import re
import shlex
import shutil
import socket
import subprocess
import time

import pytest
from gnuradio.rfattn_station.mqtt import mqtt_publisher
from gnuradio.rfattn_station.mqtt.mqtt_publisher import MqttPublisher, broker_address

from mqtt_broker import LIMIT_S, broker, free_port, needs_broker, needs_paho, subscribed
from pages import PAGES

UNTRUSTED = "self-signed certificate"
OF_TLS = ", as a port with TLS does without --mqtt-ca"


class Reports(queue.Queue):
    """Lines that were reported."""

    def next(self):
        return self.get(timeout=LIMIT_S)


def publisher(port, reports, topic="site", login="", certificates=""):
    return MqttPublisher(f"127.0.0.1:{port}", topic, login, certificates, reports.put)


@needs_broker
def test_a_broker_gets_messages_and_the_state(tmp_path):
    port, reports = free_port(), Reports()
    with broker(tmp_path, port), subscribed(port) as found:
        sender = publisher(port, reports)
        assert reports.next() == f"mqtt: connected to 127.0.0.1:{port}"
        assert found.get(timeout=LIMIT_S) == ("site/status", "online")
        for number in range(3):
            sender.send("emissions", {"id": number, "label": None})
        got = [found.get(timeout=LIMIT_S) for _ in range(3)]
        assert got == [("site/emissions", {"id": i, "label": None}) for i in range(3)]
        sender.close()
        sender.close()
        assert found.get(timeout=LIMIT_S) == ("site/status", "offline")
        assert (sender.sent, sender.lost) == (3, 0)
    assert reports.empty()


@needs_broker
def test_it_reconnects_and_delivers_what_waited(tmp_path, monkeypatch):
    monkeypatch.setattr(mqtt_publisher, "_RECONNECT_S", (1, 1))
    port, reports = free_port(), Reports()
    sender = publisher(port, reports)
    refused = f"mqtt: no connection to 127.0.0.1:{port}: Connection refused; tries again"
    assert reports.next() == refused
    sender.send("emissions", {"id": 1})
    with broker(tmp_path, port), subscribed(port, "+/emissions") as found:
        assert "connected" in reports.next()
        assert found.get(timeout=LIMIT_S) == ("site/emissions", {"id": 1})
    assert reports.next() == f"mqtt: lost the connection to 127.0.0.1:{port}; tries again"
    assert reports.next() == refused
    sender.send("emissions", {"id": 2})
    with broker(tmp_path, port), subscribed(port, "+/emissions") as found:
        got = found.get(timeout=LIMIT_S)
        while got == ("site/emissions", {"id": 1}):  # the broker ended before it acknowledged it
            got = found.get(timeout=LIMIT_S)
        assert got == ("site/emissions", {"id": 2})
        sender.close()
    assert (sender.sent, sender.lost) == (2, 0)


@needs_paho
def test_what_no_broker_took_is_lost_and_counted(monkeypatch):
    monkeypatch.setattr(mqtt_publisher, "_MOST_WAITING", 5)
    monkeypatch.setattr(mqtt_publisher, "_END_S", 0.0)
    sender = publisher(free_port(), Reports())
    for number in range(7):
        sender.send("emissions", {"id": number})
    assert sender.lost == 2
    sender.close()
    assert (sender.sent, sender.lost) == (0, 7)


@needs_broker
def test_a_broker_that_refuses_the_login_is_reported(tmp_path, monkeypatch):
    monkeypatch.setattr(mqtt_publisher, "_END_S", 0.0)
    port, reports, login = free_port(), Reports(), tmp_path / "login"
    login.write_text("user:secret\n")
    login.chmod(0o600)
    with broker(tmp_path, port, "allow_anonymous false"):
        sender = publisher(port, reports, login=str(login))
        line = reports.next()
        assert line == f"mqtt: 127.0.0.1:{port} refuses the connection: Not authorized; tries again"
        sender.close()


@needs_broker
@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl")
def test_certificates_and_a_login(tmp_path, monkeypatch):
    """A broker whose certificate the given one vouches for, and one that shows another."""
    monkeypatch.setattr(mqtt_publisher, "_END_S", 2.0)
    for name in ("one", "other"):
        make_certificate(tmp_path / name)
    login, users = tmp_path / "login", tmp_path / "users"
    login.write_text("user:a:secret\n")
    login.chmod(0o600)
    subprocess.run(["mosquitto_passwd", "-b", "-c", users, "user", "a:secret"], check=True)
    secure = ["allow_anonymous false", f"password_file {users}", f"user {getpass.getuser()}"]
    secure += [f"certfile {tmp_path}/one.pem", f"keyfile {tmp_path}/one.key"]
    port, reports = free_port(), Reports()
    with broker(tmp_path, port, *secure):
        sender = publisher(port, reports, login=str(login), certificates=f"{tmp_path}/one.pem")
        assert "connected" in reports.next()
        sender.send("emissions", {"id": 1})
        sender.close()
        assert (sender.sent, sender.lost) == (1, 0)
        sender = publisher(port, reports, login=str(login), certificates=f"{tmp_path}/other.pem")
        assert f": its certificate is not trusted: {UNTRUSTED}; tries again" in reports.next()
        sender.close()
        sender = publisher(port, reports)
        assert reports.next().endswith(f": it ended without an answer{OF_TLS}; tries again")
        sender.close()
    with broker(tmp_path, port):
        sender = publisher(port, reports, login=str(login), certificates=f"{tmp_path}/one.pem")
        assert f"no connection to 127.0.0.1:{port}: " in reports.next()
        sender.close()


@needs_paho
@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl")
@pytest.mark.parametrize("has_tls", [False, True])
def test_a_broker_that_never_answers_is_told_and_does_not_hold_up_the_end(
    tmp_path, monkeypatch, has_tls
):
    monkeypatch.setattr(mqtt_publisher, "_END_S", 0.2)
    make_certificate(tmp_path / "one")
    certificates = f"{tmp_path}/one.pem" if has_tls else ""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port, reports = server.getsockname()[1], Reports()
        sender = publisher(port, reports, certificates=certificates)
        connection, _ = server.accept()
        sender.send("emissions", {"id": 1})
        begin = time.monotonic()
        sender.close()
        assert time.monotonic() - begin < LIMIT_S / 4  # paho waits for a minute
        connection.close()
    assert reports.get() == f"mqtt: no connection to 127.0.0.1:{port}: no answer; tries again"
    assert (sender.sent, sender.lost) == (0, 1)


def make_certificate(stem):
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    command += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", f"{stem}.key", "-out", f"{stem}.pem"]
    subprocess.run([*command, *files], check=True, capture_output=True)


@needs_broker
@pytest.mark.skipif(not shutil.which("mosquitto_sub"), reason="no mosquitto-clients")
def test_a_station_is_forgotten_as_the_page_says(tmp_path):
    page = PAGES["docs/home-assistant.md"]
    lines = re.findall(r"^    (mosquitto_.*)$", page, re.MULTILINE)
    device = "homeassistant/device/rfattn_rfattn"
    kept = [
        "rfattn/station",
        "rfattn/classes/ais/last",
        "rfattn/transmitters/N",
        f"{device}/config",
    ]
    kept.append(f"{device}_transmitter_N/config")
    port, reports = free_port(), Reports()
    with broker(tmp_path, port):
        sender = publisher(port, reports, "rfattn")
        assert "connected" in reports.next()
        for topic in kept:
            assert sender.keep(topic, "{}")
        sender.close()
        for line in lines:
            command = [*shlex.split(line), "-h", "127.0.0.1", "-p", str(port)]
            subprocess.run(command, capture_output=True)
        with subscribed(port) as found:
            sender = publisher(port, reports, "end")
            assert found.get(timeout=LIMIT_S) == ("end/status", "online")
            sender.close()


def test_addresses():
    assert broker_address("127.0.0.1", False, False) == ("127.0.0.1", 1883)
    assert broker_address("localhost:1", False, False) == ("localhost", 1)
    assert broker_address("[::1]", False, True) == ("::1", 8883)
    assert broker_address("[::1]:99", False, True) == ("::1", 99)
    assert broker_address("broker.example", True, True) == ("broker.example", 8883)
    for wrong in ("", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "::1", "mqtt://127.0.0.1"):
        with pytest.raises(ValueError, match="mqtt must be HOST or HOST:PORT"):
            broker_address(wrong, True, True)


@needs_paho
def test_another_machine_needs_certificates_and_a_login(tmp_path):
    login = tmp_path / "login"
    login.write_text("user:secret\n")
    login.chmod(0o600)
    for settings in (("", ""), (str(login), ""), ("", "certificates.pem")):
        with pytest.raises(ValueError, match="192.0.2.1 is another machine: give mqtt_login and"):
            MqttPublisher("192.0.2.1", "site", *settings, print)


@needs_paho
def test_refusals(tmp_path):
    def refusal(topic="site", login="", certificates=""):
        with pytest.raises(ValueError) as error:
            MqttPublisher("127.0.0.1", topic, str(login), str(certificates), print)
        return str(error.value)

    for topic in ("", "a/#", "+", "/a", "$SYS"):
        assert refusal(topic).startswith("mqtt_topic must be a name without + and #")
    assert refusal(login=tmp_path / "none").startswith("mqtt_login: no file")
    login = tmp_path / "login"
    login.write_text("only-a-user\n")
    os.chmod(login, 0o644)
    assert "must be readable by its owner only" in refusal(login=login)
    os.chmod(login, 0o600)
    assert refusal(login=login) == f"mqtt_login: {login} must hold USER:PASSWORD"
    assert refusal(certificates=login) == f"mqtt_ca: {login}: no certificates in PEM"
    assert "none.pem: No such file" in refusal(certificates=tmp_path / "none.pem")
