#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether `gr-rfattn live` keeps its size and its accounts while everything that it offers is on.

python3 live_hour.py --seconds 3600 > live_hour.md

A made-up band with 20 emissions is played again and again by the replay receiver. `live` labels it,
records, runs a command for each emission, writes JSON, and publishes to a mosquitto broker and to
`serve`, whose page is open in a headless Chromium. Prints memory and processor time over the run,
and compares what each receiver got with what `live` counted. Exit status 1 when a count differs or
memory grows. Needs the replay device, mosquitto, python3-paho-mqtt, chromium, and PYTHONPATH as the
tests do.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from gnuradio.rfattn.benchmark.machine import describe, summary
from gnuradio.rfattn_workshop.synthesis.scene import draw_scene
from gnuradio.rfattn_workshop.synthesis.scene_files import write_scene

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "support"))
PROGRAM = ROOT / "build" / "gr-rfattn"
PLUGINS = ROOT / "build" / "tests" / "support" / "soapy_replay"
EMISSIONS, SNR_DB = 20, (6.0, 30.0)
KINDS = ("nfm", "dmr", "pager", "ook", "ais", "carrier")
SETTLED_S = 0.25
"""Share of the time after which memory may no longer grow."""
LARGEST_GROWTH = 1.03
ROWS = 12
_TICKS = os.sysconf("SC_CLK_TCK")


