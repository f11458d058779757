# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What frames state, from bits that are put together here field by field."""

import sys

import pytest
from gnuradio.rfattn.content import ais, libraries, read_frame
from gnuradio.rfattn.content.bit_fields import BitFields, reversed_octets
from gnuradio.rfattn.messages.frame import Frame

OPTIONAL = "pyais", "pyModeS"


@pytest.fixture(autouse=True)
def no_library(monkeypatch):
    """The optional packages are missing, whatever is installed."""
    for name in OPTIONAL:
        monkeypatch.setitem(sys.modules, name, None)
    libraries.library.cache_clear()
    yield
    libraries.library.cache_clear()


def packed(*fields):
    """Octets of (value, bits) one behind the other, with zeros up to a whole octet."""
    bits = "".join(f"{value & ((1 << count) - 1):0{count}b}" for value, count in fields)
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8)


def six_bits(text, alphabet):
    return [(alphabet.index(character), 6) for character in text]


def read(format, octets):
    return read_frame(Frame(id=7, format=format, sample_start=5, bits=octets.hex()))


def of_hdlc(octets):
    """As HDLC sends it: the lowest bit first, and two octets of a checksum."""
    return reversed_octets(octets + b"\0\0")


def ais_place(latitude, longitude):
    return (round(longitude * 600_000), 28), (round(latitude * 600_000), 27)


def position(latitude, longitude, speed=123):
    head = (1, 6), (0, 2), (211234560, 30), (0, 4), (128, 8), (speed, 10), (0, 1)
    return packed(*head, *ais_place(latitude, longitude), (456, 12), (50, 9), (0, 31))


def test_a_position_of_a_ship():
    found = read("AIS", of_hdlc(position(53.5421, -9.9)))
    assert found.text == "type 1, MMSI 211234560, 53.5421 N 9.9000 W, 12.3 kn"
    assert found.fields == {
        "type": 1,
        "mmsi": 211234560,
        "latitude": 53.5421,
        "longitude": -9.9,
        "speed_kn": 12.3,
    }
    assert (found.id, found.source, found.sample_start, found.is_right) == (7, "AIS", 5, True)
    assert found.is_private is None


def test_what_a_ship_does_not_know_is_left_out():
    found = read("AIS", of_hdlc(position(91, 181, 1023)))
    assert (found.text, found.fields) == (
        "type 1, MMSI 211234560",
        {"type": 1, "mmsi": 211234560},
    )


@pytest.mark.parametrize(
    ("kind", "before"),
    [(4, (41,)), (11, (41,)), (9, (12, 10, 1)), (18, (8, 10, 1)), (27, ())],
)
def test_other_messages_with_a_position(kind, before):
    head = (kind, 6), (0, 2), (5, 30), *((0, count) for count in before)
    fields = packed(*head, *ais_place(-1.5, 2.25), (0, 100))
    found = read("AIS", of_hdlc(fields)).fields
    place = {"latitude": -1.5, "longitude": 2.25} if kind != 27 else {}
    assert found == {"type": kind, "mmsi": 5, **place} | ({"speed_kn": 0.0} if kind == 18 else {})


@pytest.mark.parametrize(("kind", "before"), [(5, 74), (19, 105), (21, 5), (24, 2)])
def test_a_name_ends_with_the_first_at_sign(kind, before):
    name = six_bits("SEA BIRD 2@@@@@@XY@@", ais._ALPHABET)
    fields = packed((kind, 6), (0, 2), (5, 30), (0, before), *name, (0, 150))
    found = read("AIS", of_hdlc(fields))
    assert found.fields["name"] == "SEA BIRD 2"
    assert found.text.startswith(f"type {kind}, MMSI 000000005, SEA BIRD 2")


MODES = "#ABCDEFGHIJKLMNOPQRSTUVWXYZ##### ###############0123456789######"


def squitter(code, *fields, downlink=17):
    return packed((downlink, 5), (5, 3), (0x3C6586, 24), (code, 5), *fields, (0, 24))


