# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listening on the page: a real flowgraph, a real browser, and what is heard there."""

import base64
import http.client
import json

import numpy as np
import pytest
from gnuradio.rfattn.messages.audio import AUDIO_RATE

import spoken_band
from browser import CHROMIUM, Browser
from heard import snr_db, strongest_hz
from live_air import LiveAir
from page_messages import EMISSION, ENVELOPE, STATS
from page_server import Publisher, Server

# Keeps all that the page plays, as it is played: behind the mixing of its pieces.
TAP = """
const whole = AudioContext.prototype.createBufferSource;
window.played = [];
AudioContext.prototype.createBufferSource = function () {
  if (!this.tap) {
    this.tap = this.createScriptProcessor(4096, 1, 1);
    this.tap.onaudioprocess = (event) => {
      if (played.length < 1000) played.push(Array.from(event.inputBuffer.getChannelData(0)));
    };
    this.tap.connect(this.destination);
  }
  const made = whole.call(this);
  made.connect(this.tap);
  return made;
};
"""
ROW = (
    "[...document.querySelectorAll('#lines tr')].find((row) => row.textContent.includes('145.53'))"
)
TEXT = "document.getElementById('heardtext').textContent"


def play(browser, server, seconds):
    """Opens the page, listens to the first emission, and returns what it played."""
    browser.tell("Page.enable")
    browser.tell("Page.addScriptToEvaluateOnNewDocument", source=TAP)
    browser.open(server.page)
    browser.wait_for(f"!!{ROW}")
    browser.value(f"{ROW}.click()")
    browser.wait_for("!document.getElementById('listening').hidden")
    browser.value("document.getElementById('mode').value = 'fm'")
    browser.tell(
        "Runtime.evaluate",
        expression="document.querySelector('#listening button').click()",
        userGesture=True,
    )
    browser.wait_for(f"{TEXT}.startsWith('Listening to #')")
    blocks = round(seconds * AUDIO_RATE / 4096)
    browser.wait_for(f"played.filter((part) => part.some((value) => value)).length > {blocks}")
    return np.concatenate(browser.value("played")) if seconds else np.empty(0)


@pytest.fixture
def browser():
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    made = Browser()
    yield made
    made.close()


def cleanest(sound, hz):
    """The half second in which a tone is cleanest, some 25 pieces: on a machine under load, pieces
    and what the tap keeps of them may be late."""
    length = AUDIO_RATE // 2
    parts = [sound[n : n + length] for n in range(0, len(sound) - length, length // 4)]
    return max((part for part in parts if part.any()), key=lambda part: snr_db(part, hz))


def test_a_tone_is_heard_in_the_browser(browser, tmp_path):
    sent = (1.0, 30e3, 0.05, np.tile(spoken_band.fm(spoken_band.tone(1)), 40))
    address = f"ipc://{tmp_path}/stats"
    live = LiveAir(spoken_band.write(tmp_path, spoken_band.band(40, sent)), address)
    server = Server(address)
    sound = cleanest(play(browser, server, 2.0), 1000.0)
    assert strongest_hz(sound) == pytest.approx(1000.0, abs=2) and snr_db(sound, 1000.0) > 30
    assert browser.value(TEXT).startswith("Listening to #1, ")
    assert ", 145.53 MHz, FM" in browser.value(TEXT)
    browser.value("document.getElementById('silence').click()")
    assert browser.value("document.getElementById('heard').hidden")
    assert "  heard:     1 demodulators were started" in live.end()
    server.stop()


# Without a flowgraph.


@pytest.fixture
def server(publisher):
    made = Server(publisher.address)
    yield made
    made.stop()


def emission(number, state="update"):
    return {**EMISSION, "id": number, "state": state}


def reach(server, publisher, *messages):
    """The first messages of a publisher reach nobody."""
    for _ in server.events():
        publisher.send("stats", STATS)
        if "rfattn_steps_total 7" in server.get("/metrics")[2]:
            break
    for name, value in server.events():
        if name == "snapshot" and len(value["emissions"]) >= len(messages):
            return
        for message in messages:
            publisher.send("emissions", message)
        if value.get("emissions"):
            return


def first_event(text):
    head, data = text.split("\n")[:2]
    assert head == "event: sound"
    return json.loads(data.removeprefix("data: "))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/sound/0.9", 404),
        ("/sound/1.1", 404),
        ("/sound/x", 404),
        ("/sound/0.1?mode=wfm", 400),
        ("/sound/0.1?mode=", 400),
    ],
)
def test_what_is_no_emission_or_mode_is_refused(server, publisher, path, status):
    reach(server, publisher, emission(1))
    assert server.get(path)[0] == status


def test_an_emission_that_has_ended_is_not_asked_for(server, publisher):
    reach(server, publisher, emission(1, "end"))
    status, headers, text = server.get("/sound/0.1")
    assert status == 200 and headers["Content-Type"] == "text/event-stream"
    assert first_event(text) == {"state": "ended", "rate": AUDIO_RATE}


def test_other_pages_may_not_listen(server, publisher):
    reach(server, publisher, emission(1))
    assert server.get("/sound/0.1", Origin="http://evil.example")[0] == 403
    assert server.get("/sound/0.1", Host="evil.example")[0] == 403
    for site in ("cross-site", "same-site"):  # a picture, say, which has no Origin
        assert server.get("/sound/0.1", **{"Sec-Fetch-Site": site})[0] == 403


def test_a_token_is_needed_where_there_is_one(publisher, tmp_path):
    token = tmp_path / "token"
    token.write_text("0123456789abcdef")
    token.chmod(0o600)
    server = Server(publisher.address, "--token-file", token)
    assert server.get("/sound/0.1")[0] == 401
    server.stop()


class SoundingPublisher(Publisher):
    """Answers as `live` does, with pieces that a test makes."""

    def sound(self, octets, number, **about):
        message = {**ENVELOPE, "seq": number, "request": "e1/auto", "state": "on", **about}
        self._socket.send_multipart([b"audio/rfattn/e1/auto", json.dumps(message).encode(), octets])


def test_sound_is_passed_on_until_the_emission_ends():
    publisher = SoundingPublisher()
    server = Server(publisher.address)
    reach(server, publisher, emission(1))
    found, number = [], 0
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("GET", "/sound/0.1")
    answer = None
    while not any("pcm" in event for event in found):
        publisher.sound(b"\x01\x00\x02\x00", number, position=2 * number)
        publisher.sound(b"odd", number, position=0)
        number += 1
        answer = answer or connection.getresponse()
        found.append(json.loads(_data(answer)))
    publisher.sound(b"", number + 5, state="ended")
    while found[-1]["state"] != "ended":
        found.append(json.loads(_data(answer)))
    piece = next(event for event in found if "pcm" in event)
    assert base64.b64decode(piece["pcm"]) == b"\x01\x00\x02\x00" and piece["rate"] == AUDIO_RATE
    assert found[-1]["lost"] >= 5
    connection.close()
    server.stop()
    publisher.close()


def _data(answer):
    while not (line := answer.readline().decode()).startswith("data: "):
        assert line, "the answer has ended"
    return line.removeprefix("data: ")
