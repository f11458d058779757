# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emissions of the web page: boxes by their pixels, table, details, and the files of I/Q."""

import json
import os
import re
import subprocess

import numpy as np
import pytest
from gnuradio.rfattn.recordings.channel_file import ChannelFile
from gnuradio.rfattn.recordings.labelled_folder import read_folder
from gnuradio.rfattn.recordings.sigmf import Annotation, read

from browser import needs_chromium, text_of
from command_line import COMMAND, TIME_LIMIT_S, run_forked
from page_messages import EMISSION, SPECTRA, STATS
from page_server import Server

RATE, CENTRE = 1e6, 2.585e9  # as EMISSION states them
ROWS, BINS = 300, 1024
ROW_SAMPLES = 1000
LEFT, RIGHT = 48, 14  # beside the waterfall, in pixels
TONE = 300  # the bin of a carrier
ENDED_S = 132.0  # when the samples of BOXED were written

# A rectangle in the middle of the picture: rows 100 to 200, a quarter to a half of the band.
BOXED = {
    **EMISSION,
    "time_unix_s": 131.0,
    "sample_start": 100_000,
    "sample_count": 100_000,
    "sample_now": 250_000,
    "freq_lower": CENTRE - RATE / 4,
    "freq_upper": CENTRE,
    "bursts": [100_000, 100_000],
    "state": "end",
    "flags": ["edge"],
    "period_s": 0.02,
    "family": "OFDM",
}


def emission(number, **fields):
    """At the right edge of the picture and short, so that it covers nothing."""
    start = 10_000 * number
    place = {"sample_start": start, "sample_count": 2000, "bursts": [start, 2000]}
    edges = {"freq_lower": CENTRE + 0.4 * RATE, "freq_upper": CENTRE + 0.41 * RATE}
    return {**BOXED, **place, **edges, "id": number, **fields}


def row(number):
    values = [-80.0] * BINS
    values[TONE] = -20.0
    place = {"sample_start": ROW_SAMPLES * number, "tokens": 1, "time_unix_s": 100 + number / 10}
    band = {"frequency": CENTRE, "sample_rate": RATE}
    return {**SPECTRA, "peak_db": values, "mean_db": values, **place, **band}


META, DATA = (f"band_0007_2585.405MHz.sigmf-{kind}" for kind in ("meta", "data"))


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "recordings"
    made.mkdir()
    (made / META).write_text("{}")
    (made / DATA).write_bytes(bytes(range(256)) * 5000)
    (made / "band_0007_2_2585.405MHz.sigmf-data").write_bytes(b"another channel")
    (made / "band_0077_2585.405MHz.sigmf-data").write_bytes(b"not of it")
    (made / "band_0007_2585.505MHz.sigmf-data").write_bytes(b"not of it")
    (made / "old_0007_2585.405MHz.sigmf-data").write_bytes(b"not of it")
    os.utime(made / "old_0007_2585.405MHz.sigmf-data", (90, 90))
    (made / "secret.txt").write_text("root:")
    (made / "link_0007_2585.405MHz.sigmf-data").symlink_to("/etc/passwd")
    (made / "dir_0007_2585.405MHz.sigmf-data").mkdir()
    for path in made.glob("band*"):
        os.utime(path, (ENDED_S, ENDED_S))
    return made


@pytest.fixture
def server(publisher, folder):
    made = Server(publisher.address, "--recordings", folder)
    yield made
    made.stop()


def reach(server, publisher):
    """The first messages of a publisher reach nobody."""
    for _ in server.events():
        publisher.send("stats", STATS)
        if "rfattn_steps_total 7" in server.get("/metrics")[2]:
            return


def send_emission(server, publisher):
    """Emission 7, in the middle of 2585.405 MHz; it began 131 s after 1970 did."""
    reach(server, publisher)
    publisher.send("emissions", emission(7))
    next(value for _, value in server.events() if value.get("emissions"))


# The files of I/Q, without a browser.