def test_a_callsign():
    found = read("Mode S", squitter(4, (0, 3), *six_bits("TEST12  ", MODES)))
    assert found.text == "3C6586 identification TEST12"
    assert found.fields == {
        "address": "3C6586",
        "downlink_format": 17,
        "kind": "identification",
        "type_code": 4,
        "callsign": "TEST12",
    }


def test_an_altitude_in_steps_of_25_ft():
    steps = (38_000 + 1000) // 25
    code = steps >> 4 << 5 | 1 << 4 | steps & 0xF
    found = read("Mode S", squitter(11, (0, 3), (code, 12), (0, 36)))
    assert found.text == "3C6586 airborne position, 38000 ft"
    without = read("Mode S", squitter(11, (0, 3), (code & ~0x10, 12), (0, 36)))
    assert without.text == "3C6586 airborne position"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (6, "surface position"),
        (19, "velocity"),
        (21, "airborne position"),
        (28, "status"),
        (29, "target state"),
        (31, "operational status"),
        (0, "type code 0"),
    ],
)
def test_kinds_of_squitters(code, kind):
    assert read("Mode S", squitter(code, (0, 51), downlink=18)).text == f"3C6586 {kind}"


def test_an_all_call_reply():
    found = read("Mode S", packed((11, 5), (5, 3), (0x3C6586, 24), (0, 24)))
    assert found.text == "3C6586 all-call reply"


def address(name, number=0, is_last=False, was_repeated=False):
    octets = bytes(ord(character) << 1 for character in name.ljust(6))
    return octets + bytes([was_repeated << 7 | 0x60 | number << 1 | is_last])


def packet(*path, information=b"!4903.50N/07201.75W-here", control=b"\x03\xf0"):
    ends = address("APRS"), address("DL1ABC", 9, is_last=not path)
    return b"".join((*ends, *path)) + control + information


@pytest.mark.parametrize("format", ["AFSK HDLC", "HDLC FSK", "HDLC PSK"])
def test_a_packet_of_aprs(format):
    path = address("WIDE1", 1, was_repeated=True), address("WIDE2", 2, is_last=True)
    found = read(format, of_hdlc(packet(*path)))
    assert found.text == "DL1ABC-9>APRS,WIDE1-1*,WIDE2-2: !4903.50N/07201.75W-here"
    assert found.fields == {
        "source": "DL1ABC-9",
        "destination": "APRS",
        "path": "WIDE1-1*,WIDE2-2",
        "octets": 24,
        "text": "!4903.50N/07201.75W-here",
    }


def test_packets_without_text():
    numbers = bytes(range(20))
    assert read("HDLC FSK", of_hdlc(packet(information=numbers))).text == (
        "DL1ABC-9>APRS: 20 octets"
    )
    connect = read("AFSK HDLC", of_hdlc(packet(information=b"", control=b"\x3f")))
    assert connect.text == "DL1ABC-9>APRS control 3f"


@pytest.mark.parametrize(("readable", "is_text"), [(10, True), (9, True), (8, False)])
def test_text_is_readable_in_nine_of_ten_octets(readable, is_text):
    information = b"a" * readable + b"\1" * (10 - readable)
    fields = read("AFSK HDLC", of_hdlc(packet(information=information))).fields
    assert ("text" in fields) == is_text


def test_what_is_no_packet_shows_its_length():
    found = read("HDLC FSK", of_hdlc(bytes(range(40))))
    assert (found.text, found.fields) == ("40 octets", {"octets": 40})


def test_texts_of_strangers_are_one_bounded_line_without_controls():
    hostile = "\x1b[2J\r\nlast\u202e".encode() + b"\xff" + b"a" * 900
    found = read("AFSK HDLC", of_hdlc(packet(information=hostile)))
    assert found.text.startswith("DL1ABC-9>APRS: \\x1b[2J\\r\\nlast\\u202e\ufffdaaa")
    assert len(found.text) == 500 and found.text.endswith("…")
    assert len(found.fields["text"]) == 400


