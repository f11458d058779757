# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the MCP server reads of the page, and how it shows it; without the package mcp."""

import io
import json
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest
from gnuradio.rfattn.recordings.channel_file import ChannelFile
from gnuradio.rfattn.recordings.sigmf import Annotation
from gnuradio.rfattn_station.mcp.entries import details_of, entry_of, is_hidden, line_of
from gnuradio.rfattn_station.mcp.page import Page, PageError
from gnuradio.rfattn_station.mcp.picture import draw, find_picture
from gnuradio.rfattn_station.web.feed import Feed

from command_line import TIME_LIMIT_S, assert_one_line, run_forked
from mcp_messages import BINS, CENTRE, RATE, TONE, emission, row
from page_messages import EMISSION, ENVELOPE
from page_server import Server
from token_file import TOKEN, token_file

DECODED = {"source": "AIS", "text": "type 5", "is_right": True}


def fed(*messages):
    """A feed that got messages, each a topic and its content."""
    feed = Feed()
    numbers: dict[str, int] = {}
    for topic, message in messages:
        numbers[topic] = numbers.get(topic, -1) + 1
        feed.add(topic, {**ENVELOPE, **message, "seq": numbers[topic]})
    return feed


class PageOfFeed:
    """A page without a server."""

    def __init__(self, feed, **values):
        self._feed, self._values = feed, values

    def get(self, path, **query):
        return self._values.get(path)

    def snapshot(self):
        return self._feed.snapshot()


def test_a_page_is_read(publisher, tmp_path):
    server = Server(publisher.address, "--token-file", token_file(tmp_path))
    try:
        page = Page(server.page, TOKEN)
        assert page.snapshot()["source"] == publisher.address
        while not page.snapshot()["emissions"]:  # the first messages reach nobody
            publisher.send("emissions", emission())
        (found,) = page.snapshot()["emissions"]
        assert page.get(f"emissions/{found['key']}")["id"] == 7
        assert page.get(f"contents/{found['key']}") == {"count": 0, "lines": []}
        assert page.get("emissions/9.9") is None
        assert page.get("history", words="a b", sidebands=0, low=None)["emissions"] == []
        problem = "400 sort must be one of time, .* got 'x'"
        with pytest.raises(PageError, match=problem):
            page.get("history", sort="x")
        with pytest.raises(PageError, match="401 A token is needed"):
            Page(server.page, "x" * 20).snapshot()
    finally:
        server.stop()
    with pytest.raises(PageError, match="refused: is gr-rfattn serve running"):
        page.snapshot()