def test_the_files_of_an_emission(server, publisher, folder):
    send_emission(server, publisher)
    status, headers, body = server.get("/recordings/0.7")
    assert status == 200 and headers["Content-Type"].startswith("application/json")
    assert json.loads(body) == [
        {"name": "band_0007_2585.405MHz.sigmf-data", "size": "1.221 MiB", "bytes": 1280000},
        {"name": "band_0007_2585.405MHz.sigmf-meta", "size": "2 B", "bytes": 2},
        {"name": "band_0007_2_2585.405MHz.sigmf-data", "size": "15 B", "bytes": 15},
    ]
    status, headers, body = server.get(f"/recordings/0.7/{DATA}", binary=True)
    assert status == 200 and body == (folder / DATA).read_bytes()
    assert headers["Content-Disposition"] == f'attachment; filename="{DATA}"'
    assert headers["X-Content-Type-Options"] == "nosniff"
    for path in (
        "/recordings/0.7/band_0077_2585.405MHz.sigmf-data",
        "/recordings/0.7/band_0007_2585.505MHz.sigmf-data",
        "/recordings/0.7/old_0007_2585.405MHz.sigmf-data",
        "/recordings/0.7/link_0007_2585.405MHz.sigmf-data",
        "/recordings/0.7/dir_0007_2585.405MHz.sigmf-data",
        "/recordings/0.7/secret.txt",
        "/recordings/0.7/..",
        "/recordings/0.7/../secret.txt",
        "/recordings/0.7/%2e%2e",
        "/recordings/0.7/..%2fsecret.txt",
        "/recordings/0.7/%2fetc%2fpasswd",
        "/recordings/0.77",
        f"/recordings/0.77/{DATA}",
        "/recordings/7",
        "/recordings/-1",
        "/recordings/secret.txt",
        "/recordings/",
        "/recordings",
    ):
        status, _, body = server.get(path)
        assert status == 404 and "root:" not in body and "not of it" not in body, path
    for path in ("/recordings/0.7", f"/recordings/0.7/{DATA}"):
        assert server.get(path, Host="evil.example")[0] == 403


NINES = "9" * 5000
"""Python converts at most 4300 digits to a number."""


@pytest.mark.parametrize("key", [f"{NINES}.1", f"1.{NINES}", "9" * 19 + ".1"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/emissions/{}"),
        ("GET", "/contents/{}"),
        ("GET", "/sound/{}?mode=fm"),
        ("GET", "/recordings/{}"),
        ("GET", "/recordings/{}/a.sigmf-meta"),
        ("GET", "/spectrogram/{}/a.sigmf-meta"),
        ("POST", "/label/{}?label=dmr"),
        ("POST", "/tune/{}"),
    ],
)
def test_keys_of_any_length_are_not_found(server, method, path, key):
    assert server.get(path.format(key), method=method)[0] == 404


def record(folder):
    """The I/Q of emission 7: noise of 0.1 s, as the recorder writes it."""
    file = ChannelFile(folder / META.removesuffix(".sigmf-meta"), 20e3, CENTRE + 405e3, True)
    noise = np.random.default_rng(1).standard_normal(4000).astype(np.float32)
    file.add(noise.view(np.complex64), 0, True)
    edges = {"freq_lower_edge": CENTRE + 400e3, "freq_upper_edge": CENTRE + 410e3}
    file.finish(Annotation(0, 2000, "unknown, 10 kHz", **edges))
    os.utime(file.data_path, (ENDED_S, ENDED_S))


def test_a_label_is_saved_beside_the_recording(server, publisher, folder):
    record(folder)
    (folder / "band_0007_2_2585.405MHz.sigmf-data").unlink()
    send_emission(server, publisher)
    path = "/label/0.7?label=dmr"
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
        assert server.get(path, method="POST", **headers)[0] == 403
    assert (
        server.get(path)[0] == 405 and server.get("/label/0.8?label=dmr", method="POST")[0] == 404
    )
    status, _, body = server.get("/label/0.7?label=%3Db", method="POST")
    assert status == 409 and "a label must be 1 to 40 letters" in json.loads(body)["problem"]
    assert read(folder / META).annotations[0].label == "unknown, 10 kHz"
    status, _, body = server.get(path, method="POST")
    assert (status, json.loads(body)) == (200, {"files": [META]})
    assert read(folder / META).annotations[0].label == "dmr"
    assert [(e.path.name, e.label) for e in read_folder(folder)] == [(META, "dmr")]
    update = next(value for _, value in server.events() if value.get("emissions"))
    assert update["emissions"][0]["corrected"] == "dmr"
    (folder / META).unlink()
    status, _, body = server.get(path, method="POST")
    assert status == 409 and "there is none" in json.loads(body)["problem"]


def test_the_history_is_asked_for(server, publisher):
    send_emission(server, publisher)
    for _ in server.events():  # until the next update
        status, _, body = server.get("/history?words=lte&low=2584e6&high=2586e6&sort=snr")
        answer = json.loads(body)
        if answer["kept"]:
            break
    assert status == 200 and (answer["found"], answer["kept"]) == (1, 1)
    assert answer["emissions"][0]["key"] == "0.7"
    for query, text in (("low=x", "low must be a number of Hz, got 'x'"), ("sort=x", "sort must")):
        status, _, body = server.get(f"/history?{query}")
        assert status == 400 and text in json.loads(body)["problem"]
    assert server.get("/history", Host="evil.example")[0] == 403
    assert server.get("/spectrogram/0.7/band_0007_2585.405MHz.sigmf-meta")[0] == 409  # "{}"
    assert server.get(f"/spectrogram/0.7/{DATA}")[0] == 404


