/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "emission_channel.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

// Below this many bins, a channel comes from a second bank.
const double NARROW = filter_bank::MIN_BINS / std::sqrt(1.25);

// Of the first bank's channel in front of a second bank: the narrow channel lies within
// its flat part, even the one of MIN_BINS / 1.2 bins, which is the widest.
constexpr int FIRST_BINS = filter_bank::MIN_BINS / 4 * 5;

// Channels down to half a bin of the first bank.
constexpr int LARGEST_SECOND = 2 * FIRST_BINS * filter_bank::MIN_BINS;

int64_t floor_of(int64_t n, int64_t divisor)
{
    return n >= 0 ? n / divisor : -((divisor - 1 - n) / divisor);
}

} // namespace

filter_bank& filter_banks::second(int size)
{
    auto& found = d_second[size];
    if (!found)
        found = std::make_unique<filter_bank>(size);
    return *found;
}

emission_channel::emission_channel(filter_banks& banks, double centre, double width)
    : d_banks(banks)
{
    filter_bank& first = banks.first();
    const double bin_hz = banks.sample_rate() / first.size();
    const double wanted = 2.0 * width / bin_hz;
    const bool narrow = wanted < NARROW;
    const int bins = narrow ? FIRST_BINS : filter_bank::nearest_size(wanted);
    d_channel = first.make_channel(centre / bin_hz, bins);
    d_rate = bin_hz * d_channel.bins;
    d_centre = bin_hz * d_channel.centre();
    d_samples.resize(d_channel.samples());
    if (narrow)
        add_second_bank(wanted);
}

void emission_channel::add_second_bank(double wanted)
{
    constexpr int bins = filter_bank::MIN_BINS;
    const double size = std::min(FIRST_BINS * bins / wanted, 1.0 * LARGEST_SECOND);
    d_second = &d_banks.second(filter_bank::nearest_size(size));
    d_narrow = d_second->make_channel(0.0, bins);
    d_rate *= static_cast<double>(bins) / d_second->size();
    d_reach =
        static_cast<uint64_t>(d_second->size()) * d_banks.first().size() / FIRST_BINS;
    d_held.reserve(d_second->size() + d_samples.size());
    d_completed.resize(d_narrow.samples());
}

emission_channel::run emission_channel::extract(int64_t number)
{
    d_banks.first().extract(d_channel, d_samples.data());
    const int64_t first = number * static_cast<int64_t>(d_samples.size());
    if (d_second)
        return narrow(first);
    return { static_cast<uint64_t>(first), d_samples.data(), d_samples.size() };
}

bool emission_channel::continues_to(int64_t number, uint64_t sample) const
{
    const int64_t first = number * static_cast<int64_t>(d_samples.size());
    if (!d_second)
        return sample >= static_cast<uint64_t>(first);
    return first == d_next && sample >= std::max(d_block * d_completed.size(), d_first);
}

// A block of the second bank takes more samples than one of the first brings, so one
// block of the first bank completes at most one of the second.
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
    const int64_t begin = d_block * hop - d_second->margin();
    d_held.assign(first - begin, gr_complex(0.0f, 0.0f));
    const int64_t size = d_second->size();
    // First times bins by size, rounded up, where the product may not fit into 64 bits.
    const int64_t whole = floor_of(first, size), rest = first - whole * size;
    d_first = whole * d_narrow.bins + (rest * d_narrow.bins + size - 1) / size;
}

} // namespace rfattn
} // namespace gr
