# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The history of probabilities by a clock of the test's, and the sink in an invisible window."""

import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pmt
import pytest
from gnuradio.rfattn.messages.as_pmt import to_message
from gnuradio.rfattn.messages.detection import Detection
from gnuradio.rfattn.telemetry.probability_history import ProbabilityHistory

from page_messages import EMISSION, ENVELOPE, SPECTRA

needs_qt = pytest.mark.skipif(find_spec("PyQt5") is None, reason="no python3-pyqt5")


def detection(a, sample_rate=None, **fields):
    """Of classes a and b; a step of 100 samples."""
    return Detection(
        "a" if a >= 0.5 else "b",
        max(a, 1 - a),
        {"a": a, "b": 1 - a},
        0,
        100,
        0,
        sample_rate=sample_rate,
        **fields,
    )


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def history(clock):
    return ProbabilityHistory(10, 5, clock)  # a column is 2 s


def of_a(history):
    return history.columns()[0].astype(float).round(6).tolist()


def test_it_begins_empty(history):
    assert history.columns().shape == (0, 5)
    assert history.latest is None and history.marks() == []


def test_a_column_is_the_mean_of_what_came(history, clock):
    for value in (0.2, 0.6):
        history.add(detection(value))
    clock.now += 2
    history.add(detection(1.0))
    assert of_a(history)[3:] == [0.4, 1.0]
    assert np.isnan(history.columns()[:, :3]).all()
    assert history.columns()[1, 3] == pytest.approx(0.6)
    assert history.classes == ["a", "b"] and history.latest == detection(1.0)


def test_columns_leave_to_the_left(history, clock):
    history.add(detection(0.25))
    clock.now += 8
    assert of_a(history)[0] == 0.25
    clock.now += 2
    assert np.isnan(history.columns()).all()
    clock.now += 1e6
    assert np.isnan(history.columns()).all()


@pytest.mark.parametrize("sample_rate, held", [(None, 0), (100 / 0.01, 1), (100 / 4, 3)])
def test_a_slow_step_lasts_as_long_as_its_samples_and_a_half(history, clock, sample_rate, held):
    history.add(detection(0.25, sample_rate))
    clock.now += 8
    assert of_a(history)[: held + 1] == [0.25] * (held + 1)
    assert np.isnan(history.columns()[:, held + 1 :]).all()


def test_a_swap_is_marked_where_the_new_model_first_spoke(history, clock):
    history.add(detection(0.5, attention="flash", norm="layernorm"))
    clock.now += 2
    history.add(detection(0.5, attention="gqa", norm="layernorm"))
    history.add(detection(0.5, attention="gqa", norm="layernorm"))
    clock.now += 4
    assert history.marks() == [(2, "gqa layernorm")]
    clock.now += 6
    assert history.marks() == []


def test_other_classes_begin_a_new_history(history):
    history.add(detection(0.25))
    history.add(Detection("x", 1.0, {"x": 1.0}, 0, 1, 0))
    assert history.classes == ["x"]
    assert history.columns()[0, -1] == 1.0 and np.isnan(history.columns()[0, :-1]).all()


@pytest.mark.parametrize(
    "arguments, text",
    [
        ((0,), "seconds must be > 0, got 0"),
        ((float("nan"),), "seconds must be > 0, got nan"),
        ((10, 0), "n_columns must be >= 1, got 0"),
    ],
)
def test_history_refuses(arguments, text):
    with pytest.raises(ValueError, match=f"probability_history: {text}"):
        ProbabilityHistory(*arguments)