def test_without_a_folder_there_are_no_files(publisher, tmp_path):
    for arguments in ([], ["--recordings", tmp_path / "later"]):
        server = Server(publisher.address, *arguments)
        send_emission(server, publisher)
        assert json.loads(server.get("/recordings/0.7")[2]) == []
        server.stop()


def test_a_page_that_opens_gets_no_row_twice(server, publisher):
    """Or the waterfall would take it for another run, whose emissions have no boxes."""
    reach(server, publisher)
    for number in range(50):
        publisher.send("spectra", row(number))
    found = []
    for name, value in server.events():
        found += [row["sample"] for row in value.get("rows", ())]
        if name == "snapshot":
            for number in range(50, 60):
                publisher.send("spectra", row(number))
        if found and found[-1] == 59 * ROW_SAMPLES:
            break
    assert found == [ROW_SAMPLES * number for number in range(60)]


def test_recordings_are_a_folder(tmp_path):
    (tmp_path / "file").touch()
    done = run_forked("serve", "--recordings", str(tmp_path / "file"), "--listen", "127.0.0.1:0")
    assert done.returncode == 1
    assert done.stderr.endswith(f"serve: --recordings must be a folder, got {tmp_path}/file\n")


# What a browser shows.

SIZE = "(({width, height}) => [width, height])(document.getElementById('waterfall'))"
# How many pixels of a rectangle have a color.
COUNT = """(() => {{ const canvas = document.getElementById("waterfall");
  const data = canvas.getContext("2d").getImageData({}, {}, {}, {}).data;
  const pixel = (i) => data.slice(4 * i, 4 * i + 3).join();
  const pixels = Array.from({{ length: data.length / 4 }}, (_, i) => pixel(i));
  return pixels.filter((found) => found === "{},{},{}").length; }})()"""
PIXEL = """[...document.getElementById("waterfall").getContext("2d")
  .getImageData({}, {}, 1, 1).data].slice(0, 3)"""
# Bounds of the pixels of a color: left, top, right, bottom.
BOUNDS = """(() => {{ const canvas = document.getElementById("waterfall");
  const {{ width, height }} = canvas;
  const data = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const found = [width, height, -1, -1];
  for (let i = 0; i < data.length; i += 4) {{
    if (data[i] !== {0} || data[i + 1] !== {1} || data[i + 2] !== {2}) continue;
    const [x, y] = [(i / 4) % width, Math.floor(i / 4 / width)];
    found[0] = Math.min(found[0], x); found[1] = Math.min(found[1], y);
    found[2] = Math.max(found[2], x); found[3] = Math.max(found[3], y);
  }}
  return found; }})()"""
CHOSEN, ENDED = (255, 255, 255), (107, 159, 176)  # of boxes, in page.css
LINES = "[...document.querySelectorAll('#lines tr')].map((row) => row.innerText.split(/\\s*\\t/))"
IDS = f"{LINES}.map((cells) => cells[0]).join()"
EDGES = ("low", "high")


def show(browser, server, publisher, *messages):
    """Opens the page and sends it a whole waterfall and the emissions, once each."""
    browser.open(server.page)
    browser.wait_for("document.querySelector('#status').innerText === 'Waiting for a flowgraph'")
    reach(server, publisher)
    for number in range(ROWS):
        publisher.send("spectra", row(number))
    for message in messages:
        publisher.send("emissions", message)
    browser.wait_for(f"document.querySelectorAll('#lines tr').length === {len(messages)}")
    browser.wait_for("document.getElementById('band').innerText === '2.585 GHz, 1 MHz wide'")


def point(browser, x, y, *kinds):
    """Moves or presses the pointer at a place of the waterfall."""
    box = "document.getElementById('waterfall').getBoundingClientRect()"
    left, top = browser.value(f"[{box}.left, {box}.top]")
    for kind in kinds:
        place = {"x": left + x, "y": top + y, "button": "left", "clickCount": 1}
        browser.tell("Input.dispatchMouseEvent", type=kind, **place)


def click(browser, x, y):
    point(browser, x, y, "mousePressed", "mouseReleased")


def press(browser, key):
    for kind in ("keyDown", "keyUp"):
        text = {"text": "\r"} if key == "Enter" else {}
        browser.tell("Input.dispatchKeyEvent", type=kind, key=key, code=key, **text)


