/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "channel_reader.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

channel_reader::channel_reader(filter_banks& banks, double centre, double width)
    : d_channel(std::make_unique<emission_channel>(banks, centre, width)),
      d_ratio(d_channel->rate() / banks.sample_rate())
{
}

// The samples of a run that lie in a span and were not read before.
emission_channel::run channel_reader::part(const cut_list::span& s,
                                           const emission_channel::run& r) const
{
    const auto begin =
        static_cast<uint64_t>(std::ceil(static_cast<double>(s.start) * d_ratio));
    const auto end =
        s.stop == cut_list::NEVER
            ? cut_list::NEVER
            : static_cast<uint64_t>(std::floor(static_cast<double>(s.stop) * d_ratio));
    const uint64_t stop = r.first + r.count;
    const uint64_t first = std::min(std::max({ begin, d_next, r.first }), stop);
    const uint64_t last = std::max(first, std::min(end, stop));
    return { first, r.samples + (first - r.first), last - first };
}

void gathered_samples::add(const emission_channel::run& r)
{
    if (samples.empty())
        first = r.first;
    samples.insert(samples.end(), r.samples, r.samples + r.count);
}

} // namespace rfattn
} // namespace gr