def parse(arguments=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--seconds", type=float, default=3600.0, help="of the run (default: 3600)")
    add("--rate", type=float, default=500e3, help="of the receiver, Hz (default: 500e3)")
    add("--band-s", type=float, default=60.0, help="length of the band that repeats")
    add("--every-s", type=float, default=10.0, help="between two readings of memory")
    add("--seed", type=int, default=1)
    add("--out", type=Path, help="keep the files of the run in this folder, which must be new")
    return parser.parse_args(arguments)


def main(arguments=None) -> int:
    options = parse(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.out or Path(temporary)
        folder.mkdir(exist_ok=not options.out)
        found = run(options, folder.resolve())
    print(
        report(options, found, shlex.join(["examples/benchmark/path/live_hour.py", *sys.argv[1:]]))
    )
    return int(bool(found["faults"]))


def run(options, folder: Path) -> dict:
    """rows, a dictionary each; what `live` stated; what arrived elsewhere; faults, a line each."""
    from browser import Browser
    from mqtt_broker import broker, free_port, subscribed
    from page_server import Server

    scene = draw_scene(
        options.seed, options.band_s, emissions=EMISSIONS, snr_db=SNR_DB, kinds=KINDS
    )
    (meta,) = write_scene(scene, folder / "band", [options.rate])
    stats, port = f"ipc://{folder}/stats", free_port()
    with broker(folder, port), subscribed(port, "rfattn/emissions") as messages:
        server = Server(stats, "--recordings", folder / "cut")
        browser = Browser()
        browser.open(server.page)
        live = _start_live(options, folder, meta, stats, port)
        try:
            rows = _watch({"live": live.pid, "serve": server._process.pid}, live, options)
            page = browser.value("document.querySelectorAll('#lines tr').length")
        finally:
            live.send_signal(signal.SIGTERM)
            live.wait()
            browser.close()
            server.stop()
        arrived = [messages.get() for _ in range(messages.qsize())]
    stated = json.loads((folder / "found.json").read_text())
    got = _arrived(folder, [value for _, value in arrived], page)
    return {"rows": rows, "stated": stated, "got": got, "faults": _faults(stated, got, rows)}


def _start_live(options, folder: Path, meta: Path, stats: str, port: int) -> subprocess.Popen:
    recording = str(meta).removesuffix(".sigmf-meta")
    written = shlex.quote(str(folder / "commands"))
    command = [PROGRAM, "live", "--duration", str(options.seconds), "--quiet"]
    command += ["--source", f"soapy=driver=rfattn_replay,recording={recording}"]
    command += ["--rate", str(options.rate), "--freq", "433.92M"]
    command += ["--stats", stats, "--mqtt", f"127.0.0.1:{port}"]
    command += ["--json", folder / "found.json", "--record", folder / "cut"]
    command += ["--exec", f"sh -c 'echo \"$RFATTN_ID $RFATTN_LABEL\" >>{written}'"]
    environment = {**os.environ, "SOAPY_SDR_PLUGIN_PATH": str(PLUGINS)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)


def _watch(pids: dict[str, int], live: subprocess.Popen, options) -> list[dict]:
    """Resident bytes and processor seconds of both programs, until ``live`` ends."""
    begin, rows = time.monotonic(), []
    while live.poll() is None:
        row = {"seconds": time.monotonic() - begin}
        for name, pid in pids.items():
            row[f"{name} rss"], row[f"{name} cpu"] = resident_bytes(pid), processor_seconds(pid)
        if all(row.values()):
            rows.append(row)
        try:
            live.wait(options.every_s)
        except subprocess.TimeoutExpired:
            continue
    return rows


def resident_bytes(pid: int) -> int:
    """Resident size of a process; 0 when it has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def processor_seconds(pid: int) -> float:
    """User and system time that a process has taken; 0 when it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _arrived(folder: Path, messages: list[dict], rows_on_page: int) -> dict:
    """What came out elsewhere; emissions by their numbers."""
    commands = folder / "commands"
    return {
        "mqtt": len(messages),
        "mqtt ended": len({m["id"] for m in messages if m["state"] == "end"}),
        "commands": len(commands.read_text().splitlines()) if commands.exists() else 0,
        "recordings": len(list((folder / "cut").glob("*.sigmf-meta"))),
        "rows on the page": rows_on_page,
    }


def _faults(stated: dict, got: dict, rows: list[dict]) -> list[str]:
    tokens, stats, actions = stated["tokens"], stated["stats"], stated["actions"]
    ended = sum(1 for emission in stated["emissions"] if emission["burst_count"])
    done = actions["commands_run"] + actions["commands_failed"] + actions["commands_not_run"]
    accounts = {
        "tokens in": (tokens["in"], sum(tokens.values()) - tokens["in"]),
        "emissions and commands": (ended, done),
        "commands run": (actions["commands_run"], got["commands"]),
        "MQTT messages sent and received": (actions["mqtt_sent"], got["mqtt"]),
        "recordings": (stats["recordings"], got["recordings"]),
    }
    if not actions["mqtt_lost"]:
        accounts["emissions and MQTT messages of their end"] = (ended, got["mqtt ended"])
    faults = [f"{name}: {a} and {b}" for name, (a, b) in accounts.items() if a != b]
    for name in ("live", "serve"):
        growth = growth_of(rows, f"{name} rss")
        if growth > LARGEST_GROWTH:
            faults.append(f"memory of {name} grew by {growth - 1:.1%}")
    return faults


def growth_of(rows: list[dict], name: str) -> float:
    """Largest value of the last quarter over the largest of the second."""
    last = rows[-1]["seconds"]

    def largest(begin: float, end: float) -> float:
        inside = [r[name] for r in rows if begin * last <= r["seconds"] <= end * last]
        return max(inside or [rows[-1][name]])

    return largest(1 - SETTLED_S, 1.0) / largest(SETTLED_S, 2 * SETTLED_S)


def report(options, found: dict, command: str) -> str:
    """Markdown."""
    rows, stated, got = found["rows"], found["stated"], found["got"]
    chosen = [rows[i] for i in np.unique(np.linspace(0, len(rows) - 1, ROWS).astype(int))]
    stats, tokens, actions = stated["stats"], stated["tokens"], stated["actions"]
    table = [
        f"| {r['seconds']:.0f} | {r['live rss'] / 2**20:.0f} | {r['live cpu']:.0f} | "
        f"{r['serve rss'] / 2**20:.0f} | {r['serve cpu']:.0f} |"
        for r in chosen
    ]
    searched = stats["samples"] / stated["sample_rate"]
    counts = ", ".join(f"{name} {count:,}" for name, count in tokens.items())
    acted = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in actions.items())
    names = ("emissions_not_cut", "samples_missed", "emissions_not_recorded")
    left = ", ".join(f"{name.replace('_', ' ')} {stats[name]:,}" for name in names)
    return "\n".join(
        [
            "# An hour of `live` (`live_hour.py`)",
            "",
            f"    {command}",
            "",
            f"{summary(describe('cpu'))}. "
            f"{options.rate / 1e3:g} kS/s with {EMISSIONS} emissions, model and recorder on, "
            "statistics to `serve` with one page open, MQTT to mosquitto, a command for each "
            "emission, `--json`.",
            "",
            "| s | `live` MiB | CPU s | `serve` MiB | CPU s |",
            "|---|---|---|---|---|",
            *table,
            "",
            f"Searched: {searched:,.0f} s of {stats['uptime_seconds']:,.0f} s.",
            f"Emissions: {len(stated['emissions']):,}. Left out: {left}.",
            f"Tokens: {counts}.",
            f"Actions: {acted}.",
            f"Arrived: {', '.join(f'{name} {count:,}' for name, count in got.items())}.",
            "The largest resident size of the last quarter is "
            f"{growth_of(rows, 'live rss'):.3f} of that of the second (`serve`: "
            f"{growth_of(rows, 'serve rss'):.3f}).",
            f"Faults: {'; '.join(found['faults']) or 'none'}.",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
