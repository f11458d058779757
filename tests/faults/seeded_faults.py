# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seeds faults into the core, one at a time, and counts how many of them the tests find.

    export PYTHONPATH=$PWD/build/test_modules
    /usr/bin/python3 tests/faults/seeded_faults.py lines
    /usr/bin/python3 tests/faults/seeded_faults.py python
    /usr/bin/python3 tests/faults/seeded_faults.py cpp

`lines` runs the tests of the rooms once and writes which lines each executes; after a change of
tests, `lines FOLDER` writes those of the folder anew. `python` changes a copy of the package and
tries each fault against the tests that execute its line, the quickest first. `cpp` builds a copy
of the tree and tries each fault against the test programs that include a header of its room.
Rooms may be named; `--missed` tries again what the last run missed. All is in build/faults/.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import asdict
from pathlib import Path

from cpp_faults import cpp_faults
from python_faults import Fault, python_faults

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WORK = ROOT / "build" / "faults"
LINES = WORK / "lines.json"
PACKAGE = Path("gnuradio") / "rfattn"
PYTHON_ROOMS = (
    "attention",
    "capacity",
    "content",
    "decoding",
    "emissions",
    "inference",
    "link",
    "messages",
    "recordings",
    "telemetry",
)
CPP_ROOMS = (
    "base",
    "channel",
    "detect",
    "fit",
    "floor",
    "frames",
    "measure",
    "model",
    "spectra",
    "streams",
    "symbols",
    "track",
    "words",
)
# Tests of more seconds than this in all are not run against one fault.
MOST_SECONDS = 60.0
MOST_BYTES = 4 << 30
"""Of memory for what has a fault, which may ask for any."""


def limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))


def _modules() -> Path:
    """The folder that has the package, which is not changed."""
    return Path(os.environ["PYTHONPATH"].split(":")[0]).resolve()


def record_lines(folders: list[str]) -> None:
    """Runs tests, and writes which lines of the package each executes."""
    WORK.mkdir(parents=True, exist_ok=True)
    modules = _modules()
    environment = os.environ | {
        "PYTHONPATH": f"{modules}:{HERE}",
        "RFATTN_FAULT_ROOT": str(modules / PACKAGE),
        "RFATTN_FAULT_TABLE": str(LINES),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "fault_lines", *folders]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def tests_of_lines() -> dict[tuple[str, int], list[str]]:
    """The tests that execute each line of the package, the quickest first."""
    tests = json.loads(LINES.read_text())
    found = defaultdict(list)
    for name in sorted(tests, key=lambda name: tests[name]["seconds"]):
        for file, lines in tests[name]["lines"].items():
            for line in lines:
                found[file, line].append(name)
    return found


def draw(room: str, faults: list[Fault], seed: int) -> list[Fault]:
    """The faults of a room in the order in which they are tried; other rooms do not change it."""
    return random.Random(f"{seed} {room}").sample(faults, len(faults))


class PythonTrial:
    """Tries faults in a copy of the built package."""

    def __init__(self):
        self._copy = WORK / "modules"
        shutil.rmtree(self._copy, ignore_errors=True)
        shutil.copytree(_modules(), self._copy)
        self._tests = tests_of_lines()
        self._seconds = {k: v["seconds"] for k, v in json.loads(LINES.read_text()).items()}

    def faults(self, room: str) -> list[Fault]:
        package = self._copy / PACKAGE
        return [
            fault
            for path in sorted((package / room).rglob("*.py"))
            for fault in python_faults(str(path.relative_to(package)), path.read_text())
        ]

    def outcome(self, fault: Fault) -> str:
        chosen, seconds = [], 0.0
        for name in self._tests.get((fault.file, fault.line), []):
            seconds += self._seconds[name]
            if chosen and seconds > MOST_SECONDS:
                break
            chosen.append(name)
        if not chosen:
            return "not executed"
        path = self._copy / PACKAGE / fault.file
        source = path.read_text()
        listed = WORK / "chosen.txt"
        listed.write_text("\n".join(chosen))
        try:
            path.write_text(fault.apply(source))
            status = _run_tests(["-x", f"@{listed}"], self._copy, 60 + 3 * seconds)
        finally:
            path.write_text(source)
        # 4: a test is not there, since its file cannot be imported any more, or has other tests.
        if status == 4 and _run_tests(["--collect-only", f"@{listed}"], self._copy, 60):
            sys.exit("seeded_faults.py: tests have other names than in lines.json: run `lines`")
        return "found" if status else "missed"


def _run_tests(options: list[str], modules: Path, most_seconds: float) -> int:
    """The exit status of pytest; -1 where it did not end in time."""
    command = [sys.executable, "-B", "-m", "pytest", "-q", *options]
    environment = os.environ | {"PYTHONPATH": str(modules)}
    try:
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, timeout=most_seconds
        ).returncode
    except subprocess.TimeoutExpired:
        return -1


