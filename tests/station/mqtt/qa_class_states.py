# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which classes are shown, when they are on the air, and how often they were heard."""

from gnuradio.rfattn_station.mqtt.class_states import LONG_S, ClassStates

NOON = "2026-11-30T12:00:00+00:00"


def facts(label, duration_s=1.0, **more):
    return {"label": label, "duration_s": duration_s, **more}


def made(own=()):
    classes = ClassStates()
    classes.set_labels(["ais", "dmr", "gate"], own)
    return classes


def shown(classes):
    return {name: (one.on_air, one.emissions) for name, one in classes.states.items()}


def test_a_class_is_shown_when_an_emission_of_it_has_ended():
    classes = made()
    classes.look({1: facts("ais")}, [], NOON)
    assert shown(classes) == {} and classes.on_air == 1
    classes.look({}, [(1, facts("ais"))], NOON)
    assert shown(classes) == {"ais": (0, 1)}
    assert (classes.on_air, classes.emissions) == (0, 1)


def test_a_class_is_shown_when_an_emission_has_had_it_for_long():
    classes = made()
    classes.look({1: facts("dmr", LONG_S - 0.1)}, [], NOON)
    assert shown(classes) == {}
    classes.look({1: facts("dmr", LONG_S)}, [], NOON)
    assert shown(classes) == {"dmr": (1, 0)}


def test_a_class_of_the_user_is_shown_before_it_is_heard_and_on_at_its_first_label():
    classes = made(own=["gate"])
    assert shown(classes) == {"gate": (0, 0)} and classes.changed == {"gate"}
    classes.look({1: facts(None, None)}, [], NOON)
    classes.look({1: facts("gate", 0.1)}, [], NOON)
    assert shown(classes) == {"gate": (1, 0)}
    assert classes.firsts == [{**facts("gate", 0.1), "last_heard": NOON}]


def test_an_emission_that_was_on_the_air_is_not_brief_at_its_end():
    classes = made(own=["gate"])
    classes.look({1: facts("gate")}, [], NOON)
    classes.look({}, [], NOON)
    classes.look({}, [(1, facts("gate"))], NOON)
    assert not classes.states["gate"].is_brief
    assert len(classes.firsts) == 1


def test_one_that_came_and_went_between_two_looks_is_brief_until_the_next():
    classes = made(own=["gate"])
    classes.look({}, [(1, facts("gate"))], NOON)
    assert classes.states["gate"].is_brief
    classes.look({}, [], NOON)
    assert not classes.states["gate"].is_brief


def test_another_label_moves_the_emission_to_another_class():
    classes = made(own=["gate", "ais"])
    classes.look({1: facts("gate")}, [], NOON)
    classes.changed.clear()
    classes.look({1: facts("ais")}, [], NOON)
    assert shown(classes) == {"gate": (0, 0), "ais": (1, 0)}
    assert classes.changed == {"gate", "ais"}


def test_what_does_not_change_is_not_changed():
    classes = made(own=["gate"])
    classes.look({1: facts("gate")}, [], NOON)
    classes.changed.clear()
    classes.look({1: facts("gate", 2.0)}, [], NOON)
    assert classes.changed == set()


def test_a_class_that_the_model_no_longer_has_goes_away():
    classes = made(own=["gate"])
    classes.look({1: facts("gate")}, [], NOON)
    assert classes.set_labels(["ais"], []) == {"gate"}
    classes.look({1: facts("gate")}, [(1, facts("gate"))], NOON)
    assert shown(classes) == {} and classes.changed == set()


def test_a_label_that_the_model_does_not_have_is_not_shown():
    classes = made()
    classes.show(["other"])
    classes.look({}, [(1, facts("other")), (2, facts(None)), (3, facts("unknown"))], NOON)
    assert shown(classes) == {"unknown": (0, 1)} and classes.emissions == 3


def test_emissions_whose_end_never_comes_take_no_memory_for_ever():
    classes = made(own=["gate"])
    for number in range(5000):
        classes.look({number: facts("gate")}, [], NOON)
    assert len(classes._shown) == 4096
