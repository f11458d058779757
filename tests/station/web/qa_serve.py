# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The web page: what it lets out and to whom, and what a real browser shows."""

import re
import socket
import subprocess
import sys

import pytest

from browser import needs_chromium, text_of
from command_line import PROGRAM, TIME_LIMIT_S, assert_one_line, run_forked
from page_messages import BUCKETS, ENVELOPE, MODEL, SPECTRA, STATS, detection
from page_server import Feeder, Server
from token_file import TOKEN, token_file

# What is served, to whom.


@pytest.fixture
def server(publisher):
    made = Server(publisher.address)
    yield made
    made.stop()


def updates_of(server, publisher, kind, message):
    """The updates of a page while a message is sent again and again: the first reach nobody."""
    for name, value in server.events():
        if name in ("snapshot", "update"):
            yield value
        publisher.send(kind, message)


def test_events_bring_what_is_published(server, publisher):
    names = []
    for name, value in server.events():
        names.append(name)
        if name == "hello":
            assert value.pop("classes")[:2] == ["acars", "afsk1200"]
            assert value == {
                "source": publisher.address,
                "recordings": False,
                "receiver": "",
                "station": False,
            }
        if value.get("latest"):
            break
        publisher.send("stats", STATS)
    assert names[:2] == ["hello", "snapshot"]
    assert {**value["latest"], "seq": 0} == STATS and value["silent_s"] < TIME_LIMIT_S
    later = next(value for name, value in server.events() if name == "snapshot")
    assert {**later["latest"], "seq": 0} == STATS  # a page that opens later sees it, too
    assert "rfattn_steps_total 7.0" in server.get("/metrics")[2]


def test_what_is_no_message_is_said_and_does_no_harm(server, publisher):
    for bad, word in (
        (b"hello", "not a message"),
        ({**STATS, "schema": 9}, "schema 9"),
        (ENVELOPE, "stats: steps is missing"),
    ):
        found = updates_of(server, publisher, "stats", bad)
        assert word in next(u["problem"] for u in found if word in (u.get("problem") or ""))
    assert next(u for u in updates_of(server, publisher, "stats", STATS) if u.get("latest"))


def test_files_and_headers(server):
    status, headers, body = server.get("/")
    assert status == 200 and "<title>gr-rfattn</title>" in body
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    for name in re.findall(r'(?:href|src)="(\w+\.\w+)"', body):
        assert server.get(f"/{name}")[0] == 200
    assert not re.search(r"https?://", body)  # nothing from elsewhere


@pytest.mark.parametrize(
    "path",
    [
        "/..",
        "/../feed.py",
        "/../../__init__.py",
        "/%2e%2e/feed.py",
        "/..%2ffeed.py",
        "//etc/passwd",
        "/page/../../feed.py",
        "/.",
        "/nothing.js",
        "/feed.py",
    ],
)
def test_no_way_out_of_the_page_s_folder(server, path):
    status, _, body = server.get(path)
    assert status in (403, 404) and "import" not in body and "root:" not in body


def test_a_name_that_was_pointed_here_is_refused(server):
    for path in ("/", "/page.js", "/events", "/metrics"):
        status, _, body = server.get(path, Host="evil.example")
        assert status == 403 and "rfattn" not in body
    assert server.get("/", Host=f"evil.127.0.0.1.example:{server.port}")[0] == 403
    for host in (f"localhost:{server.port}", f"127.0.0.1:{server.port}", f"[::1]:{server.port}"):
        assert server.get("/", Host=host)[0] == 200


def test_names_of_hosts_are_names():
    done = run_forked("serve", "--hosts", "http://radio")
    assert_one_line(
        done, "serve: --hosts must be names such as radio.example.org, got 'http://radio'"
    )


def test_it_ends_like_any_command(server):
    status, err = server.stop()
    assert (status, err) == (130, "gr-rfattn: interrupted\n")