@contextmanager
def answering(data, status=200):
    """A server that answers everything with the same bytes."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802
            self.send_response(status)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Page(f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>",
        b"data: {",
        b"data: 5\n",
        b"data: {}\n",
        b"data: {}\ndata: {}\n",
        b"data: {}\ndata: []\n",
        b"data: \xff\n",
        b"data: " + b"[" * 100_000 + b"\n",
    ],
    ids=str,
)
def test_another_server_is_refused(data):
    with answering(data) as page, pytest.raises(PageError, match="not the page of gr-rfattn serve"):
        page.snapshot()


def test_other_answers_are_refused():
    with answering(b"no") as page, pytest.raises(PageError, match="not the page of"):
        page.get("history")
    with answering(b"x" * 9000, 500) as page, pytest.raises(PageError, match="500 Internal Server"):
        page.get("history")
    with answering(b'{"problem": "full"}', 409) as page, pytest.raises(PageError, match="409 full"):
        page.get("history")


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:8080", "ftp://x", "http://", "http://x:y", "http://x/y"]
)
def test_a_url_that_is_none_is_refused(url):
    with pytest.raises(ValueError, match=f"--page must be http://HOST:PORT, got '{url}'"):
        Page(url)


def test_an_emission_in_fields_with_units():
    feed = fed(("emissions", emission(label="unknown", confidence=0.4, guess="dmr")))
    (found,) = feed.snapshot()["emissions"]
    entry = entry_of(found)
    assert (entry["key"], entry["label_text"]) == ("0.7", "unknown (dmr? 0.40)")
    assert entry["frequency_hz"] == CENTRE - RATE / 2 + TONE * RATE / BINS
    assert entry["width_hz"] == 8 * RATE / BINS and entry["is_absolute"] is True
    assert entry["lasts_s"] == 0.04 and entry["began"] == "1970-01-01T00:01:40.060+00:00"
    assert entry["compatible_with"] == [one["name"] for one in EMISSION["nearest"]]
    assert "sideband_of" not in entry and None not in entry.values()
    assert json.loads(json.dumps(details_of(found, None)))["contents"] == []


def test_what_is_private_is_left_out():
    lines = [{**DECODED, "time": 5.0, "is_private": private} for private in (False, True)]
    feed = fed(("emissions", emission()))
    (found,) = feed.snapshot()["emissions"]
    details = details_of(found, {"count": 2, "lines": lines})
    assert details["contents"] == [{**DECODED, "time": "1970-01-01T00:00:05.000+00:00"}]
    assert details["private_lines"] == 1
    assert entry_of({**found, "content": lines[0]})["content"] == line_of(lines[0])
    assert "content" not in entry_of({**found, "content": lines[1]})


@pytest.mark.parametrize(
    ("flags", "hidden"), [([], False), (["edge"], False), (["ignored"], True), (["sideband"], True)]
)
def test_what_the_page_hides_is_hidden(flags, hidden):
    assert is_hidden({"flags": flags}) == hidden


def png(data):
    from matplotlib.image import imread

    return imread(io.BytesIO(data))


def test_a_picture_of_the_waterfall():
    feed = fed(*(("spectra", row(i)) for i in range(10)), ("emissions", emission()))
    (found,) = feed.snapshot()["emissions"]
    made = find_picture(PageOfFeed(feed), found)
    assert made.source == "the waterfall" and made.middle == ""
    assert made.values.shape == (6, 16)  # rows 1 to 6; half of its width on each side
    assert made.values[:, 8].tolist() == [-20.0 - i for i in range(1, 7)]
    assert made.low == CENTRE - RATE / 2 + (TONE - 8) * RATE / BINS
    assert made.high - made.low == pytest.approx(16 * RATE / BINS)
    assert made.seconds == pytest.approx(0.05)
    image = png(draw(made, found))
    assert image.shape == (540, 720, 4) and image[..., :3].std() > 0.1


def test_without_rows_there_is_no_picture():
    feed = fed(("emissions", emission()))
    (found,) = feed.snapshot()["emissions"]
    assert find_picture(PageOfFeed(feed), found) is None
    late = fed(*(("spectra", row(i)) for i in range(50, 60)), ("emissions", emission()))
    assert find_picture(PageOfFeed(late), found) is None


def test_a_picture_of_its_samples(tmp_path):
    from gnuradio.rfattn_station.web.spectrogram import spectrogram

    file = ChannelFile(tmp_path / "band_0007", 25_600.0, CENTRE, True)
    times = np.arange(25_600) / 25_600
    file.add(np.exp(2j * np.pi * 3200 * times).astype(np.complex64), 0, True)
    file.finish(Annotation(0, 25_600, "x"))
    name = "band_0007.sigmf-meta"
    sent = json.loads(json.dumps(spectrogram(tmp_path / name)))
    feed = fed(("emissions", emission()))
    (found,) = feed.snapshot()["emissions"]
    files = {"recordings/0.7": [{"name": name, "size": "1"}], f"spectrogram/0.7/{name}": sent}
    made = find_picture(PageOfFeed(feed, **files), found)
    assert made.seconds == 1.0 and made.source.startswith("its I/Q") and made.middle == ""
    strongest = made.values.mean(axis=0).argmax() / sent["bins"] * 25_600 + made.low
    assert strongest == pytest.approx(CENTRE + 3200, abs=100)
    assert png(draw(made, found)).shape == (540, 720, 4)
    files[f"spectrogram/0.7/{name}"] = {**sent, "is_absolute": False}
    assert find_picture(PageOfFeed(feed, **files), found).middle == "the middle of its channel"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--page", "x"], "--page must be http://HOST:PORT, got 'x'"),
        (["--page-token-file", "/nowhere"], "mcp: --page-token-file: no file /nowhere"),
    ],
)
def test_options_that_are_refused(words, message):
    assert_one_line(run_forked("mcp", *words), message)


def test_without_the_package_it_is_named(tmp_path):
    """Also where the package is one of version 1, which has no such module."""
    (tmp_path / "mcp").mkdir()
    (tmp_path / "mcp" / "__init__.py").write_text("")
    program = "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    program += "from gnuradio.rfattn.cli import main; sys.exit(main(sys.argv[1:]))"
    words = [sys.executable, "-c", program, str(tmp_path), "mcp"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=TIME_LIMIT_S)
    assert_one_line(done, "mcp needs the package mcp from version 2 on", "docs/page.md")
