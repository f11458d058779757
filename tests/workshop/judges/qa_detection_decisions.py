# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a decision of the detector is worth: the same scenes with it and without it."""

import numpy as np
import pytest
from gnuradio import rfattn
from gnuradio.rfattn_workshop.judges import detection, detection_decisions
from gnuradio.rfattn_workshop.judges.detection_decisions import Scene
from gnuradio.rfattn_workshop.judges.finding.detection_cells import RATE
from gnuradio.rfattn_workshop.judges.finding.detection_flowgraph import Found


def parse(*more):
    return detection_decisions.parse(["--quiet", "--scenes", "1", "--snr", "20", *more])


class Detector:
    """Finds the truth, and nothing without the decision `seen`; `skirt` never applies."""

    def __init__(self, scenes):
        self.truth = [[b.box(RATE) for b in scene.load()[2]] for scene in scenes]
        self.calls = []

    def __call__(self, samples, rate, without, counts):
        self.calls.append(without)
        counts |= {"seen": 3, "skirt": 0}
        scene = sum(call == () for call in self.calls) - 1
        boxes = [] if without == ("seen",) else self.truth[scene]
        return {b.emission: Found([b], set(), 0) for b in boxes}


def test_a_decision_is_worth_what_is_lost_without_it():
    options = parse("--decisions", "seen", "skirt")
    detector = Detector(list(detection_decisions.scenes_of(options)))
    report = detection_decisions.run(options, detector)
    assert detector.calls == [(), ("seen",)] * 2  # own and strong; never without skirt
    assert report["scenes"] == {"own": 1, "strong": 1}
    assert report["decisions"]["seen"]["own"]["times"] == 3
    lost, low, high = report["decisions"]["seen"]["own"]["recall 0.5"]
    assert lost == low == high < -0.5
    assert report["decisions"]["skirt"]["own"]["recall 0.5"] == [0.0, 0.0, 0.0]
    text = detection_decisions.to_markdown(report)
    assert "| decision | applied | own: recall 0.5 |" in text
    assert f"| seen | 3/3 | {lost:+.3f} ({lost:+.3f} to {lost:+.3f}) |" in text
    assert "| skirt | 0/0 |  |" in text


def test_faults_are_those_of_a_receiver():
    rng = np.random.default_rng(1)
    samples = rng.normal(size=(20_000, 2)).astype(np.float32).view(np.complex64)[:, 0]
    clipped = Scene("own", fault="clipped").spoil(samples).view(np.float32)
    assert np.abs(clipped).max() == 1.0
    lines = np.abs(np.fft.fft(Scene("own", fault="lines").spoil(samples) - samples))
    assert (lines > 0.3 * lines.max()).sum() < 30
    assert Scene("own").spoil(samples) is samples
    names = [s.column for s in detection_decisions.scenes_of(parse("--faults", "lines"))]
    assert names == ["own", "strong", "own, lines", "strong, lines"]


def test_a_name_that_no_decision_has_is_refused(capsys):
    with pytest.raises(SystemExit, match="--without: decision must be one of covered, .*got x$"):
        detection.find_without(["x"])
    assert detection.find_without([]) is None
    with pytest.raises(SystemExit):
        parse("--decisions", "x")
    assert "invalid choice: 'x'" in capsys.readouterr().err


def test_a_detector_counts_its_decisions_and_can_leave_one_out():
    detector = rfattn.emission_detector(1e6)
    assert set(detector.decided().values()) == {0}
    assert {"covered", "seen", "alternates"} < set(detector.decided())
    detector.leave_out("seen")
    with pytest.raises(ValueError, match="got never$"):
        detector.leave_out("never")
