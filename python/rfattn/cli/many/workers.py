# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens what does the work on many items: this process, or workers of dask.distributed."""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager

from ...packages import load
from .cluster import Cluster, Outcome, Watch
from .local_workers import start_cluster

NO_WORKER_S = 120.0
"""How long the start waits for the first worker of a cluster."""
_LOOPBACK = ("tcp://127.", "tcp://localhost:", "tcp://[::1]:")
_SILENT = logging.CRITICAL + 1


def add_worker_options(group) -> None:
    group.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="share the recordings among N processes of this machine",
    ).not_with = "--cluster"
    group.add_argument(
        "--cluster",
        metavar="ADDRESS",
        default="",
        help="share the recordings among the workers of a dask scheduler, such as "
        "tls://host:8786, which see the same files",
    )


def check_workers(arguments) -> None:
    """Ends with a usage error where the number is none."""
    if arguments.workers is not None and arguments.workers < 1:
        arguments.usage_error(f"--workers must be >= 1, got {arguments.workers}")


@contextmanager
def open_workers(arguments) -> Iterator[InProcess | Cluster]:
    """Starts workers, or connects to a cluster, as the options ask.

    Raises:
        ImportError: a package is missing.
        ValueError: no worker joins the cluster in `NO_WORKER_S`.
        OSError: no scheduler answers.
    """
    if arguments.workers is None and not arguments.cluster:
        yield InProcess()
        return
    option = "--cluster" if arguments.cluster else "--workers"
    distributed = load("distributed", option)
    from . import tls_errors  # needs tornado, as distributed does

    tls_errors.mend()
    log_level = logging.INFO if arguments.debug else _SILENT
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(log_level)
    with ExitStack() as stack:
        if arguments.cluster:
            client = stack.enter_context(_connect(distributed, arguments.cluster))
        else:
            local = stack.enter_context(start_cluster(arguments.workers, log_level))
            client = stack.enter_context(distributed.Client(local))
        try:
            client.wait_for_workers(1, timeout=NO_WORKER_S)
        except TimeoutError:
            raise ValueError(
                f"{option}: no worker has joined {client.scheduler.address} in {NO_WORKER_S:g} s"
            ) from None
        yield Cluster(client)


def _connect(distributed, address: str):
    # A client that failed before is closed when it is collected. Amid the start of another one that
    # would wait for a lock which the start holds.
    gc.collect()
    try:
        client = distributed.Client(address)
    except (TypeError, ValueError) as error:  # the first is about TLS without keys
        raise ValueError(f"--cluster {address}: {error}") from None
    address = client.scheduler.address
    if address.startswith("tcp://") and not address.startswith(_LOOPBACK):
        print(
            f"gr-rfattn: {address} has no authentication: whoever reaches it can run programs on "
            "its workers; use tls://",
            file=sys.stderr,
            flush=True,
        )
    return client


class InProcess:
    """Does the work in this process, one item after the other."""

    def run(self, function: Callable, *arguments):
        return function(*arguments)

    def map(self, function: Callable, items: Iterable, watch: Watch) -> Iterator[Outcome]:
        """Calls ``function`` with each item; yields the outcomes in the order of the items.

        Args:
            function: also takes the keyword ``look``, to be called with the share that is done.

        Raises:
            ImportError: a package is missing, which is no fault of the item.
        """
        for item in items:
            watch.look(f"{item}: loading the model")

            def look(share: float, item=item) -> None:
                watch.look(f"{item}: {share:.0%} read")

            try:
                outcome = Outcome(item, function(item, look=look))
            except ImportError:
                raise
            except Exception as error:
                outcome = Outcome(item, error=str(error))
            yield outcome
