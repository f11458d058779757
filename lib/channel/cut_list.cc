/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "cut_list.h"

#include <algorithm>

namespace gr {
namespace rfattn {

namespace {

constexpr uint64_t MARGIN_SHARE = 8; // a margin is a burst divided by this

} // namespace

cut_list::cut_list(uint64_t margin_max, uint64_t first)
    : d_margin_max(margin_max),
      d_first(first)
{
}

cut_list::news cut_list::update(const emission& e, uint64_t from, uint64_t margin_min)
{
    d_margin_min = margin_min;
    news found;
    for (const auto& b : e.bursts) {
        const uint64_t stop = b.sample_start + b.sample_count;
        if (d_open && stop > d_spans.back().burst_start)
            end_burst(d_spans.back().burst_start, stop);
        else
            begin_burst(b.sample_start, stop, b.sample_count, from, found);
    }
    if (e.burst_start && !d_open) {
        const uint64_t count = std::max(e.sample_now, *e.burst_start) - *e.burst_start;
        begin_burst(*e.burst_start, NEVER, count, from, found);
        d_open = true;
    } else if (!e.burst_start && d_open) {
        end_burst(d_spans.back().burst_start, e.sample_start + e.sample_count);
    }
    return found;
}

void cut_list::begin_burst(
    uint64_t start, uint64_t stop, uint64_t count, uint64_t from, news& found)
{
    const uint64_t before = std::min(start, margin(count));
    const uint64_t end = stop == NEVER ? NEVER : stop + margin(count);
    if (end > from) {
        const uint64_t first = std::max(start - before, d_first);
        d_spans.insert(d_spans.end() - (d_open ? 1 : 0), { first, end, start });
        found.begin = std::min(found.begin, first);
    }
    if (start < from)
        found.missed += std::min(from, stop) - start;
}

void cut_list::end_burst(uint64_t start, uint64_t stop)
{
    const uint64_t count = std::max(start, stop) - start;
    d_spans.back().stop = start + count + margin(count);
    d_open = false;
}

uint64_t cut_list::margin(uint64_t count) const
{
    return std::max(d_margin_min, std::min(count / MARGIN_SHARE, d_margin_max));
}

void cut_list::end_at(uint64_t stop)
{
    for (auto& s : d_spans)
        s.stop = std::min(s.stop, stop);
    d_open = false;
}

void cut_list::forget(uint64_t sample)
{
    const auto is_past = [sample](const span& s) { return s.stop <= sample; };
    d_spans.erase(std::remove_if(d_spans.begin(), d_spans.end(), is_past), d_spans.end());
}

uint64_t cut_list::first_from(uint64_t sample) const
{
    uint64_t first = NEVER;
    for (const auto& s : d_spans)
        if (s.stop > sample)
            first = std::min(first, std::max(s.start, sample));
    return first;
}

bool cut_list::wants(uint64_t begin, uint64_t end) const
{
    return std::any_of(d_spans.begin(), d_spans.end(), [begin, end](const span& s) {
        return s.start < end && s.stop > begin;
    });
}

} // namespace rfattn
} // namespace gr