def test_it_needs_no_gnuradio(publisher):
    hide = "import sys\nsys.modules.update({'gnuradio.gr': None, 'pmt': None, 'torch': None})\n"
    server = Server(publisher.address, program=hide + PROGRAM)
    assert next(u for u in updates_of(server, publisher, "stats", STATS) if u.get("latest"))
    server.stop()


@pytest.mark.parametrize(
    "arguments, text",
    [
        (["--listen", "0.0.0.0:0"], "serve: --listen 0.0.0.0:0 can be reached from other machines"),
        (["--listen", "8080"], "serve: --listen must be HOST:PORT"),
        (
            ["--stats", "tcp://127.0.0.1:99999"],
            "serve: --stats must be tcp://HOST:PORT with a port",
        ),
        (["--stats", "127.0.0.1:1"], "serve: --stats must begin with tcp:// or ipc://, got '127"),
        (["--stats", "tcp://127.0.0.1:-1"], "serve: --stats must be tcp://HOST:PORT with a port"),
        (["--token-file", "/nowhere"], "serve: --token-file: no file /nowhere"),
        (["--keys", "/nowhere"], "keys: no file /nowhere/client.key_secret"),
    ],
)
def test_refusals(arguments, text):
    done = run_forked("serve", *arguments)
    assert done.returncode == 1 and text in done.stderr.splitlines()[-1]


def test_an_address_in_use_is_one_line(server):
    done = run_forked("serve", "--listen", f"127.0.0.1:{server.port}")
    assert_one_line(done, f"serve: cannot bind 127.0.0.1:{server.port}: Address already in use")


def test_other_machines_need_the_token(publisher, tmp_path):
    server = Server(
        publisher.address, "--listen", "0.0.0.0:0", "--token-file", token_file(tmp_path)
    )
    for path in ("/", "/page.js", "/events", "/metrics", "/recordings/1.1", "/?token=wrong"):
        assert server.get(path)[0] == 401
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert server.get("/", Host="192.168.1.2:8080", **bearer)[0] == 200
    assert server.get("/metrics", **bearer)[0] == 200
    assert server.get("/", Host="evil.example", **bearer)[0] == 403
    status, headers, _ = server.get(f"/?token={TOKEN}")
    assert (status, headers["Location"]) == (302, "./")
    assert "HttpOnly" in headers["Set-Cookie"] and "Secure" not in headers["Set-Cookie"]
    assert server.get("/", Cookie=headers["Set-Cookie"].partition(";")[0])[0] == 200
    server.stop()


def test_another_page_s_scripts_are_refused(server):
    assert server.get("/metrics", Origin="http://evil.example")[0] == 403
    assert server.get("/metrics", Origin="null")[0] == 403
    assert server.get("/metrics", Origin=f"http://127.0.0.1:{server.port}")[0] == 200
    site = {"Sec-Fetch-Site": "cross-site"}
    for path in ("/events", "/history", "/recordings/0.7/a", "/spectrogram/0.7/a", "/contents/0.7"):
        assert server.get(path, **site)[0] == 403, path
    for path in ("/", "/metrics"):  # to which another page may have a link
        assert server.get(path, **site)[0] == 200
    for site in ("same-origin", "none"):
        assert server.get("/history", **{"Sec-Fetch-Site": site})[0] == 200


def test_a_body_is_refused(server):
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.settimeout(TIME_LIMIT_S)
        head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(12) in (b"HTTP/1.1 400", b"HTTP/1.1 413", b"")


# What a browser shows.

PIXELS = """(() => {{ const canvas = document.getElementById("{}");
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let sum = 0, colors = new Set();
  for (let i = 0; i < data.length; i += 4) {{
    const color = data[i] + 256 * data[i + 1] + 65536 * data[i + 2];
    sum = (sum * 31 + color) % 1000003;
    colors.add(color);
  }}
  return [sum, colors.size]; }})()"""
STATUS = "document.getElementById('status').innerText"
COUNTED = "document.getElementById('counted').innerText"


