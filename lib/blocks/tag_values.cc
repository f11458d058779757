/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "tag_values.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace gr {
namespace rfattn {

namespace {

constexpr size_t LONGEST_TEXT = 80; // characters

[[noreturn]] void
throw_refusal(const std::string& what, const std::string& rule, const pmt::pmt_t& value)
{
    throw std::invalid_argument(what + " must be " + rule + ", got " + as_text(value));
}

} // namespace

std::optional<uint64_t> as_count(const pmt::pmt_t& value)
{
    if (pmt::is_uint64(value))
        return pmt::to_uint64(value);
    if (pmt::is_integer(value) && pmt::to_long(value) >= 0)
        return static_cast<uint64_t>(pmt::to_long(value));
    return std::nullopt;
}

std::optional<double> as_number(const pmt::pmt_t& value)
{
    if (pmt::is_uint64(value)) // which to_double() does not take
        return static_cast<double>(pmt::to_uint64(value));
    if (!pmt::is_real(value) && !pmt::is_integer(value))
        return std::nullopt;
    const double x = pmt::to_double(value);
    return std::isfinite(x) ? std::optional<double>(x) : std::nullopt;
}

std::string as_text(const pmt::pmt_t& value)
{
    std::string text = pmt::write_string(value);
    if (text.size() > LONGEST_TEXT)
        text = text.substr(0, LONGEST_TEXT) + "...";
    return text;
}

pmt::pmt_t vector_of(const std::vector<pmt::pmt_t>& values)
{
    const auto vector = pmt::make_vector(values.size(), pmt::PMT_NIL);
    for (size_t i = 0; i < values.size(); i++)
        pmt::vector_set(vector, i, values[i]);
    return vector;
}

pmt::pmt_t counts_to_pmt(const std::vector<uint64_t>& counts)
{
    std::vector<pmt::pmt_t> values;
    for (const uint64_t count : counts)
        values.push_back(pmt::from_uint64(count));
    return vector_of(values);
}

std::optional<std::vector<uint64_t>> as_counts(const pmt::pmt_t& value)
{
    if (pmt::is_u64vector(value))
        return pmt::u64vector_elements(value);
    if (!pmt::is_vector(value))
        return std::nullopt;
    std::vector<uint64_t> counts;
    for (size_t i = 0; i < pmt::length(value); i++) {
        const auto count = as_count(pmt::vector_ref(value, i));
        if (!count)
            return std::nullopt;
        counts.push_back(*count);
    }
    return counts;
}

uint64_t count_of(const tag_t& tag)
{
    const auto count = as_count(tag.value);
    if (!count)
        throw_refusal(
            pmt::symbol_to_string(tag.key) + ": the value", "a uint64", tag.value);
    return *count;
}

// Each walk along the list of a dictionary costs as much as finding all its entries once.
tag_dict::tag_dict(std::string name, const pmt::pmt_t& value) : d_name(std::move(name))
{
    if (!pmt::is_dict(value) || pmt::is_null(value)) // an empty dictionary is null
        throw_refusal(d_name + ": the value", "a dictionary", value);
    for (auto rest = value; pmt::is_pair(rest); rest = pmt::cdr(rest))
        if (const auto entry = pmt::car(rest); pmt::is_pair(entry))
            d_entries.emplace_back(pmt::car(entry), pmt::cdr(entry));
}

pmt::pmt_t tag_dict::find(const pmt::pmt_t& key) const
{
    for (const auto& [name, value] : d_entries)
        if (name == key) // equal symbols are one object
            return value;
    return pmt::PMT_NIL;
}

uint64_t tag_dict::count(const pmt::pmt_t& key) const
{
    const auto value = find(key);
    const auto count = as_count(value);
    if (!count)
        refuse(key, "a uint64", value);
    return *count;
}

uint64_t tag_dict::count(const pmt::pmt_t& key, uint64_t absent) const
{
    const auto has_key = [&key](const auto& entry) { return entry.first == key; };
    return std::any_of(d_entries.begin(), d_entries.end(), has_key) ? count(key) : absent;
}

double tag_dict::number(const pmt::pmt_t& key) const
{
    const auto value = find(key);
    const auto number = as_number(value);
    if (!number)
        refuse(key, "a finite double", value);
    return *number;
}

void tag_dict::refuse(const pmt::pmt_t& key,
                      const std::string& rule,
                      const pmt::pmt_t& value) const
{
    throw_refusal(d_name + ": entry " + pmt::symbol_to_string(key), rule, value);
}

} // namespace rfattn
} // namespace gr
