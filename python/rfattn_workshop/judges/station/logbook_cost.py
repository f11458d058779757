# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a logbook of many emissions costs: answers, writing, and memory.

logbook_cost DIR [--rows 10000000]

DIR gets a logbook with so many made-up emissions, one a second of 400 transmitters, if it has none;
it is used again. Prints the time of each question, the share of a core that writing takes beside a
receiver with 1 and with 50 emissions a second, and by how much the writer grows a process.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gnuradio.rfattn.reporting import Progress, process_bytes, table
from gnuradio.rfattn_station.logbook.heard import Heard, Listened

TRANSMITTERS = 400
LABELS = ("ais", "ook_srd", "fsk_srd", "lora", "mode_s", "dmr", "unknown", None)
BEGIN_S = 1_700_000_000.0
_BATCH, _ROUNDS = 20_000, 3
_LOOKS_A_SECOND = 10
_US = 1e6


def emission(number: int, draw: random.Random) -> Heard:
    """One a second: most of a few busy transmitters; one in a hundred names its sender anew."""
    which = min(int(draw.expovariate(1 / 60)), TRANSMITTERS - 1)
    start = BEGIN_S + number + draw.random() / 2
    width = (10e3, 25e3, 125e3, 2e6)[which % 4]
    return Heard(
        start,
        start + draw.choice((0.02, 0.2, 2.0)),
        430e6 + which * 30e3 + draw.gauss(0, 500),
        width * draw.uniform(0.9, 1.1),
        burst_count=3,
        period_s=0.25,
        snr_db=draw.uniform(5, 30),
        power_db=-40.0,
        symbol_rate=9600.0,
        label=LABELS[which % len(LABELS)],
        family="FSK packets",
        confidence=0.9,
        basis="model",
        sender=f"id {which if draw.random() > 0.01 else number}" if which % 3 == 0 else None,
        receiver="soapy=driver=rtlsdr",
        air_s=0.02,
    )


