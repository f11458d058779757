/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// A module of its own, which needs no GNU Radio.

#include "model/streaming_model.h"

#include <limits>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace py = pybind11;

using gr::rfattn::kernels;
using gr::rfattn::model_shape;
using gr::rfattn::streaming_model;
using gr::rfattn::weight_view;

namespace {

using float_array = py::array_t<float, py::array::c_style | py::array::forcecast>;

[[noreturn]] void refuse(const std::string& text)
{
    throw std::invalid_argument("native_model: " + text);
}

//! A text member of the shape of this name, or null.
std::string* text_of(model_shape& shape, const std::string& name)
{
    if (name == "embedding")
        return &shape.embedding;
    if (name == "attention")
        return &shape.attention;
    if (name == "layer_attentions")
        return &shape.layer_attentions;
    return name == "norm" ? &shape.norm : nullptr;
}

size_t whole_number(const std::string& name, py::handle value)
{
    if (!py::isinstance<py::int_>(value) || py::isinstance<py::bool_>(value))
        refuse(name + " must be a whole number, got " +
               std::string(py::str(py::type::of(value))));
    const long long number = PyLong_AsLongLong(value.ptr());
    if (PyErr_Occurred()) { // more than 63 bits
        PyErr_Clear();
        return std::numeric_limits<size_t>::max();
    }
    return number < 0 ? std::numeric_limits<size_t>::max() : static_cast<size_t>(number);
}

model_shape shape_of(const py::dict& values)
{
    model_shape shape;
    for (const auto& item : values) {
        const auto name = item.first.cast<std::string>();
        try {
            if (auto* text = text_of(shape, name))
                *text = item.second.cast<std::string>();
            else if (name == "gate")
                shape.gate = item.second.cast<bool>();
            else if (name == "rope")
                shape.rope = item.second.cast<bool>();
            else if (name == "rope_base")
                shape.rope_base = item.second.cast<double>();
            else if (!shape.set(name, whole_number(name, item.second)))
                refuse("the shape has no " + name);
        } catch (const py::cast_error&) {
            refuse(name + " has another type, got " +
                   std::string(py::str(py::type::of(item.second))));
        }
    }
    return shape;
}

const kernels& kernels_called(const std::string& name)
{
    if (name.empty())
        return gr::rfattn::best_kernels();
    size_t count = 0;
    const auto* sets = gr::rfattn::possible_kernels(count);
    std::string names;
    for (size_t i = 0; i < count; i++) {
        if (name == sets[i]->name)
            return *sets[i];
        names += std::string(names.empty() ? "" : ", ") + sets[i]->name;
    }
    refuse("instructions must be one of " + names + ", got " + name);
}

std::unique_ptr<streaming_model>
make(const py::dict& shape, const py::dict& weights, const std::string& instructions)
{
    std::vector<py::array> kept;
    std::map<std::string, weight_view> views;
    for (const auto& item : weights) {
        const auto name = item.first.cast<std::string>();
        if (!py::isinstance<py::array>(item.second))
            refuse(name + " must be an array");
        const auto array = py::array::ensure(item.second, py::array::c_style);
        weight_view view;
        view.size.assign(array.shape(), array.shape() + array.ndim());
        if (array.dtype().equal(py::dtype::of<float>()))
            view.floats = static_cast<const float*>(array.data());
        else if (array.dtype().equal(py::dtype::of<int64_t>()))
            view.integers = static_cast<const int64_t*>(array.data());
        else
            throw std::invalid_argument(name + " is " +
                                        std::string(py::str(array.dtype())) +
                                        ", weights must be float32");
        kept.push_back(array);
        views[name] = view;
    }
    return std::make_unique<streaming_model>(
        shape_of(shape), views, kernels_called(instructions));
}

py::array_t<float> step(streaming_model& model,
                        const float_array& tokens,
                        const std::vector<size_t>& slots,
                        const std::vector<int64_t>& positions,
                        const std::vector<int64_t>& seen,
                        const std::vector<size_t>& runs)
{
    const size_t count = slots.size();
    if (positions.size() != count || seen.size() != count || runs.size() != count)
        refuse("slots, positions, seen and runs must be as many");
    const auto& shape = model.shape();
    std::vector<gr::rfattn::stream_run> all(count);
    size_t steps = 0;
    for (size_t i = 0; i < count; i++) {
        all[i] = { slots[i], positions[i], seen[i], runs[i] };
        // Not a sum that may be too large for its type.
        if (runs[i] > static_cast<size_t>(tokens.size()))
            refuse("runs must be those of the tokens");
        steps += runs[i];
    }
    if (tokens.ndim() != 3 || static_cast<size_t>(tokens.shape(0)) != steps ||
        static_cast<size_t>(tokens.shape(1)) != shape.block_size ||
        static_cast<size_t>(tokens.shape(2)) != shape.values())
        refuse("tokens must be (" + std::to_string(steps) + ", " +
               std::to_string(shape.block_size) + ", " + std::to_string(shape.values()) +
               ")");
    py::array_t<float> logits({ steps, shape.n_classes });
    {
        const py::gil_scoped_release meanwhile;
        model.step(tokens.data(), all, logits.mutable_data());
    }
    return logits;
}

} // namespace

PYBIND11_MODULE(model_python, m)
{
    m.doc() = "The step of a streaming transformer in C++.";
    m.def("instruction_sets", [] {
        size_t count = 0;
        const auto* sets = gr::rfattn::possible_kernels(count);
        std::vector<std::string> names;
        for (size_t i = 0; i < count; i++)
            names.emplace_back(sets[i]->name);
        return names;
    });
    py::class_<streaming_model>(m, "native_model")
        .def(py::init(&make),
             py::arg("shape"),
             py::arg("weights"),
             py::arg("instructions") = "")
        .def_property_readonly("bytes_per_stream", &streaming_model::bytes_per_stream)
        .def_property_readonly(
            "instructions",
            [](const streaming_model& model) { return model.instructions().name; })
        .def("hold", &streaming_model::hold, py::arg("slot"))
        .def("fill", &streaming_model::fill, py::arg("slot"))
        .def("step",
             &step,
             py::arg("tokens"),
             py::arg("slots"),
             py::arg("positions"),
             py::arg("seen"),
             py::arg("runs"));
}
