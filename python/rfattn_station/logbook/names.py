# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person calls transmitters, and events with these names as everybody gets them."""

from __future__ import annotations

from .logbook import Logbook, state_of

_GIVEN = "given names"


def key_of(number: int, receiver: str) -> str:
    """Names a transmitter among those of all receivers."""
    return f"{number} {receiver}"


def given_names(data) -> dict[str, dict]:
    """By key of each transmitter, its ``name`` and whether it ``is_muted``: it counts, and neither
    tables nor events show it."""
    return state_of(data, _GIVEN) or {}


def give_name(logbook: Logbook, data, key: str, name: str, is_muted: bool) -> None:
    """Calls a transmitter so from now on, or mutes it; without either it is as all others."""
    given = given_names(data)
    given.pop(key, None)
    if name or is_muted:
        given[key] = {"name": name, "is_muted": is_muted}
    logbook.set_state(data, _GIVEN, given)


def is_muted(event: dict, names: dict[str, dict]) -> bool:
    """Whether an event, a message, is of a transmitter that is muted."""
    if event["transmitter"] is None:
        return False
    return names.get(key_of(event["transmitter"], event["receiver"]), {}).get("is_muted", False)


def event_message(receiver: str, event: dict, names: dict[str, dict]) -> dict:
    """An event of `transmitters.alarms`, or one of the receiver, in the fields of
    `messages.event`."""
    transmitter = event.get("transmitter")
    given = names.get(key_of(transmitter, receiver), {})
    return {
        "event": event["event"],
        "time_unix_s": event["time_unix_s"],
        "since_unix_s": event["since_unix_s"],
        "transmitter": transmitter,
        "name": given.get("name") or None,
        "receiver": receiver,
        "frequency": event.get("frequency_hz"),
        "label": event.get("label"),
        **({} if event.get("works") is None else {"works": event["works"]}),
        "text": event["text"],
    }


def receiver_message(receiver: str, time_s: float, text: str) -> dict:
    """What happened to a receiver itself, in the fields of `messages.event`."""
    event = {"event": "receiver", "time_unix_s": time_s, "since_unix_s": time_s, "text": text}
    return event_message(receiver, event, {})