@pytest.fixture
def application(monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    from PyQt5 import QtWidgets

    return QtWidgets.QApplication.instance() or QtWidgets.QApplication(["qa"])


@pytest.fixture
def sink(application):
    from gnuradio import rfattn

    return rfattn.qt_detection_sink(seconds=5)


LATENCY = {"count": 7, "mean": 0.001, "p50": 0.001, "p95": 0.002, "p99": 0.0035, "max": 0.004}
STATS = {
    "steps": 7,
    "interval_steps": 7,
    "deadline_misses": 1,
    "budget_seconds": 0.03,
    "dropped_tokens": 32,
    "queued_steps": 2,
    "rss_bytes": 2**29,
    "kv_bytes": 2**17,
    "peak_rss_bytes": 2**29,
    "uptime_seconds": 1.0,
    "latency_seconds": LATENCY,
    "wait_seconds": LATENCY,
    "inference_seconds": LATENCY,
}
MODEL = {"attention": "gqa", "norm": "rmsnorm", "device": "cpu", "dtype": "float32", "window": 64}


def texts(sink):
    from PyQt5 import QtWidgets

    sink.widget.refresh()
    return "\n".join(label.text() for label in sink.widget.findChildren(QtWidgets.QLabel))


@needs_qt
def test_the_window_says_so_when_nothing_came(sink):
    assert texts(sink).split("\n") == ["no label yet", "", "no statistics yet", "no model yet"]


@needs_qt
def test_the_window_shows_what_came(sink):
    sink._on_detections(to_message(detection(0.75, 48e3, frequency=433.92e6)))
    sink._on_stats(pmt.to_pmt(STATS))
    sink._on_model(pmt.to_pmt({"before": {}, "after": MODEL, "requested": {}}))
    shown = texts(sink)
    for text in (
        "a   0.75",
        "433.920 MHz   48 kS/s",
        "p50 1.0   p95 2.0   p99 3.5",
        "budget 30, missed by 1 of 7 steps",
        "tokens: 32 dropped",
        "waiting: 2 steps",
        "KV 128 KiB",
        "resident 512 MiB",
        "runs: gqa with rmsnorm",
    ):
        assert text in shown


@needs_qt
def test_the_strip_is_as_bright_as_the_class_is_probable(sink):
    from gnuradio.rfattn.telemetry.qt_view import class_colour, image_of

    colours = [class_colour(0), class_colour(1)]
    image = image_of(np.float32([[1.0, 0.5, np.nan], [0.0, 0.5, np.nan]]), colours)
    assert image.pixelColor(0, 0).getRgb()[:3] == colours[0]
    background, nothing = image.pixelColor(0, 1), image.pixelColor(2, 0)
    assert background.value() < image.pixelColor(1, 1).value() < max(colours[1])
    assert nothing == image.pixelColor(2, 1) != background


@needs_qt
def test_the_strip_is_painted(sink):
    sink._on_detections(to_message(detection(0.75)))
    sink.widget.resize(600, 300)
    picture = sink.widget.strip.grab().toImage()
    seen = {
        picture.pixel(x, y)
        for x in range(0, picture.width(), 3)
        for y in range(0, picture.height(), 3)
    }
    assert len(seen) > 5


ROWS, ROW_SAMPLES = 300, 1000


def send(sink, topic, message):
    """Without the envelope, which messages get when they leave the flowgraph."""
    sink._receive(topic, {key: value for key, value in message.items() if key not in ENVELOPE})


def fill_waterfall(sink):
    """A carrier a quarter from the left, and three emissions: 2 is live, 3 is wide."""
    values = [-80.0] * 1024
    values[256] = -20.0
    for number in range(ROWS):
        place = {"sample_start": ROW_SAMPLES * number, "sample_rate": 1e6}
        send(sink, "spectra", {**SPECTRA, "peak_db": values, "mean_db": values, **place})
    edges = {"freq_lower": 2.585e9, "freq_upper": 2.585e9 + 2.5e5}
    box = {"sample_start": 100_000, "sample_count": 100_000, "bursts": [100_000, 100_000]}
    narrow = {"freq_lower": 2.5846e9, "freq_upper": 2.58461e9}
    for message in (
        {"id": 1, "state": "end", **narrow},
        {"id": 2, "burst_start": 290_000, "snr_db": 3.0, **narrow},
        {
            "id": 3,
            "state": "end",
            "nearest": None,
            "label": "lte",
            "confidence": 0.9,
            **edges,
            **box,
        },
    ):
        send(sink, "emissions", {**EMISSION, **message})
    sink.widget.resize(800, 700)
    sink.widget.show()
    sink.widget.refresh()


@pytest.fixture
def filled(sink):
    fill_waterfall(sink)
    yield sink
    sink.widget.hide()


@needs_qt
def test_a_box_is_where_the_emission_is(filled):
    waterfall = filled.widget.waterfall
    waterfall.selected = (0, 3)
    picture, area = waterfall.grab().toImage(), waterfall.area()
    white = [
        (x, y)
        for x in range(round(area.left()), round(area.right()))
        for y in range(round(area.top()), round(area.bottom()))
        if picture.pixelColor(x, y).name() == "#ffffff"
    ]
    columns, lines = zip(*white, strict=True)
    expected = (
        area.left() + area.width() / 2,
        area.left() + 3 * area.width() / 4,
        area.height() * (ROWS - 200) / ROWS,
        area.height() * (ROWS - 100) / ROWS,
    )
    found = min(columns), max(columns), min(lines), max(lines)
    assert found == pytest.approx(expected, abs=2)  # a line is 2 pixels wide
    carrier = picture.pixelColor(round(area.left() + 256.5 / 1024 * area.width()), 200)
    assert carrier.value() > 200 > 60 > picture.pixelColor(round(area.left()) + 20, 200).value()


@needs_qt
def test_a_click_into_a_box_selects_its_line_and_the_other_way_round(filled):
    from PyQt5 import QtCore, QtTest

    waterfall, table = filled.widget.waterfall, filled.widget.table
    waterfall.grab()
    area = waterfall.area()
    inside = QtCore.QPoint(int(area.left() + 0.6 * area.width()), int(area.height() / 2))
    QtTest.QTest.mouseClick(waterfall, QtCore.Qt.MouseButton.LeftButton, pos=inside)
    assert [item.text() for item in table.selectedItems()][-2] == "lte 0.90"
    table.selectRow(0)
    assert waterfall.selected == (0, 2)  # the live one is on top
    beside = QtCore.QPoint(int(area.left() + 0.9 * area.width()), 5)
    QtTest.QTest.mouseClick(waterfall, QtCore.Qt.MouseButton.LeftButton, pos=beside)
    assert waterfall.selected is None and table.selectedItems() == []


@needs_qt
def test_the_texts_of_many_boxes_cover_neither_each_other_nor_boxes(filled):
    for number in range(10):  # 4 pixels wide, 66 pixels apart, each taller than the one before
        edges = {"freq_lower": 2.58455e9 + 9e4 * number, "freq_upper": 2.584551e9 + 9e4 * number}
        count = 20_000 * (number + 1)
        box = {"sample_start": 0, "sample_count": count, "bursts": [0, count], "state": "end"}
        label = {"label": "fsk_srd", "confidence": 0.99, "basis": "shape"}
        send(filled, "emissions", {**EMISSION, "id": 10 + number, **edges, **box, **label})
    waterfall = filled.widget.waterfall
    waterfall.grab()
    boxes, texts = dict(waterfall.boxes), waterfall.texts
    assert len(boxes) == 12 and len(texts) >= 10 and (0, 3) in texts
    for key, place in texts.items():
        assert waterfall.area().contains(place)
        assert not any(place.intersects(texts[other]) for other in texts if other != key)
        apart = [box for box in boxes.values() if not box.intersects(boxes[key])]
        assert not any(place.intersects(box) for box in apart)


@needs_qt
def test_the_box_of_many_bursts_begins_with_the_first(filled):
    """Of 64 bursts the positions are kept, of more not."""
    bursts = [n for number in range(100) for n in (150_000 + 1000 * number, 500)]
    box = {"sample_start": 150_000, "sample_count": 99_500, "bursts": bursts, "burst_count": 100}
    send(filled, "emissions", {**EMISSION, "id": 20, "state": "end", **box})
    waterfall = filled.widget.waterfall
    waterfall.grab()
    area, box = waterfall.area(), dict(waterfall.boxes)[0, 20]
    row = area.height() / ROWS
    assert box.top() == pytest.approx(50 * row, abs=2) == box.bottom() - 100 * row


@needs_qt
def test_the_table_is_sorted_by_numbers(filled):
    from PyQt5 import QtCore

    table = filled.widget.table

    def column(number):
        return [table.item(row, number).text() for row in range(table.rowCount())]

    assert column(1) == ["2", "3", "1"]
    table.sortByColumn(5, QtCore.Qt.SortOrder.AscendingOrder)
    assert column(5) == ["3.0 dB", "12.3 dB", "12.3 dB"]
    send(filled, "emissions", {**EMISSION, "id": 4, "snr_db": -1.5, "state": "new"})
    filled.widget.refresh()
    assert column(5) == ["-1.5 dB", "3.0 dB", "12.3 dB", "12.3 dB"]


@needs_qt
def test_the_table_has_the_newest_content(filled):
    table = filled.widget.table
    for text in ("old", "type 1\x1b[31m<b>"):
        send(filled, "decoded", {"id": 2, "source": "AIS", "text": text})
        filled.widget.refresh()
    content = {table.item(row, 1).text(): table.item(row, 8).text() for row in range(3)}
    assert content == {"1": "", "2": r"AIS: type 1\x1b[31m<b>", "3": ""}


@needs_qt
def test_a_sideband_leaves_table_and_waterfall(filled):
    view, sideband = filled.widget, {"flags": ["sideband"], "sideband_of": 3}
    send(filled, "emissions", {**EMISSION, "id": 2, "burst_start": 290_000, **sideband})
    view.refresh()
    view.waterfall.grab()
    assert [view.table.item(row, 1).text() for row in range(view.table.rowCount())] == ["3", "1"]
    assert [key for key, _ in view.waterfall.boxes] == [(0, 3)]
    filled._has_sidebands = True
    view.refresh()
    view.waterfall.grab()
    assert view.table.rowCount() == 3 and len(view.waterfall.boxes) == 2
    assert view.table.item(0, 7).text() == "sideband of 3, ≈ LTE"
    send(filled, "emissions", {**EMISSION, "id": 1, "state": "update", "flags": ["ignored"]})
    view.refresh()
    assert [view.table.item(row, 1).text() for row in range(view.table.rowCount())] == ["2", "3"]
    send(filled, "emissions", {**EMISSION, "id": 3, "state": "end", "burst_count": 0})
    view.refresh()  # a part of another
    assert [view.table.item(row, 1).text() for row in range(view.table.rowCount())] == ["2"]


@needs_qt
def test_what_has_nothing_to_show_is_hidden(sink):
    view = sink.widget
    view.refresh()
    assert view.waterfall.isHidden() and view.table.isHidden() and not view.strip.isHidden()
    fill_waterfall(sink)
    assert not view.waterfall.isHidden() and not view.table.isHidden() and view.strip.isHidden()
    assert view._figures.isHidden()
    sink._on_stats(pmt.to_pmt(STATS))
    view.refresh()
    assert view.strip.isHidden() and not view._figures.isHidden()
    view.hide()


@needs_qt
def test_only_the_stream_asked_for_is_shown(application):
    from gnuradio import rfattn

    sink = rfattn.qt_detection_sink(stream=1)
    for stream in (0, 2):
        sink._on_detections(to_message(detection(0.5, stream=stream)))
    assert sink.history.latest is None
    sink._on_detections(to_message(detection(0.5, stream=1)))
    assert sink.history.latest.stream == 1


@needs_qt
def test_streams_evictions_and_the_dropped_share_where_known(sink):
    sink._on_stats(pmt.to_pmt({**STATS, "tokens_in": 128, "streams": 3, "evictions": 4}))
    shown = texts(sink)
    assert "tokens: 32 dropped (25.0%)" in shown and "streams: 3, 4 evictions" in shown


@needs_qt
def test_what_is_no_detection_is_passed_over(sink):
    for handler in (sink._on_detections, sink._on_stats, sink._on_model):
        handler(pmt.intern("x"))
    assert texts(sink).startswith("no label yet")


@needs_qt
def test_sink_refuses(application):
    from gnuradio import rfattn

    with pytest.raises(ValueError, match="qt_detection_sink: stream must be >= 0, got -1"):
        rfattn.qt_detection_sink(stream=-1)
    with pytest.raises(ValueError, match="seconds must be > 0, got 0"):
        rfattn.qt_detection_sink(seconds=0)


@needs_qt
def test_without_an_application_it_is_an_error_and_no_crash():
    code = "from gnuradio import rfattn; rfattn.qt_detection_sink()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    assert done.returncode == 1
    assert "RuntimeError: qt_detection_sink: needs a QApplication" in done.stderr
