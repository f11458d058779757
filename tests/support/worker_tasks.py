# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work for the workers of a cluster, some of which does not end well."""

import os
import signal
from pathlib import Path


def square(number):
    """Fails for 13."""
    if number == 13:
        raise ValueError("13 is refused")
    return number * number


def kill_once(flag):
    """Kills its worker, unless the file ``flag`` is there; returns its name."""
    if not Path(flag).exists():
        Path(flag).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return Path(flag).name


def kill_for(item):
    """Kills its worker for "poison"; returns the item."""
    if item == "poison":
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def import_nothing(item):
    raise ImportError("no module here")


def leave_cluster(scheduler_pid):
    """Ends the scheduler."""
    os.kill(scheduler_pid, signal.SIGKILL)
