#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows waterfall, labels, latency and drops in a window, and swaps the model while it runs.

python3 qt_live.py --recording FILE.sigmf-meta                plays a recording repeatedly
python3 qt_live.py --soapy driver=rtlsdr --rate 1.92M --freq 2585M
"""

import argparse
import signal
import sys
from concurrent.futures import Future, wait
from dataclasses import asdict

from gnuradio import blocks, fft, gr, qtgui, rfattn, soapy
from gnuradio.eng_arg import eng_float
from gnuradio.rfattn.attention import ATTENTIONS, NORMS
from gnuradio.rfattn.blocks.grc_support import swap_soon
from gnuradio.rfattn.inference.files import available_models
from gnuradio.rfattn.recordings.front_end import FrontEnd
from PyQt5 import QtCore, QtWidgets, sip

WATERFALL_BINS = 512
WATERFALL_ROW_S = 0.05  # 200 rows: as long as the display of the labels
LOOK_MS = 200


class QtLive(gr.top_block):
    """source → spectra → tokens → model → probe, with a waterfall and a display of detections."""

    def __init__(self, source, rate, frequency, model, is_real=False):
        super().__init__("qt live", catch_exceptions=True)
        self.source = source
        self.model = rfattn.transformer(model)
        front_end = FrontEnd(**self.model.front_end)
        self.spectrum = rfattn.power_spectrum(
            **asdict(front_end.for_real() if is_real else front_end)
        )
        self.buffer = rfattn.token_buffer(self.model.n_bins, self.model.block_size, policy="drop")
        self.probe = rfattn.latency_probe(self.model.n_classes, interval_ms=500)
        self.end = blocks.null_sink(gr.sizeof_float * self.model.n_classes)
        self.display = rfattn.qt_detection_sink()
        self.waterfall = waterfall(rate, frequency, is_real)
        self.connect(source, self.spectrum, self.buffer, self.model, self.probe, self.end)
        if is_real:
            self.real = blocks.complex_to_real()
            self.connect(source, self.real, self.waterfall)
        else:
            self.connect(source, self.waterfall)
        self.msg_connect(self.model, "detections", self.display, "detections")
        self.msg_connect(self.model, "model", self.display, "model")
        self.msg_connect(self.probe, "stats", self.display, "stats")

    def error(self):
        """Returns the exception that ended a block, or None."""
        errors = (getattr(block, "error", None) for block in (self.source, self.model))
        return next((error for error in errors if error is not None), None)


def waterfall(rate, frequency, is_real):
    make = qtgui.waterfall_sink_f if is_real else qtgui.waterfall_sink_c
    made = make(WATERFALL_BINS, fft.window.WIN_BLACKMAN_hARRIS, frequency, rate, "", 1, None)
    if is_real:
        made.set_plot_pos_half(True)
    made.disable_legend()
    made.set_update_time(WATERFALL_ROW_S)
    return made


class Controls(QtWidgets.QWidget):
    """Combo boxes for model, attention and norm, and the reason when a swap is refused."""

    swapped = QtCore.pyqtSignal(object, object)

    def __init__(self, transformer, model):
        super().__init__()
        self.swaps: list[Future] = []  # whose results are not shown yet
        families = sorted({found["family"] for found in available_models()} | {model})
        self.model = self._add(families, model, transformer.set_model)
        self.model.setEditable(True)  # any file
        self.model.setInsertPolicy(QtWidgets.QComboBox.InsertPolicy.NoInsert)
        self.model.lineEdit().returnPressed.connect(
            lambda: self._swap(self.model, transformer.set_model)
        )
        self.attention = self._add(["model", *ATTENTIONS], "model", transformer.set_attention)
        self.norm = self._add(["model", *NORMS], "model", transformer.set_norm)
        self.notice = QtWidgets.QLabel()
        self.notice.setWordWrap(True)
        row = QtWidgets.QHBoxLayout(self)
        for name in ("model", "attention", "norm"):
            row.addWidget(QtWidgets.QLabel(name.capitalize()))
            row.addWidget(getattr(self, name))
        row.addWidget(self.notice, 1)
        self.swapped.connect(self._show_swap)

    def say(self, text: str, is_error: bool = False) -> None:
        self.notice.setStyleSheet("color: firebrick" if is_error else "")
        self.notice.setText(text)

    def _add(self, choices, now, swap) -> QtWidgets.QComboBox:
        box = QtWidgets.QComboBox()
        box.addItems(choices)
        box.setCurrentText(now)
        box.runs = box.asked = now
        box.activated.connect(lambda _: self._swap(box, swap))
        return box

    def _swap(self, box, swap) -> None:
        """Swaps in the background: loading a model takes seconds, and the labels continue."""
        asked = box.currentText()
        if asked == box.asked:  # both signals of a box come when a listed text is typed
            return
        box.asked = asked
        self.say(f"loading {asked} …")
        self.swaps.append(swap_soon(swap, asked))
        self.swaps[-1].add_done_callback(lambda done: self.swapped.emit(box, (asked, done)))

    def _show_swap(self, box, result: tuple[str, Future]) -> None:
        asked, done = result
        self.swaps.remove(done)
        refusal = done.exception()
        if refusal is None:
            box.runs = asked
        elif asked == box.asked:  # and nothing else has been asked for since
            box.asked = box.runs
            box.setCurrentText(box.runs)
        self.say(str(refusal or ""), is_error=refusal is not None)


class Window(QtWidgets.QWidget):
    """Stops the flowgraph when it is closed."""

    def __init__(self, flowgraph, model):
        super().__init__()
        self.flowgraph = flowgraph
        self.is_scaled = False
        self.controls = Controls(flowgraph.model, model)
        self.setWindowTitle("gr-rfattn live")
        rows = QtWidgets.QVBoxLayout(self)
        rows.addWidget(self.controls)
        rows.addWidget(sip.wrapinstance(flowgraph.waterfall.qwidget(), QtWidgets.QWidget), 1)
        rows.addWidget(flowgraph.display.widget, 1)
        self.resize(1000, 800)
        self._timer = QtCore.QTimer(self)  # also lets Python handle Ctrl-C
        self._timer.timeout.connect(self._look)
        self._timer.start(LOOK_MS)

    def _look(self) -> None:
        if self.flowgraph.error() is not None:
            self.controls.say(str(self.flowgraph.error()), is_error=True)
        if not self.is_scaled and self.flowgraph.display.history.latest is not None:
            self.flowgraph.waterfall.auto_scale()
            self.is_scaled = True

    def closeEvent(self, event):  # noqa: N802
        wait(self.controls.swaps)
        self.flowgraph.stop()
        self.flowgraph.wait()


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--recording", metavar="FILE", help="SigMF, played at its sample rate")
    source.add_argument("--soapy", metavar="DEVICE", help="a receiver, such as driver=rtlsdr")
    parser.add_argument("--rate", type=eng_float, default=1.92e6, help="of the receiver (Hz)")
    parser.add_argument("--freq", type=eng_float, default=433.92e6, help="of the receiver (Hz)")
    parser.add_argument("--gain", type=float, help="of the receiver (dB); default: automatic")
    parser.add_argument("--model", default="rf14", help="a family, a folder or a file")
    return parser.parse_args(arguments)


def receiver(options):
    """A SoapySDR receiver."""
    source = soapy.source(options.soapy, "fc32", 1, "", "", [""], [""])
    source.set_sample_rate(0, options.rate)
    source.set_frequency(0, options.freq)
    if options.gain is not None:
        source.set_gain(0, options.gain)
    elif source.has_gain_mode(0):
        source.set_gain_mode(0, True)
    return source


def make_window(options) -> Window:
    """Builds the window and its flowgraph, which is not started."""
    if options.soapy:
        flowgraph = QtLive(receiver(options), options.rate, options.freq, options.model)
    else:
        source = rfattn.sigmf_source(options.recording, repeat=True, throttle=True)
        captures = source.recording.captures
        frequency = (captures[0].frequency if captures else None) or 0.0
        flowgraph = QtLive(source, source.sample_rate, frequency, options.model, source.is_real)
    return Window(flowgraph, options.model)


def main() -> int:
    options = parse(sys.argv[1:])
    application = QtWidgets.QApplication(sys.argv[:1])
    try:
        window = make_window(options)
    except (ValueError, RuntimeError) as error:
        print(f"qt_live: {error}", file=sys.stderr)
        return 1
    for number in (signal.SIGINT, signal.SIGTERM):
        # From within the event loop: a window that is closed before it runs does not end it.
        signal.signal(number, lambda *_: QtCore.QTimer.singleShot(0, window.close))
    window.flowgraph.start()
    window.show()
    print("qt_live: running until the window is closed or Ctrl-C", flush=True)
    application.exec_()
    if window.flowgraph.error() is not None:
        print(f"qt_live: {window.flowgraph.error()}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