@needs_chromium
def test_a_box_is_where_the_emission_is_and_a_click_opens_its_details(browser, server, publisher):
    show(browser, server, publisher, {**BOXED, "id": 7})
    width, height = browser.value(SIZE)
    across = width - LEFT - RIGHT
    assert across >= BINS and height > ROWS
    left, right = LEFT + across / 4, LEFT + across / 2
    top, bottom = ROWS - 200, ROWS - 100
    click(browser, (left + right) / 2, (top + bottom) / 2)
    browser.wait_for(f"{BOUNDS.format(*CHOSEN)}[2] > 0")
    # A line is 2 pixels wide and lies on whole pixels.
    assert browser.value(BOUNDS.format(*CHOSEN)) == pytest.approx([left, top, right, bottom], abs=2)
    details = text_of(browser, "details")
    for part in (
        "No label",
        "#7, ended",
        "Compatible with",
        "LTE",
        "2584.8750 MHz",
        "2.58475 GHz to 2.585 GHz",
        "250 kHz",
        "sample 100\u202f000",
        "100 ms",
        "50 %",
        "20 ms",
        "12.3 dB",
        "−40.5 dBFS",
        "edge",
        "OFDM",
        "DVB-T",
        "0.25",
    ):
        assert part in details, part
    assert (
        browser.value("document.querySelector('#lines tr').getAttribute('aria-current')") == "true"
    )
    click(browser, left - 100, top + 50)
    browser.wait_for("document.getElementById('details').classList.contains('without')")


@needs_chromium
def test_the_text_of_a_box_stands_in_it(browser, server, publisher):
    show(browser, server, publisher, BOXED)
    width, _ = browser.value(SIZE)
    x, y = round(LEFT + (width - LEFT - RIGHT) / 4) + 3, ROWS - 200 + 3
    browser.wait_for(f"{COUNT.format(x, y, 80, 12, *ENDED)} > 20")
    assert browser.value(COUNT.format(x, y + 20, 80, 12, *ENDED)) == 0


@needs_chromium
def test_a_narrow_carrier_is_seen_at_its_frequency(browser, server, publisher):
    show(browser, server, publisher, BOXED)
    width, _ = browser.value(SIZE)
    x = int(LEFT + (TONE + 0.5) * (width - LEFT - RIGHT) / BINS)
    tone = browser.value(PIXEL.format(x, 5))
    assert min(tone[:2]) > 200  # bright yellow
    assert browser.value(COUNT.format(x, 0, 1, 90, *tone)) == 90
    for beside in (x - 3, x + 3):
        assert browser.value(COUNT.format(beside, 0, 1, 90, *tone)) == 0


@needs_chromium
def test_the_table_is_sorted_by_each_column_and_filtered(browser, server, publisher):
    show(
        browser,
        server,
        publisher,
        emission(1, snr_db=5.0, label="lte", confidence=0.9, nearest=None),
        emission(2, snr_db=25.0, freq_lower=CENTRE - 1e5, freq_upper=CENTRE - 9e4),
        emission(3, snr_db=-5.5, state="update", sample_count=5000, label="ft8", confidence=0.5),
    )
    assert browser.value(IDS) == "3,2,1"  # the live one, then the newest
    for column, ascending, descending in (
        ("id", "1,2,3", "3,2,1"),
        ("time", "1,2,3", "3,2,1"),
        ("frequency", "2,3,1", "3,1,2"),
        ("width", "3,2,1", "3,2,1"),
        ("duration", "2,1,3", "3,2,1"),
        ("snr", "3,1,2", "2,1,3"),
        ("label", "3,1,2", "1,3,2"),  # what has none comes last
        ("nearest", "2,3,1", "2,3,1"),  # only of 2, which has no label
        ("confidence", "3,1,2", "1,3,2"),
    ):
        head = f"document.querySelector('[data-column={column}]')"
        browser.value(f"{head}.focus()")
        for order, expected in (("ascending", ascending), ("descending", descending)):
            press(browser, "Enter")
            assert browser.value(IDS) == expected, (column, order)
            assert browser.value(f"{head}.parentElement.getAttribute('aria-sort')") == order
    filtering = "document.getElementById('filter')"
    for words, expected in (("live", "3"), ("LTE ended", "1,2"), ("nothing", ""), ("", "3,1,2")):
        browser.value(
            f"{filtering}.value = '{words}'; {filtering}.dispatchEvent(new Event('input'))"
        )
        browser.value("document.querySelector('[data-column=snr]').click()") if not words else None
        assert sorted(browser.value(IDS).split(",")) == sorted(expected.split(","))
    assert text_of(browser, "emissioncount") == "1 live, 2 ended"


SIDEBAND = {"flags": ["sideband"], "sideband_of": 1}
COUNTED = "document.getElementById('emissioncount').innerText"
SWITCH = "document.querySelector('#sidebands input')"
IS_SEEN = f"{SWITCH}.checkVisibility()"