def make(folder: Path, rows: int, progress: Progress) -> None:
    from gnuradio.rfattn_station.logbook.hours import count_hours
    from gnuradio.rfattn_station.logbook.logbook import Logbook

    logbook, draw = Logbook(folder), random.Random(1)
    for begin in range(0, rows, _BATCH):
        some = [emission(number, draw) for number in range(begin, min(begin + _BATCH, rows))]
        hours = range(begin // 3600, (begin + _BATCH) // 3600 + 1)
        spans = [(BEGIN_S + 3600 * hour, BEGIN_S + 3600 * (hour + 1)) for hour in hours]
        logbook.write(some, [Listened(some[0].receiver, *s, 429e6, 443e6) for s in spans])
        count_hours(logbook, int((BEGIN_S + begin) // 3600), None)
        progress.show(f"{begin} emissions")
    logbook.close()


def questions(rows: int) -> dict[str, tuple[str, dict]]:
    """What is asked, and of which emissions, by the text of each question."""
    night = {"since_us": round((BEGIN_S + rows - 8 * 3600) * 1e6)}
    before = {"until_us": round((BEGIN_S + rows / 2) * 1e6)}
    busy, quiet = (
        {"low_hz": low, "high_hz": high} for low, high in ((430e6, 430.1e6), (438e6, 441e6))
    )
    ais, others = {"label": "ais"}, {"low_hz": 430.02e6, "high_hz": 430.1e6}
    return {
        "what was heard at all": ("labels", {}),
        "what was heard last night": ("labels", night),
        "what was heard in a band": ("labels", busy),
        "a label": ("labels", ais),
        "a sender": ("labels", {"sender": "id 0"}),
        "the newest": ("list", {}),
        "the newest before a time": ("list", before),
        "the newest of a busy band": ("list", busy),
        "of a busy band before a time": ("list", {**busy, **before}),
        "of a quiet band": ("list", quiet),
        "of a band without any": ("list", {"low_hz": 500e6, "high_hz": 600e6}),
        "of a label": ("list", ais),
        "of a label in a quiet band": ("list", {**ais, **quiet}),
        "of a label in a busy band without it": ("list", {**ais, **others}),
        "of emissions without a label": ("list", {"label": ""}),
        "of a sender": ("list", {"sender": "id 0"}),
        "of a sender that came once": ("list", {"sender": f"id {rows // 2}"}),
        "of a sender, band and label": ("list", {"sender": "id 0", **ais, **busy}),
        "occupancy at all": ("occupancy", {}),
        "occupancy of a band": ("occupancy", {"low_hz": 433e6, "high_hz": 434e6}),
        "occupancy last night": ("occupancy", night),
        "occupancy before a time": ("occupancy", before),
    }


def ask(folder: Path, rows: int) -> list[list]:
    """A row for each question: seconds at first, the least CPU time of some rounds, and rows of the
    answer. As in `station DIR`, each answer has labels and times of listening, too."""
    from gnuradio.rfattn_station.logbook.logbook import Logbook
    from gnuradio.rfattn_station.logbook.occupancy import occupancies
    from gnuradio.rfattn_station.logbook.questions import (
        Filter,
        emissions,
        heard_labels,
        listened_to,
    )

    logbook, found = Logbook(folder, is_new=False), []
    more = {
        "labels": heard_labels,
        "list": lambda data, asked: emissions(data, asked, 200),
        "occupancy": occupancies,
    }
    for text, (kind, settings) in questions(rows).items():
        asked, times = Filter(**settings), []
        for _ in range(_ROUNDS):
            began, began_cpu = time.monotonic(), time.process_time()
            with logbook.reading() as data:
                answer = more[kind](data, asked)
                if kind != "labels":
                    heard_labels(data, asked)
                listened_to(data, asked)
            times.append((time.monotonic() - began, time.process_time() - began_cpu))
        best = min(cpu for _, cpu in times)
        found.append([kind, text, f"{times[0][0]:.3f}", f"{best:.3f}", len(answer)])
    return found


def write(folder: Path, rows: int, a_second: int, seconds: int, follower=None) -> tuple:
    """CPU time of a second of writing, and of counting an hour beside it, as shares of a core."""
    from gnuradio.rfattn_station.logbook.hours import count_hours
    from gnuradio.rfattn_station.logbook.logbook import Logbook
    from gnuradio.rfattn_station.logbook.writer import LogbookWriter

    draw = random.Random(2)
    number = rows + 3600 * random.randrange(10**6)
    some = [emission(number + i // a_second, draw) for i in range(a_second * seconds)]
    writer = LogbookWriter(folder, follower=follower)
    size = max(1, a_second // _LOOKS_A_SECOND)
    began = time.process_time()
    for begin in range(0, len(some), size):
        for one in some[begin : begin + size]:
            writer.add(one)
        writer.settle(10.0)
    took = time.process_time() - began
    writer.close()
    assert (writer.kept, writer.lost) == (len(some), 0), (writer.kept, writer.lost)
    logbook = Logbook(folder)
    began = time.process_time()
    count_hours(logbook, 2**40)
    counting = time.process_time() - began
    logbook.close()
    return took / seconds, counting / seconds


def joining(rows: int, a_second: int) -> float:
    """As `write`, with the transmitters of `live --station`, in a new logbook."""
    from gnuradio.rfattn_station.logbook.follower import Follower
    from gnuradio.rfattn_station.transmitters.station import Station

    follower = Follower("soapy=driver=rtlsdr", lambda state: Station())
    with tempfile.TemporaryDirectory() as folder:
        return write(Path(folder), rows, a_second, 300, follower)[0]


def grown(folder: Path, rows: int) -> int:
    """Bytes by which the writer makes a process larger that has imported what a receiver needs."""
    import gnuradio.rfattn.flowgraph.emissions  # noqa: F401

    before = process_bytes("VmRSS")
    write(folder, rows, 50, 200)
    return process_bytes("VmHWM") - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--grown", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    folder, rows = arguments.folder, arguments.rows
    if arguments.grown:
        print(grown(folder, rows))
        return
    if not folder.exists():
        with Progress() as progress:
            make(folder, rows, progress)
    size = sum(path.stat().st_size for path in folder.glob("logbook*"))
    print(f"{rows} emissions, {size / rows:.0f} bytes each")
    print(table(["kind", "question", "first, s", "CPU, s", "rows"], ask(folder, rows)))
    for a_second in (1, 50):
        took, counting = write(folder, rows, a_second, 300)
        print(f"{a_second} a second: writing {took:.2%}, counting {counting:.2%} of a core")
        joined = joining(rows, a_second)
        print(f"{a_second} a second: writing and joining into transmitters {joined:.2%}")
    child = [sys.executable, "-m", __spec__.name, str(folder), "--rows", str(rows), "--grown"]
    more = int(subprocess.run(child, capture_output=True, text=True, check=True).stdout)
    print(f"memory: {more / 2**20:.1f} MiB more")


if __name__ == "__main__":
    main()
