# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that mean nothing without others: each is refused without each that it needs."""

import re
from argparse import SUPPRESS, ArgumentTypeError

import pytest
from gnuradio.rfattn.cli import make_parser

SAMPLES = ("1", "1M", "x=1", "true", "x")
VALUES = {
    "FILE.jsonl": "x.jsonl",
    "F,F": "1M,2M",
    "soapy=ARGS": "soapy=x",
    "rtl_tcp=HOST:PORT": "rtl_tcp=host:1",
    "zmq=ADDRESS": "zmq=tcp://host:1",
    "file=RECORDING": "file=x",
}
"""Of values of statements, whose capitals stand for any text."""

MEAN_SOMETHING_ALONE = {
    "label": "--rate --freq --datatype --throttle --audio --annotate --csv --record-sound "
    "--sensitivity --min-confidence --band-plan --ignore --record --sidebands --exec --mqtt "
    "--decode --model --attention --norm --device --dtype --threads --runner --run-code "
    "--steps --birdies --stats --prometheus --json --quiet",
    "live": "--source --rate --freq --duration --silent --give-up --annotate --csv --record-sound "
    "--sensitivity "
    "--min-confidence --band-plan --ignore --record --sidebands --exec --mqtt --decode --model "
    "--attention --norm --device --dtype --threads --runner --run-code --steps --birdies "
    "--stats --prometheus --station --json --quiet",
    "devices": "--json",
    "serve": "--stats --topic --hosts --keys --listen --token-file --recordings --station --rigctl",
    "watch": "--topic --count --timeout --once --json --sidebands --keys --prometheus",
    "tune": "--id --follow --rigctl --mode --passband --stats --topic --keys",
    "listen": "--mode --stats --topic --keys --out --device --duration",
    "pulses": "--rate --freq --datatype --at --json",
    "mcp": "--page --page-token-file",
    "station": "--assign --json --since --until --band --label --sender --import --list "
    "--occupancy --csv --mute --unmute",
    "models": "--station --json",
    "doctor": "--json",
    "synthesize": "--out --seed --quiet --per-class --classes --scene",
    "service": "--takes --seconds --seed --jobs --picture --quiet",
    "cut": "--out --rounds --others --classes --recordings --seed --jobs --quiet",
    "train": "--out --config --extra --init --teacher --resume --json",
    "eval": "--split --varied --model --attention --norm --device --dtype --threads --runner "
    "--run-code --workers --cluster --json --quiet",
    "calibrate": "--model --out --val-share --ablate --threads --json --quiet",
    "teach": "--name --list --undo --quiet",
    "card": "--write",
    "convert": "--attention --norm --out --recordings --json",
    "bench": "--out --quick --model --attention --norm --window --block-size --batch --streams "
    "--device --dtype --runner --threads --budget-ms --sample-rate --rounds --seed --eval "
    "--compare --quiet",
    "plan": "--receivers --rate --occupancy --emissions --width --bursts --rest --edges --link "
    "--memory --cores --load --model --attention --norm --device --dtype --window --benchmark "
    "--check --json --quiet",
}
"""A new option needs another one, or is in this list."""


def make_parsers():
    (commands,) = (a for a in make_parser()._actions if isinstance(a.choices, dict))
    for parser in commands.choices.values():
        parser.fill()
    return commands.choices


PARSERS = make_parsers()
NEEDS = [
    pytest.param(name, *rule, id=f"{name}-{rule[0].dest}-{rule[1]}-{rule[2]}")
    for name, parser in PARSERS.items()
    for rule in parser.rules("needs")
]
NOT_WITH = [
    pytest.param(name, *rule, id=f"{name}-{rule[0].dest}-{rule[1]}-{rule[2]}")
    for name, parser in PARSERS.items()
    for rule in parser.rules("not_with")
]


def find(parser, statement):
    name, _, value = statement.partition(" ")
    for action in parser._actions:
        if name in (action.option_strings or [action.metavar]):
            return action, value
    raise AssertionError(f"{parser.prog}: no {name}")


def words_of(action, value):
    """An argument with this value, or with one that it takes."""
    name = action.option_strings[:1]
    if action.nargs == 0:
        return name
    known = VALUES.get(value, value) or next(filter(lambda text: takes(action, text), SAMPLES), "")
    return [*name, str(next(iter(action.choices))) if action.choices and not value else known]


def takes(action, text):
    try:
        return action.type is None or action.type(text) is not None
    except (ValueError, ArgumentTypeError):
        return False


def add(parser, found, statement, without):
    """Adds to ``found``, values by action, a statement and what it needs but for ``without``."""
    action, value = find(parser, statement)
    if action.dest == "source" and not value:
        value = found.get(action, "zmq=ADDRESS")
    if action in found and (found[action] or not value):
        return
    found[action] = value
    for other, of_value, needed in parser.rules("needs"):
        if other is action and of_value in ("", value) and needed != without:
            add(parser, found, re.split(", | or ", needed)[0], without)


