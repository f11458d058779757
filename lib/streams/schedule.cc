/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "schedule.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

void schedule::restart()
{
    d_entries.clear();
    d_total = counters();
}

schedule::stretch schedule::take(const place& first, size_t count, size_t room)
{
    entry& e = entry_at(first);
    if (e.left > 0)
        return pass(e, first, count, room);
    const size_t resting = tokens_to_rest(e, first, count);
    if (resting == 0) {
        begin_look(e);
        return pass(e, first, count, room);
    }
    e.tokens.rested += resting;
    d_total.rested += resting;
    return { resting, false, false, e.number };
}

schedule::stretch schedule::pass(entry& e, const place& first, size_t count, size_t room)
{
    const size_t wanted = rests() ? std::min<uint64_t>(count, e.left) : count;
    const stretch passed{ std::min(wanted, room), true, e.begins, e.number };
    if (passed.count == 0)
        return passed;
    e.begins = false;
    e.tokens.out += passed.count;
    d_total.out += passed.count;
    if (rests()) {
        e.left -= passed.count;
        const uint64_t next = first.sample + passed.count * first.samples_per_token;
        e.rest_begin_s =
            static_cast<double>(next) / first.rate; // of use when none is left
    }
    return passed;
}

// That of the stream, new where it has none; a segment that begins within a look begins
// the look again, since no context spans two segments.
schedule::entry& schedule::entry_at(const place& first)
{
    auto found = d_entries.find(first.stream);
    if (found == d_entries.end()) {
        entry fresh;
        fresh.left = d_settings.window;
        fresh.segment = first.segment;
        fresh.rest_s = d_settings.first_rest_s;
        found = d_entries.emplace(first.stream, fresh).first;
    }
    entry& e = found->second;
    if (first.segment != e.segment && e.left > 0) {
        e.left = d_settings.window;
        e.number += !e.begins;
        e.begins = true;
    }
    e.segment = first.segment;
    return e;
}

// Of `count` tokens, those that begin before the rest ends. The end is rounded to a whole
// sample, so that it is the same wherever `first` lies.
size_t schedule::tokens_to_rest(const entry& e, const place& first, size_t count) const
{
    const double rest_s = e.doubtful ? d_settings.first_rest_s : e.rest_s;
    const double begin = std::floor(e.rest_begin_s * first.rate);
    const double end = std::ceil((e.rest_begin_s + rest_s) * first.rate);
    const double now = static_cast<double>(first.sample);
    if (now < begin || now >= end)
        return 0;
    const double tokens =
        std::ceil((end - now) / static_cast<double>(first.samples_per_token));
    return static_cast<size_t>(std::min(static_cast<double>(count), tokens));
}

void schedule::begin_look(entry& e) const
{
    e.left = d_settings.window;
    e.number++;
    e.begins = true;
    e.rest_s = e.doubtful ? d_settings.first_rest_s
                          : std::min(2.0 * e.rest_s, d_settings.max_rest_s);
}

void schedule::judge(uint64_t stream, double confidence)
{
    const auto found = d_entries.find(stream);
    if (found != d_entries.end())
        found->second.doubtful = confidence < d_settings.confidence;
}

std::optional<schedule::counters> schedule::count(uint64_t stream) const
{
    const auto found = d_entries.find(stream);
    if (found == d_entries.end())
        return std::nullopt;
    return found->second.tokens;
}

std::vector<uint64_t> schedule::streams() const
{
    std::vector<uint64_t> numbers;
    for (const auto& [stream, e] : d_entries)
        numbers.push_back(stream);
    return numbers;
}

} // namespace rfattn
} // namespace gr