@needs_chromium
def test_sidebands_have_neither_row_nor_box_until_they_are_asked_for(browser, server, publisher):
    """Each box alone is in a half of the waterfall; that of the sideband is in the right one."""
    place = {"freq_lower": CENTRE + RATE / 8, "freq_upper": CENTRE + RATE / 4}
    show(browser, server, publisher, {**BOXED, "id": 1}, {**BOXED, "id": 2, **place})
    assert not browser.value(IS_SEEN)
    width, _ = browser.value(SIZE)
    middle = round(LEFT + (width - LEFT - RIGHT) / 2) + 4
    right_half = f"{COUNT.format(middle, ROWS - 200, width // 3, 100, *ENDED)}"
    browser.wait_for(f"{right_half} > 100")
    publisher.send("emissions", {**BOXED, "id": 2, **place, **SIDEBAND, "bursts": []})
    browser.wait_for(f"{IDS} === '1'")
    assert browser.value(COUNTED) == "0 live, 1 ended"
    assert browser.value(right_half) == 0
    assert text_of(browser, "sidebands").strip() == "show 1 sideband"
    browser.value(f"{SWITCH}.click()")
    browser.wait_for(f"{IDS} === '2,1'")
    assert browser.value(COUNTED) == "0 live, 2 ended"
    assert browser.value(f"{LINES}[0][6]") == "sideband of #1"
    browser.wait_for(f"{right_half} > 100")
    browser.value("document.querySelector('#lines tr').click()")
    browser.wait_for("document.getElementById('details').innerText.includes('sideband of #1')")
    browser.value("document.querySelector('[data-which=history]').click()")
    browser.wait_for(f"{COUNTED}.startsWith('2 of 2 ended')")
    browser.value(f"{SWITCH}.click()")
    browser.wait_for(f"{COUNTED}.startsWith('1 of 1 ended') && {IDS} === '1'")
    assert text_of(browser, "sidebands").strip() == "show 1 sideband"
    browser.value("document.querySelector('[data-which=now]').click()")
    publisher.send("emissions", {**BOXED, "id": 2, **place, "bursts": []})  # it is none any more
    browser.wait_for(f"{IDS} === '2,1' && !{IS_SEEN}")


@needs_chromium
def test_ignored_emissions_are_shown_where_they_are_asked_for(browser, server, publisher):
    show(browser, server, publisher, emission(7))
    publisher.send("emissions", {**emission(8), "flags": ["ignored"]})
    browser.wait_for(f"{IDS} === '7' && {IS_SEEN}")
    assert text_of(browser, "sidebands").strip() == "show 1 ignored"
    publisher.send("emissions", {**emission(9), **SIDEBAND})
    browser.wait_for(f"{SWITCH}.parentElement.innerText.includes('show 1 sideband, 1 ignored')")
    browser.value(f"{SWITCH}.click()")
    browser.wait_for(f"{IDS} === '9,8,7'")


@needs_chromium
def test_the_strongest_come_first_and_the_unnamed_can_be_hidden(browser, server, publisher):
    nameless = {"label": "unknown", "guess": None, "family": None, "snr_db": 9.0}
    weak, strong = ({"label": "dmr", "snr_db": snr_db} for snr_db in (12.0, 30.0))
    live = {"state": "new", "burst_start": 200_000}
    show(
        browser,
        server,
        publisher,
        emission(6, **weak),
        emission(7, **strong),
        emission(8, **nameless, **live),
        emission(9, **nameless),
    )
    browser.wait_for(f"{IDS} === '8,7,6,9'")  # what is on the air before what has ended
    assert text_of(browser, "named").strip() == "named only (2 without a name)"
    assert browser.value("document.querySelectorAll('#lines .unnamed').length") == 2
    browser.value("document.querySelector('#named input').click()")
    browser.wait_for(f"{IDS} === '7,6' && {COUNTED} === '0 live, 2 ended'")
    browser.value("document.querySelector('[data-which=history]').click()")
    browser.wait_for(f"{COUNTED}.startsWith('2 of 3 ended') && {IDS} === '7,6'")
    browser.value("document.querySelector('#named input').click()")
    browser.wait_for(f"{COUNTED}.startsWith('3 of 3 ended')")


DRAW = """(([from, to]) => {
  const canvas = document.getElementById('waterfall'), box = canvas.getBoundingClientRect();
  for (const [name, x] of [['mousedown', from], ['mouseup', to]]) {
    const place = { clientX: box.left + x, clientY: box.top + 50 };
    canvas.dispatchEvent(new MouseEvent(name, { ...place, bubbles: true }));
  }
})([%d, %d])"""