WHOLE_BAND = """
import sys
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.recordings.front_end import FrontEnd

recording, address = sys.argv[1:]
flowgraph, source = gr.top_block(), rfattn.sigmf_source(recording, throttle=True)
model = rfattn.transformer("rf14", threads=1)
spectrum = rfattn.power_spectrum(**FrontEnd(**model.front_end).for_real().to_dict())
buffer = rfattn.token_buffer(model.n_bins, model.block_size)
probe, end = rfattn.latency_probe(model.n_classes), blocks.null_sink(4 * model.n_classes)
waterfall, sink = rfattn.waterfall_probe("one"), rfattn.zmq_stats_sink(address)
flowgraph.connect(source, spectrum, buffer, model, probe, end)
flowgraph.connect(source, waterfall)
senders = {"detections": model, "model": model, "stats": probe, "spectra": waterfall}
for topic, sender in senders.items():
    flowgraph.msg_connect(sender, topic, sink, topic)
flowgraph.run()
"""


@needs_chromium
def test_a_browser_shows_a_flowgraph(browser, made, tmp_path):
    """A recording in real time through the real path, and what it says on the page."""
    address = f"ipc://{tmp_path}/stats"
    server = Server(address)
    words = (made.meta("ft8"), address)  # 11 s
    flowgraph = subprocess.Popen([sys.executable, "-c", WHOLE_BAND, *words])
    browser.open(server.page)
    browser.wait_for(f"{STATUS} === 'Live' && document.querySelector('.label b') !== null")
    browser.wait_for("document.getElementById('rate').innerText.endsWith('/s')")
    first, colors = browser.value(PIXELS.format("waterfall"))
    assert colors > 30
    browser.wait_for(f"{PIXELS.format('waterfall')}[0] !== {first}")
    assert browser.value("document.querySelector('.label b').innerText") == "ft8"
    confidence = browser.value("document.querySelector('.label span').innerText")
    assert re.fullmatch(r"[\d.]+ %", confidence)
    assert re.match(r"ft8\n[\d.]+ %\n", text_of(browser, "classes"))
    assert text_of(browser, "band") == "3 kHz, 6 kHz wide"
    assert text_of(browser, "model").startswith("flash with ")
    assert re.fullmatch(r"[\d.]+ MiB", text_of(browser, "rss"))
    assert re.fullmatch(r"[\d.]+ KiB", text_of(browser, "kv"))
    assert text_of(browser, "leftout") == "0 %"
    assert re.fullmatch(r"0 % rested, 0 % dropped, \d+ wait", text_of(browser, "leftoutparts"))
    shown = browser.value("""(() => { const text = (name) => document.querySelector(name).innerText;
      return [text(".label span"), text("#classes .value")]; })()""")
    assert shown[0] == shown[1]  # of one moment
    assert re.search(r"latency\t[\d.]+\t[\d.]+\t[\d.]+\t[\d.]+", text_of(browser, "stages"))
    browser.wait_for(f"/^\\d+ steps of the last \\d+ s$/.test({COUNTED})")
    assert text_of(browser, "gapkinds") == "0 retunes, 0 overflows"
    for name in ("trace", "confidence", "latency", "histogram"):
        assert browser.value(PIXELS.format(name))[1] > 3, name
    flowgraph.terminate()
    flowgraph.wait(TIME_LIMIT_S)
    browser.wait_for(f"/^No data for [5-9] s$/.test({STATUS})")
    server.stop()
    browser.wait_for(f"{STATUS} === 'Server not reachable, trying again'")


@needs_chromium
def test_a_browser_finds_a_stream_and_a_server_again(browser, publisher):
    server = Server(publisher.address)
    browser.open(server.page)
    browser.wait_for(f"{STATUS} === 'Waiting for a flowgraph'")
    feeder = Feeder(publisher, [("detections", detection("ft8")), ("stats", STATS)])
    browser.wait_for(f"{STATUS} === 'Live'")
    browser.wait_for("document.getElementById('budget').innerText === 'p95; 3 over 30.0 ms'")
    server.stop()
    browser.wait_for(f"{STATUS} === 'Server not reachable, trying again'")
    again = Server(publisher.address, "--listen", f"127.0.0.1:{server.port}")
    browser.wait_for(f"{STATUS} === 'Live'")
    feeder.stop()
    again.stop()


