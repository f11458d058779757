# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Try the file of a service: send what it describes, look for it, and say what proves it.

Prints how many of the takes are found at 20, 12 and 8 dB and what else they are taken for. The file
is one as docs/services.md describes, or the name of a shipped one, such as pocsag. Once it works,
it belongs into ~/.local/share/gr-rfattn/services.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

SNRS_DB = (20, 12, 8)
_LEAST_S, _MOST_S = 1.5, 60.0


def add_arguments(parser) -> None:
    add = parser.add_argument
    add("file", metavar="FILE|NAME", help="of the service, TOML")
    add(
        "--takes",
        type=int,
        default=16,
        metavar="N",
        help="transmitters drawn for each SNR (default: %(default)s)",
    )
    add(
        "--seconds",
        type=float,
        metavar="S",
        help="length of a take (default: two frames, at least 1.5)",
    )
    add("--seed", type=int, default=1, help="of all that is drawn (default: %(default)s)")
    add("--jobs", type=int, default=1, metavar="N", help="processes (default: %(default)s)")
    add("--picture", metavar="PNG", help="write a spectrogram of one take here")
    add("--quiet", action="store_true", help="no progress on stderr")


def run(arguments) -> int:
    from gnuradio.rfattn.reporting import Progress, table

    from .processes import results

    path, services = read(arguments)
    seconds = {name: arguments.seconds or length(rows) for name, rows in services.items()}
    if arguments.picture:
        draw(services, seconds, arguments.seed, Path(arguments.picture))
    tasks = [
        (path, name, seconds[name], float(snr), arguments.seed + number)
        for name in services
        for snr in SNRS_DB
        for number in range(arguments.takes)
    ]
    counts: Counter = Counter()
    with TemporaryDirectory() as home, Progress(arguments.quiet, len(tasks)) as progress:
        _install(path, Path(home))
        for done, (name, snr, found) in enumerate(results(take, tasks, arguments.jobs), 1):
            progress.show(name, done)
            counts[name, snr, found] += 1
    for name, rows in services.items():
        title = rows[0].title or f"some of the class {rows[0].label}"
        print(f"{name}: {title}; {rows[0].source}")
        print(f"proved by {proof(rows)}; takes of {seconds[name]:.3g} s\n")
        lines = []
        for snr in SNRS_DB:
            taken = {f: n for (s, d, f), n in counts.items() if (s, d) == (name, snr)}
            others = [f"{f} ({n})" for f, n in taken.items() if f not in (name, "")]
            found = f"{taken.get(name, 0)} of {arguments.takes}"
            lines.append([f"{snr} dB", found, ", ".join(others)])
        print(table(["SNR", "found", "taken for"], lines))
    return 0


def _install(path: Path, home: Path) -> None:
    """Puts the file where processes that begin from now on look for those of a user."""
    own = home / "gr-rfattn" / "services"
    own.mkdir(parents=True)
    shutil.copy(path, own / path.name)
    os.environ["XDG_DATA_HOME"] = str(home)


def read(arguments) -> tuple[Path, dict[str, list]]:
    """The file, and its rows by the name of the format.

    Raises:
        OSError, ValueError: in one line, see `read_formats`; a row does not say how it is sent, is
            not found in its own vectors, or an option is out of range.
    """
    from gnuradio.rfattn.catalogue.formats import FILE, SERVICES, read_formats
    from gnuradio.rfattn.checked import shown
    from gnuradio.rfattn.rfattn_python import check_format, format_row

    from . import check_least

    check_least(arguments, takes=1, seed=0, jobs=1)
    if arguments.seconds is not None and not 0.1 <= arguments.seconds <= _MOST_S:
        raise ValueError(f"--seconds must be from 0.1 to {_MOST_S:g}, got {arguments.seconds:g}")
    path = Path(arguments.file)
    if not path.exists():
        shipped = {one.stem: one for one in FILE.with_name(SERVICES).glob("*.toml")}
        if path.stem not in shipped:
            known = ", ".join(sorted(shipped))
            raise ValueError(f"FILE must exist, or be of {known}, got {shown(arguments.file)}")
        path = shipped[path.stem]
    sent = {}
    for name, rows in read_formats(path.resolve()).items():
        for row in rows:
            try:
                check_format(row.fill(format_row()))
            except ValueError as error:
                raise ValueError(f"{path}: {row.with_value(str(error))}") from None
        sent[name] = [row for row in rows if row.sent]
    sent = {name: rows for name, rows in sent.items() if rows}
    if not sent:
        raise ValueError(f"{path}: a table sent must say how a format is sent, got none")
    return path.resolve(), sent


