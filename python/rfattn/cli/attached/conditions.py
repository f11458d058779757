# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`--when` of `label` and `live`: the emissions and events that each action is for."""

from __future__ import annotations

import re

from ...emissions.condition import Condition

_ACTIONS = ("record", "record-sound", "exec", "mqtt")
_ON_EVENTS = ("exec", "mqtt")
_OF_ONE = re.compile(r"\s*([a-z-]+)\s*:(.*)", re.DOTALL)


def add_condition_option(group) -> None:
    group.add_argument(
        "--when",
        metavar="[ACTION:]CONDITION",
        action="append",
        default=[],
        help="act only on emissions such as label=mode_s,confidence>=0.8; applies to --record, "
        "--record-sound, --exec and --mqtt, or to one of them, as in exec:label=mode_s, and may be "
        "stated for each; with --station also on events, as in exec:event=new|missing",
    ).needs = "--record, --record-sound, --exec or --mqtt"


def set_conditions(arguments, has_model: bool) -> None:
    """Sets ``arguments.conditions``, a `Condition` for each action. Ends with a usage error where
    one can never hold."""
    asked = [action for action in _ACTIONS if getattr(arguments, action.replace("-", "_"))]
    stated: dict[str, Condition] = {}
    for text in arguments.when:
        match = _OF_ONE.fullmatch(text)
        action, terms = match.groups() if match else ("", text)
        stated[action] = condition = _read(arguments, terms, has_model)
        takers = _ON_EVENTS if condition.is_of_events else _ACTIONS
        if not any(one in takers and one == (action or one) for one in asked):
            rule = "be for an action that is asked for, and on events for exec and mqtt alone"
            arguments.usage_error(f"--when must {rule}, got {text}")
    if "" in stated and stated.keys() >= set(asked):
        arguments.usage_error(f"--when {stated[''].text}: each action has a condition of its own")
    shared = stated.get("", Condition())
    found = {action: stated.get(action, shared) for action in _ACTIONS}
    for action in set(_ACTIONS).difference(_ON_EVENTS):
        found[action] = found[action].on_emissions()
    arguments.conditions = found


def _read(arguments, text: str, has_model: bool) -> Condition:
    if not text.strip():
        arguments.usage_error("--when must have a term, such as label=mode_s, got ''")
    try:
        condition = Condition.parse(text)
    except ValueError as error:
        arguments.usage_error(f"--{error}")
    if condition.is_of_events and not getattr(arguments, "station", ""):
        arguments.usage_error(f"--when: events are those of live --station, got {text}")
    if condition.needs_model() and not has_model:
        arguments.usage_error(f"--when: {condition.needs_model()} needs a model, got --model none")
    return condition
