# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""PMTs of messages as Python values and back."""

import numpy as np
import pmt
import pytest
from gnuradio.rfattn.messages.as_pmt import confidence_message, to_python
from gnuradio.rfattn.rfattn_python import (
    complex_view,
    dictionary,
    float_vector,
    float_view,
    int16_vector,
    int16_view,
    numbers_message,
)

VALUES = {
    "text": "an ä",
    "empty text": "",
    "count": 2**63 + 1,
    "integer": -5,
    "number": 0.1,
    "nothing found": False,
    "pair": (7, 0.25),
    "list": [1.5, "a", {"name": "x", "score": 0.5}, None],
    "dictionary": {"a": 1.0, "b": {"c": 2}},
    "complex": 1 + 2j,
}


def test_values_are_those_of_pmt():
    message = pmt.to_pmt({**VALUES, "count": 0})
    message = pmt.dict_add(message, pmt.intern("count"), pmt.from_uint64(VALUES["count"]))
    assert to_python(message) == pmt.to_python(message) == VALUES
    assert list(to_python(message)) == list(pmt.to_python(message))


def test_arrays_are_those_of_pmt():
    found = to_python(pmt.to_pmt({"row": np.array([1.0, 2.5], np.float32)}))
    assert found["row"].dtype == np.float32 and found["row"].tolist() == [1.0, 2.5]


@pytest.mark.parametrize("values", [[], [0, 1, 2**64 - 1]])
def test_counts_and_what_is_empty_stay_what_they_are(values):
    message = pmt.dict_add(pmt.make_dict(), pmt.intern("none"), pmt.make_dict())
    vector = pmt.init_u64vector(len(values), values)
    message = pmt.dict_add(message, pmt.intern("bursts"), vector)
    assert to_python(message) == {"none": {}, "bursts": values}
    assert to_python(pmt.make_dict()) == {}


def test_text_that_is_not_utf_8_is_refused():
    bad = pmt.deserialize_str(b"\x02\x00\x02\xff\xfe")
    with pytest.raises(ValueError, match="invalid start byte"):
        to_python(pmt.dict_add(pmt.make_dict(), pmt.intern("name"), bad))


def test_what_is_no_dictionary_is_refused():
    with pytest.raises(ValueError, match="not a dictionary: 5"):
        to_python(pmt.from_long(5))


def test_dictionaries_are_those_of_dict_add():
    keys = [pmt.intern(name) for name in "abc"]
    numbers = [0.1, 2.0, -1e300]
    added = pmt.make_dict()
    for key, number in zip(keys, numbers, strict=True):
        added = pmt.dict_add(added, key, pmt.from_double(number))
    assert pmt.equal(numbers_message(keys, numbers), added)
    assert pmt.equal(dictionary(keys, [pmt.from_double(n) for n in numbers]), added)
    assert to_python(confidence_message(3, 0.5)) == {"stream": 3, "confidence": 0.5}
    for make in (numbers_message, dictionary):
        with pytest.raises(IndexError):
            make(keys, [])


def test_numbers_come_back_as_they_were():
    values = np.random.default_rng(1).standard_normal((3, 5)).astype(np.float32)
    vector = float_vector(values)
    assert pmt.f32vector_elements(vector) == values.ravel().tolist()
    assert (float_view(vector) == values.ravel()).all()
    assert (float_view(float_vector(values.T)) == values.T.ravel()).all()
    sound = np.array([-(2**15), 0, 2**15 - 1], np.int16)
    assert int16_view(int16_vector(sound)).tolist() == sound.tolist()
    assert complex_view(pmt.init_c32vector(2, [1j, 2])).tolist() == [1j, 2]
    assert len(int16_view(int16_vector(sound[:0]))) == 0


def test_views_are_read_only_keep_their_message_and_refuse_other_types():
    samples = complex_view(pmt.init_c32vector(2, [1j, 2]))  # nothing else keeps the message
    assert samples.dtype == np.complex64 and samples.tolist() == [1j, 2]
    with pytest.raises(ValueError, match="read-only"):
        samples[0] = 0
    with pytest.raises(Exception, match="wrong_type"):
        float_view(pmt.init_c32vector(1, [1j]))