class CppTrial:
    """Tries faults in a copy of the tree with a build folder of its own."""

    def __init__(self):
        self._tree, self._build = WORK / "tree", WORK / "tree" / "build"
        listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
        names = listed.stdout.split("\n")[:-1]
        for path in self._tree.rglob("*"):
            name = str(path.relative_to(self._tree))
            if path.is_file() and not name.startswith("build/") and name not in names:
                path.unlink()
        for name in names:
            self._copy(name)
        launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
        makefiles = ["-G", "Unix Makefiles"]  # whose targets have a form without their dependencies
        self._run(["cmake", "-S", self._tree, "-B", self._build, *makefiles, *launcher])
        self._programs = sorted((self._tree / "tests" / "cpp").glob("*.cc"))
        self._make("cpp_tests")

    def _copy(self, name: str) -> None:
        """Copies a file that differs, so that the build of the last run still holds."""
        source, copy = ROOT / name, self._tree / name
        if copy.exists() and copy.read_bytes() == source.read_bytes():
            return
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, copy)  # as new, so that it is built

    def _make(self, *targets: str) -> None:
        self._run(["cmake", "--build", self._build, "--target", *targets])

    @staticmethod
    def _run(command: list) -> None:
        """Raises CalledProcessError, with what it wrote, where the command fails."""
        ended = subprocess.run(command, capture_output=True, text=True)
        if ended.returncode:
            raise subprocess.CalledProcessError(ended.returncode, command, ended.stderr[-2000:])

    def faults(self, room: str) -> list[Fault]:
        return [
            fault
            for path in sorted((self._tree / "lib" / room).glob("*.cc"))
            for fault in cpp_faults(str(path.relative_to(self._tree)), path.read_text())
        ]

    def outcome(self, fault: Fault) -> str:
        path = self._tree / fault.file
        source = path.read_text()
        try:
            path.write_text(fault.apply(source))
            try:
                self._make("rfattn_kernels", "rfattn_model")
            except subprocess.CalledProcessError:
                return "does not compile"
            programs = self._programs_of(path)
            return "missed" if all(self._passes(program) for program in programs) else "found"
        finally:
            path.write_text(source)

    def _programs_of(self, path: Path) -> list[str]:
        """The programs that include a header of the room, those with the header of the file
        first."""
        room = f'#include "{path.parent.name}/'
        texts = {program.stem: program.read_text() for program in self._programs}
        near = [name for name, text in texts.items() if room in text]
        return sorted(near, key=lambda name: f"{room}{path.stem}.h" not in texts[name])

    def _passes(self, program: str) -> bool:
        self._make(f"{program}/fast")
        command = [self._build / "tests" / program]
        try:
            return not subprocess.run(
                command, capture_output=True, timeout=5 * MOST_SECONDS, preexec_fn=limit_memory
            ).returncode
        except subprocess.TimeoutExpired:
            return False


def seed_faults(language: str, rooms: list[str], count: int, seed: int, missed: bool) -> None:
    """Tries faults of the rooms, and writes how each ended in the place of what was there."""
    trial = PythonTrial() if language == "python" else CppTrial()
    written = WORK / f"{language}.json"
    rows = json.loads(written.read_text()) if written.exists() else []
    for room in rooms:
        before = [row for row in rows if row["room"] == room]
        rows = [row for row in rows if row["room"] != room]
        if missed:
            again = [row for row in before if row["outcome"] == "missed"]
            rows += [row for row in before if row not in again]
            faults = [Fault(**row["fault"]) for row in again]
        else:
            faults = draw(room, trial.faults(room), seed)
        left = count
        for fault in faults:
            outcome = trial.outcome(fault)
            if outcome == "does not compile":
                continue
            rows.append({"room": room, "fault": asdict(fault), "outcome": outcome})
            print(f"{outcome:12} {fault}", flush=True)
            left -= 1
            if not left:
                break
        written.write_text(json.dumps(rows, indent=1))
    print_table(rows)


def print_table(rows: list[dict]) -> None:
    """How many faults of each kind ended how."""
    outcomes = ("found", "missed", "not executed")
    counts = Counter((row["fault"]["kind"], row["outcome"]) for row in rows)
    counts.update(("all", row["outcome"]) for row in rows)
    print(f"{'kind':12}" + "".join(f"{outcome:>14}" for outcome in outcomes))
    for kind in (*sorted({row["fault"]["kind"] for row in rows}), "all"):
        print(f"{kind:12}" + "".join(f"{counts[kind, outcome]:14}" for outcome in outcomes))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=("lines", "python", "cpp"))
    parser.add_argument(
        "where", nargs="*", help="rooms (default: all); with lines, folders or files of tests"
    )
    parser.add_argument("--count", type=int, help="faults of a room (default: 9, of C++ 2)")
    parser.add_argument("--seed", type=int, default=1, help="default: 1")
    parser.add_argument("--missed", action="store_true", help="only those the last run missed")
    arguments = parser.parse_args()
    if "PYTHONPATH" not in os.environ:
        parser.error("PYTHONPATH must name test_modules of the build folder")
    if arguments.what == "lines":
        record_lines(arguments.where or [f"tests/{room}" for room in PYTHON_ROOMS])
        return
    rooms, count = (PYTHON_ROOMS, 9) if arguments.what == "python" else (CPP_ROOMS, 2)
    seed_faults(
        arguments.what,
        arguments.where or list(rooms),
        arguments.count or count,
        arguments.seed,
        arguments.missed,
    )


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"seeded_faults.py: {error.cmd[:2]} failed: {error.output or ''}")
