/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "decisions.h"

#include <algorithm>
#include <stdexcept>

namespace gr {
namespace rfattn {

namespace {

constexpr const char* NAMES[] = {
    "covered",     "skirt",         "click",        "far-below",     "slow-map",
    "sum",         "seen",          "sum-of-parts", "short",         "emptied",
    "keyed",       "part-of-ended", "within",       "side-band",     "begins-weak",
    "begins-with", "alternates",    "covers",       "sum-of-bursts", "spilt-near",
    "spilt-under", "spilt-with",    "spilt-skirt",  "alike",         "known",
    "same-band",   "tones",         "subcarriers",  "line-under",    "untimed",
    "same-time",   "pulses",        "turns",        "like-tones",    "valley",
    "split",       "faint",         "grows",        "rise",          "mirrored",
    "voice",       "others",        "others-skirt", "leaks",         "few-lines",
    "own-rise",    "beside-lines",  "voice-pause",  "keyed-pause",   "uncovered",
    "ofdm",
};
static_assert(std::size(NAMES) == decisions::COUNT);

} // namespace

std::map<std::string, uint64_t> decisions::by_name() const
{
    std::map<std::string, uint64_t> counts;
    for (size_t i = 0; i < COUNT; i++)
        counts[NAMES[i]] = d_counts[i].load(std::memory_order_relaxed);
    return counts;
}

void decisions::reset()
{
    for (auto& n : d_counts)
        n = 0;
}

void decisions::leave_out(const std::string& which)
{
    const auto found = std::find(std::begin(NAMES), std::end(NAMES), which);
    if (found == std::end(NAMES)) {
        std::string all;
        for (const char* one : NAMES)
            all += (all.empty() ? "" : ", ") + std::string(one);
        throw std::invalid_argument("decision must be one of " + all + ", got " + which);
    }
    d_left_out[found - std::begin(NAMES)] = true;
}

} // namespace rfattn
} // namespace gr
