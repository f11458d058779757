# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all tests share: the module under test, fixed seeds and the real recordings."""

import random
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

SEED = 20260

RECORDINGS = Path(__file__).resolve().parents[2] / "shared" / "recordings"


def pytest_configure():
    if find_spec("gnuradio.rfattn") is None:
        raise pytest.UsageError(
            "gnuradio.rfattn is not on the path: set PYTHONPATH to test_modules of the build "
            "folder, or run tests/run.sh"
        )


def pytest_report_header():
    return f"gnuradio.rfattn: {Path(find_spec('gnuradio.rfattn').origin).parent}"


@pytest.fixture(autouse=True)
def fixed_seeds():
    """Every test starts from the same random state, whichever ran before it."""
    random.seed(SEED)
    np.random.seed(SEED)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(SEED)


@pytest.fixture
def recordings():
    """Folder of the real recordings; skips where they are not at hand."""
    if not RECORDINGS.is_dir():
        pytest.skip(f"no recordings at {RECORDINGS}")
    return RECORDINGS
