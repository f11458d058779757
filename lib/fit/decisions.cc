/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "decisions.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>
#include <string>

namespace gr {
namespace rfattn {

namespace {

std::array<std::string, decisions::COUNT> names()
{
#define RFATTN_TEXT(name) #name,
    std::array<std::string, decisions::COUNT> all{ RFATTN_DECISIONS(RFATTN_TEXT) };
#undef RFATTN_TEXT
    for (auto& name : all)
        for (char& c : name)
            c = c == '_' ? '-' : static_cast<char>(std::tolower(c));
    return all;
}

} // namespace

std::map<std::string, uint64_t> decisions::by_name() const
{
    std::map<std::string, uint64_t> counts;
    const auto all = names();
    for (size_t i = 0; i < COUNT; i++)
        counts[all[i]] = d_counts[i].load(std::memory_order_relaxed);
    return counts;
}

void decisions::reset()
{
    for (auto& n : d_counts)
        n = 0;
}

void decisions::leave_out(const std::string& which)
{
    const auto all = names();
    const auto found = std::find(all.begin(), all.end(), which);
    if (found == all.end()) {
        std::string list = all.front();
        for (size_t i = 1; i < COUNT; i++)
            list += ", " + all[i];
        throw std::invalid_argument("decision must be one of " + list + ", got " + which);
    }
    d_left_out[found - all.begin()] = true;
}

} // namespace rfattn
} // namespace gr
