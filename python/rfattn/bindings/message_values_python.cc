/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include <complex>
#include <cstdint>
#include <pmt/pmt.h>
#include <pybind11/complex.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <string>
#include <vector>

namespace py = pybind11;

namespace {

py::object to_object(const pmt::pmt_t& value);

// Null where the symbol is not UTF-8.
py::object to_text(const pmt::pmt_t& symbol)
{
    const std::string text = pmt::symbol_to_string(symbol);
    PyObject* decoded =
        PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), nullptr);
    if (!decoded)
        PyErr_Clear();
    return py::reinterpret_steal<py::object>(decoded);
}

py::list to_list(const pmt::pmt_t& vector)
{
    py::list items;
    const size_t count = pmt::length(vector);
    for (size_t i = 0; i < count; i++)
        items.append(to_object(pmt::vector_ref(vector, i)));
    return items;
}

// A key that comes twice has its last value, as with pmt.to_python.
template <typename Convert>
py::dict to_dict(const pmt::pmt_t& dictionary, Convert convert)
{
    py::dict values;
    for (auto items = dictionary; pmt::is_pair(items); items = pmt::cdr(items)) {
        const auto pair = pmt::car(items);
        values[to_object(pmt::car(pair))] = convert(pmt::cdr(pair));
    }
    return values;
}

// As pmt.to_python of GNU Radio, which is called for rare types and refuses what has no
// Python value.
py::object to_object(const pmt::pmt_t& value)
{
    if (pmt::is_null(value))
        return py::none();
    if (pmt::is_real(value))
        return py::float_(pmt::to_double(value));
    if (pmt::is_uint64(value))
        return py::int_(pmt::to_uint64(value));
    if (pmt::is_integer(value))
        return py::int_(pmt::to_long(value));
    if (pmt::is_symbol(value)) {
        if (auto text = to_text(value))
            return text;
    } else if (pmt::is_vector(value)) {
        return to_list(value);
    } else if (pmt::is_dict(value)) {
        return to_dict(value, to_object);
    }
    return py::module_::import("pmt").attr("to_python")(value);
}

// In a message an empty dictionary, which is null, stays one.
py::object to_entry(const pmt::pmt_t& value)
{
    if (pmt::is_null(value))
        return py::dict();
    if (pmt::is_u64vector(value)) // which pmt.to_python does not take
        return py::cast(pmt::length(value) ? pmt::u64vector_elements(value)
                                           : std::vector<uint64_t>());
    return to_object(value);
}

py::dict message_values(const pmt::pmt_t& message)
{
    return to_dict(message, to_entry);
}

// A dictionary whose keys are symbols, each once, which dict_add would look for.
pmt::pmt_t dictionary(const std::vector<pmt::pmt_t>& keys,
                      const std::vector<pmt::pmt_t>& values)
{
    auto message = pmt::make_dict();
    for (size_t i = 0; i < keys.size(); i++)
        message = pmt::acons(keys[i], values.at(i), message);
    return message;
}

// The same, of doubles.
pmt::pmt_t numbers_message(const std::vector<pmt::pmt_t>& keys,
                           const std::vector<double>& numbers)
{
    auto message = pmt::make_dict();
    for (size_t i = 0; i < keys.size(); i++)
        message = pmt::acons(keys[i], pmt::from_double(numbers.at(i)), message);
    return message;
}

pmt::pmt_t float_vector(const py::array_t<float, py::array::c_style>& values)
{
    return pmt::init_f32vector(static_cast<size_t>(values.size()), values.data());
}

pmt::pmt_t int16_vector(const py::array_t<int16_t, py::array::c_style>& values)
{
    return pmt::init_s16vector(static_cast<size_t>(values.size()), values.data());
}

// An array that lies over the values of a vector, and keeps it alive.
template <typename T, const T* (*elements)(pmt::pmt_t, size_t&)>
py::array_t<T> view_of(const pmt::pmt_t& vector)
{
    size_t count = 0;
    const T* values = elements(vector, count);
    py::array_t<T> view(static_cast<py::ssize_t>(count), values, py::cast(vector));
    view.attr("setflags")(py::arg("write") = false);
    return view;
}

} // namespace

void bind_message_values(py::module& m)
{
    m.def("message_values", &message_values, py::arg("message"));
    m.def("dictionary", &dictionary, py::arg("keys"), py::arg("values"));
    m.def("numbers_message", &numbers_message, py::arg("keys"), py::arg("numbers"));
    m.def("float_vector", &float_vector, py::arg("values"));
    m.def("float_view", &view_of<float, pmt::f32vector_elements>, py::arg("vector"));
    m.def("int16_vector", &int16_vector, py::arg("values"));
    m.def("int16_view", &view_of<int16_t, pmt::s16vector_elements>, py::arg("vector"));
    m.def("complex_view",
          &view_of<std::complex<float>, pmt::c32vector_elements>,
          py::arg("vector"));
}
