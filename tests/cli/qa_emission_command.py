# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""--exec: what a command gets, that no shell sees it, and that all is bounded and counted."""

import sys

import pytest
from gnuradio.rfattn.cli.attached import emission_command
from gnuradio.rfattn.cli.attached.emission_command import AT_ONCE, MOST_WAITING, EmissionCommand
from gnuradio.rfattn.emissions.facts import facts_of
from gnuradio.rfattn.emissions.rounding import rounded
from gnuradio.rfattn.messages import schema

from page_messages import emission

PYTHON = sys.executable
WRITE = "import os, sys; open(sys.argv[1], 'a').write(f'{sys.argv[2:]} {os.environ[sys.argv[3]]}')"


def facts(**fields):
    known = {"label": "nfm", "guess": "nfm", "confidence": 0.9, **fields}
    return rounded(facts_of(schema.read("emissions", emission(7, "end", **known))))


def command(text, reports=None, clock=None):
    settings = {} if clock is None else {"clock": clock}
    return EmissionCommand(text, [].append if reports is None else reports.append, **settings)


def test_facts_are_arguments_and_environment(tmp_path):
    out = tmp_path / "out"
    runner = command(f'{PYTHON} -c "{WRITE}" {out} "{{label}} at {{frequency}}" RFATTN_CONFIDENCE')
    runner.add(facts())
    runner.close()
    assert out.read_text() == "['nfm at 446000500', 'RFATTN_CONFIDENCE'] 0.9"
    assert (runner.run, runner.failed, runner.not_run) == (1, 0, 0)


@pytest.mark.parametrize(
    "name, text",
    [
        ("frequency", "433420783"),
        ("frequency_mhz", "433.4208"),
        ("width", "12500"),
        ("snr_db", "14.3"),
        ("power_db", "-40"),
        ("confidence", "0.9877"),
        ("duty", "0.00002"),
        ("symbol_rate", "45.455"),
    ],
)
def test_numbers_have_the_digits_that_mean_something(tmp_path, name, text):
    out = tmp_path / "out"
    runner = command(f'{PYTHON} -c "{WRITE}" {out} "{{{name}}}" RFATTN_{name.upper()}')
    edges = {"freq_lower": 433414533.3517, "freq_upper": 433427033.3517}
    measured = {"snr_db": 100 / 7, "confidence": 0.98765, "duty": 2e-5, "symbol_rate": 500 / 11}
    runner.add(facts(**edges, **measured))
    runner.close()
    assert out.read_text() == f"['{text}', 'RFATTN_{name.upper()}'] {text}"


@pytest.mark.parametrize(("name", "text"), [("period_s", ""), ("label", "unlabelled")])
def test_what_is_not_known_is_empty_but_the_label(tmp_path, name, text):
    out = tmp_path / "out"
    runner = command(f'{PYTHON} -c "{WRITE}" {out} "{{{name}}}" RFATTN_{name.upper()}')
    runner.add(facts(period_s=None, label=None, guess=None, confidence=None))
    runner.close()
    assert out.read_text() == f"['{text}', 'RFATTN_{name.upper()}'] {text}"


def test_a_command_waits_for_the_recording_and_gets_what_was_decoded(tmp_path):
    out, paths = tmp_path / "out", {1: None, 2: "cut/b.sigmf-meta"}
    runner = command(f'{PYTHON} -c "{WRITE}" {out} "{{decoded}} {{recording}}" RFATTN_DECODED')
    runner.add(facts(), "AIS: a\x1b[31m", lambda: paths[1])
    runner.add(facts(), "AIS: b", lambda: paths[2])
    while runner.run < 1 or runner._running:
        runner.poll()
    assert out.read_text() == "['AIS: b cut/b.sigmf-meta', 'RFATTN_DECODED'] AIS: b"
    out.unlink()
    paths[1] = ""
    runner.close()
    assert out.read_text() == r"['AIS: a\\x1b[31m ', 'RFATTN_DECODED'] AIS: a\x1b[31m"
    assert (runner.run, runner.not_run) == (2, 0)


def test_no_shell_reads_a_label(tmp_path):
    out = tmp_path / "out"
    runner = command(f'{PYTHON} -c "{WRITE}" {out} {{label}} RFATTN_LABEL')
    label = f"$(touch {tmp_path}/x); `id`\n;"
    runner.add(facts(label=label))
    runner.close()
    shown = label.replace("\n", "\\n")
    assert out.read_text() == f"{[shown, 'RFATTN_LABEL']} {shown}"
    assert not (tmp_path / "x").exists()


def test_each_kind_of_failure_is_reported_once(tmp_path):
    reports = []
    runner = command(f'{PYTHON} -c "raise SystemExit(3)"', reports)
    for _ in range(6):
        runner.add(facts())
    runner.close()
    assert (runner.run, runner.failed) == (6, 6)
    assert reports == [f"--exec: {PYTHON} ended with status 3 (the summary counts further ones)"]


def test_a_program_that_cannot_start(tmp_path):
    program = tmp_path / "program"
    program.write_text("no program\n")
    program.chmod(0o755)
    reports = []
    runner = command(str(program), reports)
    runner.add(facts())
    runner.close()
    assert (runner.run, runner.failed) == (1, 1) and "does not start: Exec format" in reports[0]


def test_what_takes_too_long_is_killed_and_what_has_no_room_is_counted(monkeypatch):
    now, reports = [0.0], []
    runner = command("sleep 1000", reports, lambda: now[0])
    for _ in range(AT_ONCE + MOST_WAITING + 3):
        runner.add(facts())
    assert (runner.run, runner.not_run) == (AT_ONCE, 3)
    now[0] = emission_command.LIMIT_S
    runner.poll()
    assert (runner.run, runner.failed) == (2 * AT_ONCE, AT_ONCE)
    monkeypatch.setattr(emission_command, "END_S", 0.0)
    runner.close()
    assert (runner.failed, runner.not_run) == (2 * AT_ONCE, 3 + MOST_WAITING - AT_ONCE)
    assert [report.partition(" (")[0] for report in reports] == [
        "--exec: sleep ran for more than 60 s and was killed",
        "--exec: sleep had not ended at the end and was killed",
    ]


@pytest.mark.parametrize(
    "text, message",
    [
        ("no-such-program {label}", "exec: no program .no-such-program"),
        ("  ", "exec: no program"),
        ("echo 'x", "exec: No closing quotation in"),
        ("echo {lable}", r"exec: unknown name {lable}; did you mean label\?"),
        ("echo {zzz}", "exec: unknown name {zzz}; known are id, time"),
    ],
)
def test_refusals(text, message):
    with pytest.raises(ValueError, match=message):
        command(text)


def test_other_braces_stay(tmp_path):
    out = tmp_path / "out"
    runner = command(f"""{PYTHON} -c "{WRITE}" {out} '{{"a": {{id}}}}' RFATTN_ID""")
    runner.add(facts())
    runner.close()
    assert out.read_text() == """['{"a": 7}', 'RFATTN_ID'] 7"""
