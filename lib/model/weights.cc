/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "model/weights.h"

#include <cmath>
#include <cstring>
#include <set>
#include <stdexcept>

namespace gr {
namespace rfattn {

struct weights::taken {
    std::set<std::string> names;
};

namespace {

// As Python writes a shape and a type.
std::string described(const std::vector<size_t>& size, bool are_floats)
{
    std::string text = "(";
    for (const size_t n : size)
        text += (text.size() > 1 ? ", " : "") + std::to_string(n);
    return text + (size.size() == 1 ? ",) " : ") ") + (are_floats ? "float32" : "int64");
}

// A foreign name for a refusal: without control characters, and not longer than a line.
std::string shown(std::string name)
{
    constexpr size_t MOST = 80;
    if (name.size() > MOST)
        name = name.substr(0, MOST) + "...";
    for (auto& c : name) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            c = '?';
    }
    return name;
}

} // namespace

weights::weights(const std::map<std::string, weight_view>& all)
    : d_all(&all),
      d_taken(std::make_shared<taken>())
{
}

weights weights::within(const std::string& part) const
{
    weights inner = *this;
    inner.d_prefix += part + ".";
    return inner;
}

const weight_view& weights::take(const std::string& name,
                                 const std::vector<size_t>& size,
                                 bool are_floats) const
{
    const auto found = d_all->find(d_prefix + name);
    if (found == d_all->end())
        throw std::invalid_argument("the file has no " + d_prefix + name);
    const auto& weight = found->second;
    const bool has_floats = weight.integers == nullptr;
    if (weight.size != size || has_floats != are_floats)
        throw std::invalid_argument(d_prefix + name + " is " +
                                    described(weight.size, has_floats) +
                                    ", the model needs " + described(size, are_floats));
    d_taken->names.insert(d_prefix + name);
    return weight;
}

const float* weights::floats(const std::string& name,
                             const std::vector<size_t>& size) const
{
    const auto& weight = take(name, size, true);
    size_t count = 1;
    for (const size_t n : size)
        count *= n;
    for (size_t i = 0; i < count; i++) {
        if (!std::isfinite(weight.floats[i]))
            throw std::invalid_argument(d_prefix + name + " is not finite");
    }
    return weight.floats;
}

const int64_t* weights::integers(const std::string& name, size_t size) const
{
    return take(name, { size }, false).integers;
}

aligned_floats weights::vector(const std::string& name, size_t size) const
{
    const float* values = floats(name, { size });
    aligned_floats own(padded(size));
    std::memcpy(own.data(), values, size * sizeof(float));
    return own;
}

void weights::refuse_others() const
{
    for (const auto& weight : *d_all) {
        if (!d_taken->names.count(weight.first))
            throw std::invalid_argument("the model has no " + shown(weight.first));
    }
}

linear_map::linear_map(const weights& from,
                       const std::string& name,
                       size_t inputs,
                       size_t outputs,
                       bool has_bias)
    : linear_map(
          from.floats(name + ".weight", { outputs, inputs }),
          inputs,
          outputs,
          inputs,
          [](size_t i) { return i; },
          has_bias ? from.vector(name + ".bias", outputs) : aligned_floats())
{
}

} // namespace rfattn
} // namespace gr