@needs_chromium
def test_a_browser_shows_text_as_text_and_several_streams(browser, publisher, server):
    evil = "<img src=x onerror=\"document.title='owned'\">"
    messages = [
        ("detections", detection("noise", stream=0)),
        ("detections", detection(evil, stream=1, frequency=2.58808e9)),
        ("model", {**MODEL, "after": {**MODEL["after"], "attention": evil}}),
        ("stats", STATS),
        ("spectra", {**SPECTRA, "frequency": None}),
    ]
    feeder = Feeder(publisher, messages)
    browser.open(server.page)
    browser.wait_for("document.querySelectorAll('.label').length === 2")
    browser.wait_for("document.getElementById('model').innerText")
    feeder.stop()
    assert evil in text_of(browser, "labels") and evil in text_of(browser, "model")
    assert text_of(browser, "labels").startswith("stream 0\nnoise")
    assert "2.58808 GHz" in text_of(browser, "labels")
    assert browser.value("document.querySelectorAll('main img').length") == 0
    assert "owned" not in browser.value("document.title")


BARS = """(() => { const canvas = document.getElementById("histogram");
  const [blue, red] = ["p50", "bad"].map((name) => { const probe = document.createElement("i");
    probe.style.color = `var(--${name})`; document.body.append(probe);
    const color = getComputedStyle(probe).color; probe.remove(); return color; });
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const found = { [blue]: 0, [red]: 0 };
  for (let i = 0; i < pixels.length; i += 4) {
    const color = `rgb(${pixels[i]}, ${pixels[i + 1]}, ${pixels[i + 2]})`;
    if (color in found) found[color] += 1;
  }
  return [found[blue], found[red]]; })()"""


@needs_chromium
def test_a_browser_draws_the_histogram_of_what_it_has_seen(browser, publisher, server):
    """Since the start, then between two statistics, then of another flowgraph."""

    def tell(steps, counts, time):
        buckets = {**BUCKETS, "counts": counts}
        return {
            **STATS,
            "steps": steps,
            "interval_steps": 1,
            "time_unix_s": time,
            "latency_histogram": buckets,
        }

    feeder = Feeder(publisher, [("stats", tell(7, [2, 4, 0, 1], 100.0))])
    browser.open(server.page)
    browser.wait_for("document.getElementById('gaps').innerText === '3'")
    feeder.stop()
    publisher.send("stats", tell(19, [2, 16, 0, 1], 160.0))
    browser.wait_for(f"{COUNTED} === '12 steps of the last 1 min'")
    in_time, late = browser.value(BARS)
    assert in_time > 500 and late < 300  # the line of the budget
    publisher.send("stats", tell(5, [0, 0, 0, 5], 170.0))
    browser.wait_for(f"{COUNTED} === '5 steps since the start'")
    in_time, late = browser.value(BARS)
    assert in_time == 0 and late > 500


@needs_chromium
def test_a_browser_shows_both_modes_and_a_narrow_screen(browser, publisher, server):
    feeder = Feeder(
        publisher,
        [
            ("detections", detection("ft8")),
            ("spectra", SPECTRA),
            ("stats", STATS),
            ("model", MODEL),
        ],
    )
    browser.open(server.page)
    browser.wait_for(f"{STATUS} === 'Live' && document.getElementById('rss').innerText !== '–'")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = browser.value(ground)
    browser.prefer(dark=True)
    browser.wait_for(f"{ground} !== '{light}'")
    browser.resize(390, 800)
    browser.wait_for("innerWidth === 390")
    assert browser.value("document.documentElement.scrollWidth") <= 390
    browser.prefer(dark=False)
    browser.resize(1360, 900)
    feeder.stop()