@needs_chromium
def test_a_band_is_chosen_by_drawing_across_the_waterfall(browser, server, publisher):
    right = {"freq_lower": CENTRE + RATE / 8, "freq_upper": CENTRE + RATE / 4}
    left = {"freq_lower": CENTRE - RATE / 4, "freq_upper": CENTRE - RATE / 8}
    show(browser, server, publisher, {**BOXED, "id": 1, **left}, {**BOXED, "id": 2, **right})
    browser.wait_for(f"{IDS} === '2,1'")
    width, _ = browser.value(SIZE)
    middle = round(LEFT + (width - LEFT - RIGHT) / 2)
    whole = "document.getElementById('whole')"
    assert not browser.value(f"{whole}.checkVisibility()")
    browser.value(DRAW % (middle, width - RIGHT - 1))
    browser.wait_for(f"{IDS} === '2' && {whole}.checkVisibility()")
    low, high = (float(browser.value(f"document.getElementById('{id}').value")) for id in EDGES)
    assert abs(1e6 * low - CENTRE) < RATE / 200 and abs(1e6 * high - CENTRE - RATE / 2) < RATE / 200
    # It is drawn as wide as the canvas: its box, a quarter of the band, has half of it.
    part = COUNT.format(LEFT + 4, ROWS - 200, middle - LEFT, 100, *ENDED)
    browser.wait_for(f"{part} > 100")
    browser.value(f"{whole}.click()")
    browser.wait_for(f"{IDS} === '2,1' && !{whole}.checkVisibility()")


@needs_chromium
def test_the_picture_is_that_of_the_longest_recording(browser, server, publisher, folder):
    (folder / "band_0007_2_2585.405MHz.sigmf-meta").write_text("{}")
    os.utime(folder / "band_0007_2_2585.405MHz.sigmf-meta", (ENDED_S, ENDED_S))
    show(browser, server, publisher, emission(7))
    browser.value("document.querySelector('#lines tr').click()")
    asked = "performance.getEntriesByType('resource').map((one) => one.name)"
    pictures = f"{asked}.filter((name) => name.includes('/spectrogram/')).join()"
    assert browser.wait_for(pictures).endswith(f"/spectrogram/0.7/{META}")


@needs_chromium
def test_a_part_of_another_leaves_the_list(browser, server, publisher):
    show(browser, server, publisher, emission(7), emission(8))
    browser.wait_for(f"{IDS} === '8,7'")
    publisher.send("emissions", {**emission(8), "state": "end", "burst_count": 0})
    browser.wait_for(f"{IDS} === '7' && {COUNTED} === '0 live, 1 ended' && !{IS_SEEN}")


@needs_chromium
def test_the_title_counts_no_sidebands(browser, server, publisher):
    live = {"state": "new", "burst_start": 200_000}
    show(browser, server, publisher, {**BOXED, "id": 1, **live}, {**BOXED, "id": 2, **live})
    browser.wait_for("document.title === '2 on the air · gr-rfattn'")
    publisher.send("emissions", {**BOXED, "id": 2, "state": "update", **SIDEBAND})
    browser.wait_for("document.title === '1 on the air · gr-rfattn'")


@needs_chromium
def test_a_row_is_chosen_with_the_keyboard(browser, server, publisher):
    show(browser, server, publisher, emission(7), emission(8))
    browser.value("document.querySelector('#lines button').focus()")
    press(browser, "Enter")
    browser.wait_for("document.getElementById('detailname').innerText.includes('#8')")
    press(browser, "Escape")
    browser.wait_for("document.getElementById('details').classList.contains('without')")