def length(rows: list) -> float:
    """How long a take must be so that a frame is whole in it: s."""
    from ..synthesis.services.rows.row_sender import frame_s

    return min(max(2 * frame_s(rows), _LEAST_S), _MOST_S)


def proof(rows: list) -> str:
    """What the frames in the vectors of a format prove, such as "32 bits of words"."""
    from gnuradio.rfattn.rfattn_python import find_format, format_row

    found = [find_format(row.fill(format_row()), row.keys["vectors"][0]) for row in rows]
    bits = sorted({f"{one[2]:.0f}" for one in found}, key=int)
    return f"{' or '.join(bits)} bits of {'a frame' if rows[0].keys.get('coding') else 'words'}"


def take(task: tuple) -> tuple[str, float, str]:
    """Sends one take in a process of its own: name, SNR and the format that is found, or ""."""
    path, name, seconds, snr_db, seed = task
    from ..judges.frames_found import RATES, largest
    from ..judges.naming.labels_kinds import Kind
    from ..judges.naming.labels_scenes import draw as draw_scene
    from ..synthesis.scene_signal import prepared_signal

    kind = Kind(_kind(path, name), name, frozenset([name]), frozenset())
    drawn = draw_scene([kind], seed, RATES, seconds, snr_db)
    record = None if drawn is None else largest(drawn)
    prepared_signal.cache_clear()
    return name, snr_db, (record.latest.sync or "") if record else ""


_kinds: dict = {}


def _kind(path: Path, name: str) -> str:
    """The kind of a scene that a format of the file sends."""
    from gnuradio.rfattn.catalogue.formats import read_formats

    from ..synthesis.propagation import propagate
    from ..synthesis.scene_signal import add_kinds
    from ..synthesis.services.rows.row_sender import sender

    if name not in _kinds:
        make = sender([row for row in read_formats(path)[name] if row.sent])
        _kinds[name] = lambda rng, seconds: propagate(rng, make(rng, seconds))
        add_kinds({f"row:{name}": _kinds[name]})
    return f"row:{name}"


def draw(services: dict, seconds: dict, seed: int, path: Path) -> None:
    """Writes a spectrogram of one take of each format, without noise."""
    from functools import partial

    import numpy as np
    from gnuradio.rfattn.files import replace_with
    from matplotlib.figure import Figure

    from ..synthesis.services.rows.row_sender import sender

    figure = Figure(figsize=(7.2, 2.6 * len(services)), layout="constrained")
    every = figure.subplots(len(services), squeeze=False)[:, 0]
    for axes, (name, rows) in zip(every, services.items(), strict=True):
        signal = sender(rows)(np.random.default_rng(seed), seconds[name])
        size = int(np.clip(2 ** round(np.log2(len(signal.samples)) / 2), 32, 1024))
        noisy = signal.samples + 1e-3 * np.random.default_rng(0).standard_normal(
            (len(signal.samples), 2)
        ).view(complex).ravel().astype(np.complex64)
        axes.specgram(noisy, size, signal.rate / 1e3, noverlap=size // 2, cmap="inferno")
        ticks = axes.get_xticks()
        axes.set_xticks(ticks, [f"{tick / 1e3:g}" for tick in ticks])
        axes.set_xlim(0, 1e3 * len(signal.samples) / signal.rate)
        axes.set(xlabel="time in s", ylabel="frequency in kHz", title=name)
    replace_with(path, partial(figure.savefig, dpi=110, format="png"))
