/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "emission_channel.h"

#include <algorithm>

namespace gr {
namespace rfattn {

namespace {

// A second bank of MIN_BINS^2 samples would give channels as wide as a bin of the first.
constexpr int LARGEST_SECOND = 2 * filter_bank::MIN_BINS * filter_bank::MIN_BINS;

int64_t floor_of(int64_t n, int64_t divisor)
{
    return n >= 0 ? n / divisor : -((divisor - 1 - n) / divisor);
}

} // namespace

filter_bank& filter_banks::second(int size)
{
    auto& found = d_second[size];
    if (!found)
        found = std::make_unique<filter_bank>(size, false);
    return *found;
}

emission_channel::emission_channel(filter_banks& banks, double centre, double width)
    : d_banks(banks)
{
    filter_bank& first = banks.first();
    const double bin_hz = banks.sample_rate() / first.size();
    const double wanted = 2.0 * width / bin_hz;
    d_channel = first.make_channel(centre / bin_hz, filter_bank::nearest_size(wanted));
    d_rate = bin_hz * d_channel.bins;
    d_centre = bin_hz * d_channel.centre();
    d_samples.resize(d_channel.bins / 2);

    const int second =
        std::min(LARGEST_SECOND,
                 filter_bank::nearest_size(filter_bank::MIN_BINS * filter_bank::MIN_BINS /
                                           wanted));
    if (second == filter_bank::MIN_BINS)
        return;
    d_second = &banks.second(second);
    d_narrow = d_second->make_channel(0.0, filter_bank::MIN_BINS);
    d_rate *= static_cast<double>(filter_bank::MIN_BINS) / second;
    d_reach = static_cast<uint64_t>(second) * first.size() / filter_bank::MIN_BINS;
    d_held.reserve(second + d_samples.size());
    d_completed.resize(d_narrow.bins / 2);
}

emission_channel::run emission_channel::extract(int64_t number)
{
    d_banks.first().extract(d_channel, d_samples.data());
    const int64_t first = number * static_cast<int64_t>(d_samples.size());
    if (d_second)
        return narrow(first);
    return { static_cast<uint64_t>(first), d_samples.data(), d_samples.size() };
}

// The second bank has at least MIN_BINS + 16 samples, of which half are new in a block,
// so one block of the first bank completes at most one of the second.
emission_channel::run emission_channel::narrow(uint64_t first)
{
    const int64_t begin = static_cast<int64_t>(first);
    if (begin != d_next)
        restart(begin);
    d_held.insert(d_held.end(), d_samples.begin(), d_samples.end());
    d_next = begin + static_cast<int64_t>(d_samples.size());
    const size_t size = d_second->size();
    if (d_held.size() < size)
        return { 0, nullptr, 0 };
    d_second->begin_block(d_block, d_held.data());
    d_second->extract(d_narrow, d_completed.data());
    d_held.erase(d_held.begin(), d_held.begin() + d_second->hop());
    const uint64_t number = d_block * d_completed.size();
    d_block++;
    const uint64_t before = std::max(number, d_first) - number;
    return { number + before, d_completed.data() + before, d_completed.size() - before };
}

// The next block of the second bank is the one that `first` lies in.
void emission_channel::restart(int64_t first)
{
    const int64_t hop = d_second->hop();
    d_block = floor_of(first, hop);
    const int64_t begin = d_block * hop - hop / 2;
    d_held.assign(first - begin, gr_complex(0.0f, 0.0f));
    const int64_t size = d_second->size();
    d_first = (first * d_narrow.bins + size - 1) / size;
}

} // namespace rfattn
} // namespace gr