@needs_chromium
def test_the_bytes_of_an_emission_are_downloaded(browser, server, publisher, folder, tmp_path):
    browser.tell("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    show(browser, server, publisher, emission(7))
    browser.value("document.querySelector('#lines tr').click()")
    browser.wait_for("document.querySelectorAll('#files a').length === 3")
    assert text_of(browser, "files").startswith(f"{DATA}, 1.221\u00a0MiB")
    browser.value("document.querySelector('#files a').click()")
    written = tmp_path / DATA
    browser.wait_until(lambda: written.exists())
    assert written.read_bytes() == (folder / DATA).read_bytes()


@needs_chromium
def test_an_emission_of_the_history_is_seen_and_labelled(browser, server, publisher, folder):
    record(folder)
    show(
        browser,
        server,
        publisher,
        emission(7),
        emission(8, freq_lower=CENTRE, freq_upper=CENTRE + 1e5),
    )
    browser.value("document.querySelector('[data-which=history]').click()")
    browser.wait_for("document.getElementById('emissioncount').innerText.startsWith('2 of 2')")
    browser.value(
        "document.getElementById('low').value = '2585.3';"
        "document.getElementById('high').value = '2585.45';"
        "document.getElementById('filter').value = 'ofdm';"
        "document.getElementById('filter').dispatchEvent(new Event('input'))"
    )
    browser.wait_for("document.getElementById('emissioncount').innerText.startsWith('1 of 2')")
    browser.value("document.querySelector('#lines tr').click()")
    browser.wait_for("document.getElementById('pictured').innerText.startsWith('From its I/Q')")
    drawn = "document.getElementById('spectrogram').getContext('2d')"
    assert len(set(browser.value(f"[...{drawn}.getImageData(100, 20, 99, 99).data]"))) > 50
    browser.value("document.getElementById('yourlabel').value = 'tetra'")
    browser.value("document.querySelector('#labelling button').click()")
    browser.wait_for("document.getElementById('labelled').innerText.startsWith('Saved in band')")
    assert read(folder / META).annotations[0].label == "tetra"
    browser.wait_for("document.getElementById('lines').innerText.includes('tetra ✓')")
    assert browser.value("document.querySelectorAll('#classnames option').length") > 50


@needs_chromium
def test_without_recordings_the_page_says_how_to_get_them(browser, publisher):
    server = Server(publisher.address)
    show(browser, server, publisher, emission(7))
    browser.value("document.querySelector('#lines tr').click()")
    browser.wait_for("document.getElementById('files').innerText.includes('--record DIR')")
    server.stop()


@needs_chromium
def test_names_are_shown_as_text(browser, server, publisher):
    evil = "<img src=x onerror=\"document.title='owned'\">"
    entry = {"name": evil, "score": 0.5}
    labelled = {"nearest": [entry], "flags": [evil], "label": evil, "confidence": 0.5}
    show(browser, server, publisher, emission(7, **labelled))
    browser.value("document.querySelector('#lines tr').click()")
    browser.wait_for("document.getElementById('detailname').innerText.includes('#7')")
    assert text_of(browser, "details").count(evil) >= 3
    assert browser.value("document.querySelectorAll('main img').length") == 0
    assert "owned" not in browser.value("document.title")


@needs_chromium
def test_a_label_in_doubt_shows_family_and_guess(browser, server, publisher):
    doubt = {"label": "unknown", "family": None, "guess": "tpms", "confidence": 0.5}
    show(
        browser,
        server,
        publisher,
        emission(7, **doubt | {"family": "packets"}),
        emission(8, **doubt),
    )
    browser.wait_for("document.querySelectorAll('#lines tr').length === 2")
    lines = text_of(browser, "lines")
    assert "family packets (tpms? 50 %)" in lines and "unknown (tpms? 50 %)" in lines
    assert browser.value(f"{LINES}.map((line) => line[8]).join()") == ","  # no label, no share


@needs_chromium
def test_what_it_is_compatible_with_is_shown_only_in_doubt(browser, server, publisher):
    sure = {"label": "lora", "guess": "lora", "confidence": 0.99}
    doubt = {"label": "unknown", "family": None, "guess": "lora", "confidence": 0.3}
    show(browser, server, publisher, emission(7), emission(8, **sure), emission(9, **doubt))
    cells = "[...document.querySelectorAll('#lines .nearest')].map((cell) => cell.textContent)"
    assert browser.value(cells) == ["LTE, DVB-T", "–", "LTE, DVB-T"]
    nearest = "document.getElementById('nearest')"
    for row, name, is_hidden in ((1, "unknown (lora? 30 %)", False), (2, "lora", True)):
        browser.value(f"document.querySelector('#lines tr:nth-child({row})').click()")
        browser.wait_for(f"document.querySelector('#detailname b').innerText === '{name}'")
        assert browser.value(f"{nearest}.hidden") == is_hidden


@needs_chromium
def test_before_its_first_label_a_box_names_no_signal(browser, server, publisher):
    """A text on the canvas cannot be read; under the pointer is the same one."""
    show(browser, server, publisher, {**BOXED, "id": 7})
    width, _ = browser.value(SIZE)
    point(browser, LEFT + 3 * (width - LEFT - RIGHT) / 8, ROWS - 150, "mouseMoved")
    browser.wait_for("document.getElementById('pointed').textContent.startsWith('#7: ')")


@needs_chromium
def test_the_frequencies_of_the_table_have_one_unit(browser, server, publisher):
    """Relative to an unknown middle, from -300 kHz to 1.2 MHz."""
    edges = ((-300e3, -299e3), (4e3, 6e3), (1.2e6, 1.201e6))
    made = [
        emission(7 + i, rx_freq=None, freq_lower=low, freq_upper=high)
        for i, (low, high) in enumerate(edges)
    ]
    show(browser, server, publisher, *made[:2])
    cells = "[...document.querySelectorAll('#lines .frequency')].map((cell) => cell.textContent)"
    assert browser.value(cells) == ["+5.000 kHz", "−299.500 kHz"]
    publisher.send("emissions", made[2])
    browser.wait_for("document.querySelectorAll('#lines tr').length === 3")
    assert browser.value(cells) == ["+1.2005 MHz", "+0.0050 MHz", "−0.2995 MHz"]


@needs_chromium
def test_labels_that_checksums_prove_have_a_card(browser, server, publisher):
    shown = "document.getElementById('proofs').hidden"
    show(browser, server, publisher, emission(7))
    assert browser.value(shown) is True
    named = ("mode_s", "mode_s", "mode_s", "unknown", "ook_srd")
    for number, label in enumerate(named, 8):
        about = {"sync": "Mode S", "label_without_frames": label, "burst_count": 1}
        publisher.send("emissions", emission(number, state="end", **about))
    browser.wait_for("document.querySelectorAll('#proofs tbody tr').length === 2")
    assert browser.value(shown) is False
    rows = "[...document.querySelectorAll('#proofs tbody tr')].map((row) => row.innerText)"
    assert browser.value(rows) == [
        "mode_s\t5\t3 (60 %)\t1 (20 %)\t1 (20 %)\t0",
        "ook_srd\t0\t–\t–\t–\t1",
    ]
    browser.resize(390, 800)
    browser.wait_for("innerWidth === 390")
    assert browser.value("document.documentElement.scrollWidth") <= 390
    browser.resize(1360, 900)


@needs_chromium
def test_the_emissions_fit_a_narrow_screen(browser, server, publisher):
    show(browser, server, publisher, emission(7), BOXED)
    browser.value("document.querySelector('#lines tr').click()")
    browser.resize(390, 800)
    browser.wait_for("innerWidth === 390")
    assert browser.value("document.documentElement.scrollWidth") <= 390
    table = "document.querySelector('#emissions .scroll')"
    assert browser.value(f"{table}.scrollWidth <= {table}.clientWidth")
    sizes = (
        "[...document.querySelectorAll('button, select')].filter((one) => one.checkVisibility())"
    )
    assert browser.value(f"Math.min(...{sizes}.map((one) => one.offsetHeight))") >= 24
    browser.resize(1360, 900)


CARRIER_RATE, CARRIER_HZ, CARRIER_S = 200e3, 30e3, 8.0


# Of the table, the first line at the frequency of the carrier.
CARRIER_LINE = """[...document.querySelectorAll('#lines tr')].find((row) => Math.abs(
  parseFloat(row.querySelector('.frequency').innerText) - 2585.03) < 0.001)"""


def write_carrier(stem):
    """A carrier from 2 to 4 s in white noise."""
    n = int(CARRIER_S * CARRIER_RATE)
    rng = np.random.default_rng(1)
    samples = 1e-3 * (rng.standard_normal(n) + 1j * rng.standard_normal(n))
    on = np.arange(int(2 * CARRIER_RATE), int(4 * CARRIER_RATE))
    samples[on] += 0.1 * np.exp(2j * np.pi * CARRIER_HZ / CARRIER_RATE * on)
    samples.astype("<c8").tofile(f"{stem}.sigmf-data")
    about = {
        "core:datatype": "cf32_le",
        "core:version": "1.2.6",
        "core:sample_rate": CARRIER_RATE,
    }
    captures = [{"core:sample_start": 0, "core:frequency": CENTRE}]
    meta = {"global": about, "captures": captures, "annotations": []}
    (stem.parent / f"{stem.name}.sigmf-meta").write_text(json.dumps(meta))


@needs_chromium
def test_a_browser_shows_a_carrier_of_a_recording(browser, tmp_path):
    """Through the real path, with its I/Q."""
    write_carrier(tmp_path / "carrier")
    address, recordings = f"ipc://{tmp_path}/stats", tmp_path / "recordings"
    server = Server(address, "--recordings", recordings)
    browser.open(server.page)
    browser.wait_for("document.querySelector('#status').innerText === 'Waiting for a flowgraph'")
    arguments = ["--throttle", "--quiet", "--stats", address, "--record", recordings]
    arguments += ["--model", "none"]
    flowgraph = subprocess.Popen(
        [*COMMAND, "label", tmp_path / "carrier.sigmf-meta", *arguments],
        stdout=subprocess.DEVNULL,
    )
    flowgraph.wait(TIME_LIMIT_S)
    browser.wait_for("document.querySelectorAll('#lines tr').length > 0")
    for _ in range(2):  # the longest first
        browser.value("document.querySelector('[data-column=duration]').click()")
    browser.wait_for(f"{CARRIER_LINE}.click() === undefined")
    # A pair for each channel: while the carrier lasts, its edges are found more exactly.
    browser.wait_for("document.querySelectorAll('#files a').length >= 2")
    assert re.search(r"_2585\.0(29|30|31)MHz\.sigmf-data", text_of(browser, "files"))
    width, _ = browser.value(SIZE)
    left, _, right, _ = browser.value(BOUNDS.format(*CHOSEN))
    carrier = LEFT + (0.5 + CARRIER_HZ / CARRIER_RATE) * (width - LEFT - RIGHT)
    assert left - 2 <= carrier <= right + 2
    server.stop()
