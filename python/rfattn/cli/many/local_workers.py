# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A dask scheduler in this process, and worker processes that are started again when they die."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ...packages import load

DEATHS = 2
"""After the deaths of so many workers, an item is tried once more, alone."""
_AGAIN_S = 0.5
"""Seconds from the death of a worker to the start of the next."""
_CLOSE_S = 5.0


@contextmanager
def start_cluster(count: int, log_level: int) -> Iterator:
    """Starts ``count`` workers of one thread; yields the `distributed.LocalCluster`.

    Scheduler and workers listen on 127.0.0.1 and take only who has the key, which is made for this
    run, so that no other user of the machine can give them work.

    Raises:
        ImportError: naming the package that is missing.
    """
    import dask
    import distributed

    load("cryptography", "--workers")
    security = distributed.Security.temporary()
    settings = {
        "distributed.scheduler.allowed-failures": DEATHS - 1,
        "distributed.scheduler.http.routes": [],  # there is a port in any case
    }
    with (
        tempfile.TemporaryDirectory(prefix="gr-rfattn-", ignore_cleanup_errors=True) as folder,
        dask.config.set(settings),
    ):
        cluster = distributed.LocalCluster(
            n_workers=0,
            host="127.0.0.1",
            protocol="tls://",
            security=security,
            dashboard_address="127.0.0.1:0",
            silence_logs=log_level,
        )
        command = _command(cluster.scheduler_address, security, Path(folder))
        keepers = [_Keeper(command, log_level) for _ in range(count)]
        try:
            yield cluster
        finally:
            for keeper in keepers:
                keeper.close()
            with suppress(TimeoutError):  # all that is left ends with this process
                cluster.close(timeout=_CLOSE_S)


def _command(address: str, security, folder: Path) -> list[str]:
    """The command of a worker. The folder, which only this user can read, keeps the key."""
    texts = {
        "--tls-ca-file": security.tls_ca_file,
        "--tls-cert": security.tls_worker_cert,
        "--tls-key": security.tls_worker_key,
    }
    files = []
    for option, text in texts.items():
        path = folder / option.removeprefix("--")
        path.write_text(text)
        files += [option, str(path)]
    program = [sys.executable, "-m", "distributed.cli.dask_worker", address]
    program += ["--preload", f"{__package__}.tls_errors"]
    size = ["--nworkers", "1", "--nthreads", "1", "--memory-limit", "0"]
    place = ["--host", "127.0.0.1", "--local-directory", str(folder)]
    return [*program, *size, *place, "--no-nanny", "--no-dashboard", *files]


class _Keeper:
    """Keeps one worker running. (A nanny of dask loses a worker that dies while it starts.)"""

    def __init__(self, command: list[str], log_level: int):
        self._command = command
        self._environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path),
            "DASK_LOGGING__DISTRIBUTED": str(log_level),
            "DASK_DISTRIBUTED__WORKER__HTTP__ROUTES": "[]",
            **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
        }
        self._is_closing = threading.Event()
        self._process = self._start()
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends the worker, whatever it does."""
        self._is_closing.set()
        while self._thread.is_alive():
            self._process.kill()  # which may be one that has just been started
            self._thread.join(0.1)

    def _start(self) -> subprocess.Popen:
        return subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    def _keep(self) -> None:
        while True:
            self._process.wait()
            if self._is_closing.wait(_AGAIN_S):
                return
            self._process = self._start()
