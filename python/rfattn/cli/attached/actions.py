# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `label` and `live` do about emissions: run a command, and publish them over MQTT."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentTypeError
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from functools import partial

from ...emissions.condition import Condition
from ...emissions.facts import facts_of, facts_of_event
from ...emissions.rounding import rounded
from ...failures import Failures, counted
from ...messages.entries import to_dict
from ...messages.label_text import is_in_doubt
from ...packages import STATION, load
from .conditions import add_condition_option
from .emission_command import AT_ONCE, POLL_S, EmissionCommand

DISCOVERY_PREFIX = "homeassistant"
"""The topics of Home Assistant begin with it, unless it is set to another one."""

_CA = "PEM certificates that vouch for the MQTT broker, such as /etc/ssl/certs/ca-certificates.crt"
_OF_MQTT = {
    "--mqtt-topic": ("TOPIC", "rfattn", "first part of the MQTT topics (default: %(default)s)"),
    "--mqtt-login": ("FILE", "", "file with USER:PASSWORD for it, readable by its owner only"),
    "--mqtt-ca": ("FILE", "", f"{_CA}; turns TLS on"),
}


def add_action_options(parser):
    """Adds the options; returns their group."""
    group = parser.add_argument_group("acting on emissions")
    add_condition_option(group)
    group.add_argument(
        "--margin",
        type=margin,
        metavar="S",
        default=0.0,
        help="time before and after each burst that --record keeps, 0 to 10 s (default: an eighth "
        "of the burst, at most 0.1 s)",
    ).needs = "--record"
    group.add_argument(
        "--exec",
        metavar="COMMAND",
        default="",
        help="run this command, without a shell, for each emission that has ended; it finds "
        "RFATTN_LABEL, RFATTN_FREQUENCY, ... in its environment, and {label}, {frequency_mhz}, "
        "... in its arguments are replaced; with --record RFATTN_RECORDING is the file; at most "
        f"{AT_ONCE} run at a time",
    )
    action = group.add_argument(
        "--exec-at",
        choices=("end", "label"),
        default="end",
        help="when the command runs: at the end of an emission, or as soon as a class is certain "
        "enough (default: %(default)s)",
    )
    action.needs = "--exec"
    text = "publish emissions as JSON to this MQTT broker"
    group.add_argument("--mqtt", metavar="HOST[:PORT]", default="", help=text)
    for name, (metavar, default, text) in _OF_MQTT.items():
        group.add_argument(name, metavar=metavar, default=default, help=text).needs = "--mqtt"
    return group


def margin(text: str) -> float:
    seconds = float(text)
    if not 0.0 <= seconds <= 10.0:
        raise ArgumentTypeError(f"must be from 0 to 10 s, got {text}")
    return seconds


