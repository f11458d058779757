#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows every emission of a band in a window: a box in the waterfall and a line in a table.

python3 qt_live.py --recording FILE                           plays a recording repeatedly
python3 qt_live.py --soapy driver=rtlsdr --rate 2.4M --freq 433.92M
python3 qt_live.py --band --recording FILE                    labels the whole band, too

With --band a model labels the band as a whole, and can be swapped while it runs.
"""

import argparse
import signal
import sys
from concurrent.futures import Future, wait

from gnuradio import blocks, gr, rfattn, soapy
from gnuradio.eng_arg import eng_float
from gnuradio.rfattn.attention import ATTENTIONS, NORMS
from gnuradio.rfattn.blocks.parts.grc_support import swap_soon
from gnuradio.rfattn.blocks.recording_source import recording_source
from gnuradio.rfattn.inference.files import available_models, input_of, read_contract
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.front_end import FrontEnd
from PyQt5 import QtCore, QtWidgets

LOOK_MS = 200
RATE, FREQUENCY = 2.4e6, 433.92e6  # of a receiver, where the options state none


class QtLive(gr.top_block):
    """source → emissions → display, with a waterfall; with a model also labels of the band."""

    def __init__(self, source, rate, is_real=False, model=None):
        super().__init__("qt live", catch_exceptions=True)
        self.source, self.model = source, None
        sides = "one" if is_real else "two"
        self.display = rfattn.qt_detection_sink()
        self.waterfall = rfattn.waterfall_probe(sides)
        self.labeller = rfattn.signal_labeller(rate, sides=sides, policy="drop", contents=True)
        self.connect(source, self.waterfall)
        self.connect(source, self.labeller)
        self.msg_connect(self.waterfall, "spectra", self.display, "spectra")
        self.msg_connect(self.labeller, "emissions", self.display, "emissions")
        self.msg_connect(self.labeller, "decoded", self.display, "decoded")
        if model is None:
            self.msg_connect(self.labeller, "stats", self.display, "stats")
            self.msg_connect(self.labeller, "model", self.display, "model")
        else:
            self._label_band(model, is_real)

    def _label_band(self, model, is_real):
        """source → spectra → tokens → model → probe, and its messages to the display."""
        self.model = rfattn.transformer(model)
        front_end = FrontEnd(**self.model.front_end)
        self.spectrum = rfattn.power_spectrum(
            **(front_end.for_real() if is_real else front_end).to_dict()
        )
        self.buffer = rfattn.token_buffer(self.model.n_bins, self.model.block_size, policy="drop")
        self.probe = rfattn.latency_probe(self.model.n_classes, interval_ms=500)
        self.end = blocks.null_sink(gr.sizeof_float * self.model.n_classes)
        self.connect(self.source, self.spectrum, self.buffer, self.model, self.probe, self.end)
        self.msg_connect(self.model, "detections", self.display, "detections")
        self.msg_connect(self.model, "model", self.display, "model")
        self.msg_connect(self.probe, "stats", self.display, "stats")

    def error(self):
        """Returns the exception that ended a block, or None."""
        errors = (getattr(b, "error", None) for b in (self.source, self.labeller, self.model))
        return next((error for error in errors if error is not None), None)


class Controls(QtWidgets.QWidget):
    """Combo boxes for model, attention and norm, and the reason when a swap is refused."""

    swapped = QtCore.pyqtSignal(object, object)

    def __init__(self, transformer, model):
        super().__init__()
        self.swaps: list[Future] = []  # whose results are not shown yet
        shipped = {found["family"] for found in available_models()}
        families = sorted({f for f in shipped if input_of(read_contract(f)) == "band"} | {model})
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
        self.controls = Controls(flowgraph.model, model) if flowgraph.model else None
        self.notice = QtWidgets.QLabel()
        self.notice.setStyleSheet("color: firebrick")
        self.notice.setWordWrap(True)
        self.notice.hide()
        self.setWindowTitle("gr-rfattn live")
        rows = QtWidgets.QVBoxLayout(self)
        if self.controls:
            rows.addWidget(self.controls)
        rows.addWidget(self.notice)
        rows.addWidget(flowgraph.display.widget, 1)
        self.resize(1100, 1000 if self.controls else 800)
        self._timer = QtCore.QTimer(self)  # also lets Python handle Ctrl-C
        self._timer.timeout.connect(self._look)
        self._timer.start(LOOK_MS)

    def _look(self) -> None:
        if self.flowgraph.error() is not None:
            self.notice.setText(str(self.flowgraph.error()))
            self.notice.show()

    def closeEvent(self, event):  # noqa: N802
        if self.controls:
            wait(self.controls.swaps)
        self.flowgraph.stop()
        self.flowgraph.wait()


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--recording", metavar="FILE", help="SigMF, WAV or raw samples")
    source.add_argument("--soapy", metavar="DEVICE", help="a receiver, such as driver=rtlsdr")
    of = "of the receiver, or of a recording that does not state it (Hz)"
    parser.add_argument("--rate", type=eng_float, help=f"sample rate {of}")
    parser.add_argument("--freq", type=eng_float, help=f"frequency {of}")
    parser.add_argument("--gain", type=float, help="of the receiver (dB); default: automatic")
    parser.add_argument("--band", action="store_true", help="label the whole band, too")
    parser.add_argument("--model", default="rf14", help="with --band: a family, folder or file")
    return parser.parse_args(arguments)


def receiver(options):
    """A SoapySDR receiver."""
    source = soapy.source(options.soapy, "fc32", 1, "", "", [""], [""])
    source.set_sample_rate(0, options.rate or RATE)
    source.set_frequency(0, options.freq or FREQUENCY)
    if options.gain is not None:
        source.set_gain(0, options.gain)
    elif source.has_gain_mode(0):
        source.set_gain_mode(0, True)
    return source


def make_window(options) -> Window:
    """Builds the window and its flowgraph, which is not started."""
    model = options.model if options.band else None
    if options.soapy:
        flowgraph = QtLive(receiver(options), options.rate or RATE, model=model)
    else:
        recording = open_recording(options.recording, options.rate, options.freq)
        rate = recording.require_rate()
        source = recording_source(recording, repeat=True, throttle=True)
        flowgraph = QtLive(source, rate, source.is_real, model)
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