def test_a_frame_of_z_wave():
    head = bytes.fromhex("cafe1234") + bytes([1, 0x41, 3, 11])
    found = read("Z-Wave", head + bytes([5, 0x25, 0]))
    assert found.text == "home CAFE1234, node 1 to 5, singlecast, 11 octets"
    assert found.fields == {
        "home": "CAFE1234",
        "source": 1,
        "destination": 5,
        "kind": "singlecast",
        "octets": 11,
    }
    assert "node 1 to all" in read("Z-Wave", head + bytes([0xFF, 0x25, 0])).text
    multicast = head[:5] + b"\x42" + head[6:] + bytes([0x20, 1, 0])
    assert read("Z-Wave", multicast).text == "home CAFE1234, node 1, multicast, 11 octets"


@pytest.mark.parametrize("format", ["AIS", "AFSK HDLC", "Mode S", "Z-Wave"])
@pytest.mark.parametrize("octet", [0x00, 0x55, 0xFF])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 6, 7, 11, 14, 170, 625])
def test_any_octets_are_read(format, octet, count):
    assert read(format, bytes([octet] * count)).text


@pytest.mark.parametrize("format", ["DMR", "Z-Wave"])
def test_what_nobody_can_read_has_its_length(format):
    found = read(format, b"\0" * 5)
    assert (found.text, found.fields) == ("5 octets", {"octets": 5})


def test_bits_behind_the_end_are_zeros():
    bits = BitFields(b"\xff")
    assert (bits.unsigned(4, 8), bits.unsigned(100, 6), bits.signed(0, 8)) == (0xF0, 0, -1)


def test_libraries_add_their_fields(monkeypatch):
    """With stand-ins, which return what the packages do."""

    class Ais:
        @staticmethod
        def decode(sentence):
            assert sentence.startswith("!AIVDM,1,1,,A,139Lg0")
            assert sentence.endswith("*" + _checksum(sentence))
            found = {"msg_type": 1, "mmsi": 0, "course": 45.6, "lat": 1.0, "name": b"\1", "x": None}
            return type("Message", (), {"asdict": lambda self: found})()

    class Modes:
        @staticmethod
        def decode(digits):
            assert digits.startswith("8D3C6586")
            return {"df": 17, "icao": "3C6586", "groundspeed": 412, "bad": float("nan")}

    for name, package in (("pyais", Ais), ("pyModeS", Modes)):
        monkeypatch.setitem(sys.modules, name, package)
    ship = read("AIS", of_hdlc(position(53.5, 9.9))).fields
    assert (ship["mmsi"], ship["course"], ship["name"]) == (211234560, 45.6, "01")
    assert {"lat", "msg_type", "x"}.isdisjoint(ship)
    plane = read("Mode S", squitter(19, (0, 51))).fields
    assert plane["groundspeed"] == 412 and {"df", "icao", "bad"}.isdisjoint(plane)


@pytest.mark.parametrize("count", [20, 21, 22])
def test_the_sentence_of_a_library_has_all_bits(count):
    octets = bytes(range(0x9C, 0x9C + count))
    payload, padding = ais._sentence(octets).partition("*")[0].split(",")[5:]
    codes = [ord(character) - 48 for character in payload]
    bits = "".join(f"{code - 8 if code > 40 else code:06b}" for code in codes)
    assert bits == f"{int.from_bytes(octets):0{8 * count}b}" + "0" * int(padding)
    assert len(bits) % 6 == 0 and int(padding) < 6


def _checksum(sentence):
    value = 0
    for character in sentence[1:].partition("*")[0]:
        value ^= ord(character)
    return f"{value:02X}"


def test_a_library_that_fails_takes_nothing_away(monkeypatch):
    class Fails:
        @staticmethod
        def decode(_):
            raise ZeroDivisionError

    for name in OPTIONAL:
        monkeypatch.setitem(sys.modules, name, Fails)
    assert read("AIS", of_hdlc(position(53.5, 9.9))).fields["latitude"] == 53.5
    assert read("Mode S", squitter(19, (0, 51))).fields["kind"] == "velocity"