def line_of(parser, *statements, without=""):
    """A command with these statements, and with what they and the command need but for
    ``without``."""
    found = {}
    for statement in statements:
        add(parser, found, statement, without)
    choices = [one for one in parser.one_of if one not in re.split(" or ", without)]
    if choices and not any(find(parser, one)[0] in found for one in choices):
        add(parser, found, choices[0], without)
    for action in filter(lambda one: one.required, parser._actions):
        add(parser, found, statement_of(action, ""), without)
    return [word for action, value in found.items() for word in words_of(action, value)]


def refusal(capsys, parser, words):
    with pytest.raises(SystemExit) as ended:
        parser.parse_known_args(words)
    assert ended.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


def statement_of(action, value):
    return " ".join([*action.option_strings[:1], *([value] if value else [])]) or action.metavar


@pytest.mark.parametrize("command, action, value, needed", NEEDS)
def test_an_option_is_refused_without_what_it_needs(command, action, value, needed, capsys):
    parser, statement = PARSERS[command], statement_of(action, value)
    words = line_of(parser, statement, without=needed)
    assert f" needs {needed}" in refusal(capsys, parser, words)
    parsed, rest = parser.parse_known_args(line_of(parser, statement))
    assert parsed.parser is parser and not rest


@pytest.mark.parametrize("command, action, value, other", NOT_WITH)
def test_an_option_is_refused_with_what_it_does_not_go_with(command, action, value, other, capsys):
    parser = PARSERS[command]
    words = line_of(parser, statement_of(action, value), other)
    assert " does not go with " in refusal(capsys, parser, words)


@pytest.mark.parametrize("command", PARSERS)
def test_an_option_needs_another_one_or_means_something_alone(command):
    parser = PARSERS[command]
    shown = [a for a in parser._actions if a.option_strings and a.help != SUPPRESS]
    needy = {action for action, value, _ in parser.rules("needs") if not value}
    alone = [a.option_strings[0] for a in shown if a not in needy and a.dest[:7] != "config:"]
    more = ["--help-all"] if parser.usual else []
    assert sorted(alone) == sorted(["-h", *more, *MEAN_SOMETHING_ALONE[command].split()])


def test_what_is_stated_as_its_default_counts(capsys):
    parser = PARSERS["live"]
    needs = refusal(capsys, parser, ["--source", "file=x", "--mqtt-topic", "rfattn"])
    assert needs.endswith("error: --mqtt-topic needs --mqtt")
    needs = refusal(capsys, parser, ["--source=file=x", "--max-decoders=4"])
    assert needs.endswith("error: --max-decoders needs --decode")


def test_an_empty_value_is_not_what_an_option_needs(capsys):
    words = ["x.cu8", "--mqtt", "", "--mqtt-topic", "t"]
    assert refusal(capsys, PARSERS["label"], words).endswith("--mqtt-topic needs --mqtt")


def test_options_without_a_use_are_refused_one_after_the_other(capsys):
    parser, stated = PARSERS["label"], ["--token-file", "--max-decoders", "--mqtt-topic"]
    words = ["--model", "none", "--rate", "1M", "--max-decoders", "2", "--mqtt-topic", "x"]
    words += ["--token-file", "nix", "t.cu8"]
    while stated:
        line = refusal(capsys, parser, words)
        option = re.search("error: (--[a-z-]+) needs ", line)[1]
        stated.remove(option)
        del words[words.index(option) : words.index(option) + 2]
    assert parser.parse_known_args(words)[0].recordings == ["t.cu8"]


def test_a_refusal_names_what_was_stated_instead(capsys):
    label, live = PARSERS["label"], PARSERS["live"]
    text = refusal(capsys, label, ["x", "--audio", "am", "--deviation", "5k"])
    assert text.endswith("error: --deviation needs --audio fm, got --audio am")
    text = refusal(capsys, live, ["--source", "soapy=driver=x", "--rate", "1M"])
    assert text.endswith("error: --source soapy=driver=x needs --freq")
    text = refusal(capsys, live, ["--source", "file=x.cu8", "--gain", "3"])
    assert text.endswith(
        "error: --gain needs --source soapy=ARGS or --source rtl_tcp=HOST:PORT, got --source "
        "file=x.cu8"
    )


def test_a_rule_names_an_option_that_is_there():
    parser = make_parsers()["card"]
    parser._actions[-1].needs = "--nothing"
    with pytest.raises(LookupError, match="gr-rfattn card has no --nothing"):
        parser.parse_known_args(["x", "--write"])