class Actions:
    """Runs the command and publishes, for the emissions for which the condition holds.

    Sidebands of other emissions, parts of others and ignored ones are left out. One that was
    published before it turned out to be one is published once more, at its end, with its
    `sideband_of`, if any.

    All methods but `settle`, `look` and `decoded` are called in the main thread. It is a guest of
    the path: what fails is counted in ``failures``.

    Args:
        conditions: by action, see `set_conditions`.
        command: an `EmissionCommand`; publisher: an `MqttPublisher`; None for none.
        has_sidebands: sidebands are emissions like all others.
        at_label: the command runs at the first label that is certain enough, not at the end.
        discovery: first part of the topics by which Home Assistant finds the station; "": none.
    """

    def __init__(
        self,
        conditions: Mapping[str, Condition],
        command=None,
        publisher=None,
        has_sidebands: bool = False,
        at_label: bool = False,
        discovery: str = "",
    ):
        self._recorder = None  # of the flowgraph that runs; commands wait for its recordings
        self._conditions = conditions
        self._on_command, of_messages = conditions["exec"], conditions["mqtt"]
        self._on_message, self._on_event = of_messages.on_emissions(), of_messages.on_events()
        self._discovery, self._home = discovery, None
        self._has_sidebands, self._at_label = has_sidebands, at_label
        self._command, self._publisher = command, publisher
        self._labelled: deque[tuple[dict, str]] = deque()
        self.failures = Failures(_report)

    def announce(self, flowgraph) -> None:
        """Becomes a guest of a flowgraph, and has the station appear in Home Assistant, where that
        is asked for.

        Args:
            flowgraph: an `EmissionFlowgraph` that has not started.

        Raises:
            ValueError: naming a label of a condition that it cannot give.
        """
        self.check(flowgraph.labeller.labels.contract)
        flowgraph.guests["actions"] = self.failures
        recorders = (one for one in flowgraph.attachments if hasattr(one, "recording_of"))
        self._recorder = next(recorders, None)
        if self._discovery:
            home = load(f"{STATION}.cli.home_assistant", "--mqtt-discovery")
            shown = self._on_message, self._has_sidebands
            self._home = home.HomeAssistant(self._publisher, self._discovery, flowgraph, *shown)

    def check(self, contract: Mapping) -> None:
        """Refuses labels of conditions that a contract cannot give, where it gives any.

        Raises:
            ValueError: naming the label.
        """
        for condition in self._conditions.values() if "classes" in contract else ():
            try:
                condition.check_names(contract)
            except ValueError as error:
                raise ValueError(f"--{error}") from None

    @counted
    def settle(self, record) -> None:
        """Publishes an emission that has been on the air for a moment; from any thread."""
        record.is_published = self._publish("on", _facts_of(record))

    @counted
    def look(self, record) -> None:
        """Has the command run at the first label of an emission; from any thread."""
        latest = record.latest
        is_early = self._command is None or not self._at_label or is_in_doubt(latest.label)
        if is_early or record.has_command or not latest.is_shown(self._has_sidebands):
            return
        facts = _facts_of(record)
        if self._on_command.holds(facts):
            record.has_command = True
            self._labelled.append((rounded(facts), record.newest_content or ""))

    @counted
    def decoded(self, record, message) -> None:
        """Publishes what was decoded of an emission; from any thread."""
        if self._publisher is not None and self._on_message.holds(_facts_of(record)):
            label = {"label": record.latest.label}
            self._publisher.send("decoded", {**to_dict(message), **label})

    @counted
    def end(self, record) -> None:
        """Publishes an emission that is final, and runs the command for it."""
        is_shown = record.latest.is_shown(self._has_sidebands)
        if not is_shown and not record.is_published:
            return
        facts = _facts_of(record)
        if self._publish("end", facts) and self._home is not None and is_shown:
            self._home.end(record, rounded(facts))
        if self._command is None or not is_shown or not self._on_command.holds(facts):
            return
        if self._at_label:
            self.look(record)  # a label may come after the end
            self._run_labelled()
        else:
            find = partial(_recording_of, self._recorder, record.latest)
            self._command.add(rounded(facts), record.newest_content or "", find)

    def _run_labelled(self) -> None:
        while self._labelled:
            self._command.add(*self._labelled.popleft())

    @counted
    def act_on_event(self, event: dict) -> None:
        """Publishes an event, and runs the command where its condition is on events."""
        facts = facts_of_event(event)
        if self._publisher is not None and self._on_event.holds(facts):
            self._publisher.send("events", rounded(event))
        is_for_it = self._on_command.is_of_events and self._on_command.holds(facts)
        if self._command is not None and is_for_it:
            self._command.add(rounded(facts))

    @counted
    def show_event(self, attachment, event: dict) -> None:
        attachment.show_event(event)

    @counted
    def poll(self) -> None:
        """Starts commands that wait, and shows the station; call some times a second."""
        if self._command is not None:
            self._run_labelled()
            self._command.poll()
        if self._home is not None:
            self._home.look()

    def wait_for_room(self) -> None:
        """Waits until `end` can take another emission, for a source that need not keep up."""
        while self._command is not None and not self._command.has_room():
            time.sleep(POLL_S)

    def finish(self) -> dict:
        """Waits for commands and for the broker; returns what became of them, for the JSON."""
        counts = {}
        if self._command is not None:
            self._run_labelled()
            self._command.close()
            names = "run", "failed", "not_run"
            counts = {f"commands_{name}": getattr(self._command, name) for name in names}
        if self._home is not None:
            self._home.finish()
        if self._publisher is not None:
            self._publisher.close()
            counts |= {"mqtt_sent": self._publisher.sent, "mqtt_lost": self._publisher.lost}
        return counts

    def _publish(self, state: str, facts: dict) -> bool:
        """Publishes an emission where the condition holds; returns whether it does."""
        holds = self._publisher is not None and self._on_message.holds(facts)
        if holds:
            self._publisher.send("emissions", {"state": state, **rounded(facts)})
        return holds


def _facts_of(record) -> dict:
    return facts_of(record.latest, record.time_unix_s)


def _recording_of(recorder, latest) -> str | None:
    """The file with the I/Q of an emission, "" for none; None while it is not finished."""
    if recorder is None:
        return ""
    return recorder.recording_of(latest.id) if recorder.has_done(latest.sample_now) else None


def add_discovery_option(group) -> None:
    group.add_argument(
        "--mqtt-discovery",
        metavar="PREFIX",
        nargs="?",
        const=DISCOVERY_PREFIX,
        default="",
        help="with --mqtt: appear in Home Assistant as a device with entities for the classes that "
        f"are heard; PREFIX: of its discovery topics (default: {DISCOVERY_PREFIX})",
    ).needs = "--mqtt"


@contextmanager
def open_actions(arguments) -> Iterator[Actions]:
    """Opens what the options ask for, before the first sample.

    Raises:
        ValueError: in one line, for a wrong option.
    """
    with ExitStack() as stack:
        command = publisher = None
        discovery = getattr(arguments, "mqtt_discovery", "")
        try:
            if discovery:
                home = load(f"{STATION}.mqtt.home_assistant", "--mqtt-discovery")
                discovery = home.checked_prefix(discovery, arguments.mqtt_topic)
            if arguments.exec:
                command = EmissionCommand(arguments.exec, _report)
                stack.callback(command.close)
            if arguments.mqtt:
                mqtt = load(f"{STATION}.mqtt.mqtt_publisher", "--mqtt")
                about = arguments.mqtt_topic, arguments.mqtt_login, arguments.mqtt_ca
                publisher = mqtt.MqttPublisher(arguments.mqtt, *about, _report)
                stack.enter_context(closing(publisher))
        except ValueError as error:
            raise ValueError(f"--{str(error).replace('mqtt_', 'mqtt-')}") from None
        shown = arguments.sidebands, arguments.exec_at == "label", discovery
        yield Actions(arguments.conditions, command, publisher, *shown)


def print_actions(counts: dict) -> None:
    """Prints what became of commands and messages."""
    if "commands_run" in counts:
        print(
            f"  commands:  {counts['commands_run']} run, {counts['commands_failed']} failed, "
            f"{counts['commands_not_run']} not run"
        )
    if "mqtt_sent" in counts:
        print(f"  mqtt:      {counts['mqtt_sent']} messages sent, {counts['mqtt_lost']} lost")


def _report(text: str) -> None:
    print(f"gr-rfattn: {text}", file=sys.stderr, flush=True)
