# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all tests share: the module under test, fixed seeds and recordings."""

import random
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from interrupts import take_interrupts

SEED = 20260

SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_configure():
    if find_spec("gnuradio.rfattn") is None:
        raise pytest.UsageError(
            "gnuradio.rfattn is not on the path: set PYTHONPATH to test_modules of the build "
            "folder, or run tests/run.sh"
        )
    take_interrupts()


def pytest_report_header():
    return f"gnuradio.rfattn: {Path(find_spec('gnuradio.rfattn').origin).parent}"


@pytest.fixture(autouse=True)
def fixed_seeds():
    """Every test starts from the same random state, whichever ran before it."""
    random.seed(SEED)
    np.random.seed(SEED)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(SEED)


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Synthetic recordings: ``made["ft8"]`` is the path of one, without SigMF's suffixes."""
    from made_recordings import MadeRecordings

    return MadeRecordings(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def browser():
    """A Chromium; for tests that are marked with `browser.needs_chromium`."""
    from browser import Browser

    made = Browser()
    yield made
    made.close()


@pytest.fixture
def publisher():
    """A ZMQ socket that publishes as `zmq_stats_sink` does."""
    from page_server import Publisher

    made = Publisher()
    yield made
    made.close()


def shared_folder(name):
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"no real recordings at {folder}")
    return folder


@pytest.fixture
def recordings():
    """Folder of real recordings outside the repository; the test skips where there is none."""
    return shared_folder("recordings")


@pytest.fixture(params=["recordings", "recordings-2"])
def recordings_folder(request):
    """Each folder of real recordings in turn."""
    return shared_folder(request.param)
