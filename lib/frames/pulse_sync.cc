/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "pulse_sync.h"
#include "base/extreme_sample.h"
#include "base/interpolation.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <utility>

namespace gr {
namespace rfattn {

namespace {

constexpr double CHIP_S = 0.5e-6;
constexpr std::array<size_t, 4> PULSES{ 0, 2, 7, 9 }; // chips of the preamble
constexpr float LEAST_CONTRAST = 3.0f;                // of pulses to what is between them
constexpr uint32_t PARITY = 0xFFF409;
constexpr size_t PARITY_BITS = 24, FORMAT_BITS = 5, SHORT_BITS = 56;

} // namespace

pulse_sync::pulse_sync(double rate)
    : d_chip(CHIP_S * rate),
      d_most(static_cast<size_t>(BURST_START_S * rate))
{
    break_off();
    for (size_t k = 0; k < d_places.size(); k++)
        d_places[k] =
            static_cast<size_t>(std::lround(2.0 * d_chip * static_cast<double>(k)));
}

void pulse_sync::break_off()
{
    d_left = d_most;
    d_used = 0;
    d_sums.assign(1, 0.0);
    d_chips.clear();
}

void pulse_sync::add(const gr_complex* samples, size_t count)
{
    if (d_is_bounded) {
        count = std::min(count, d_left);
        d_left -= count;
    }
    for (size_t n = 0; n < count; n++)
        d_sums.push_back(d_sums.back() +
                         static_cast<double>(std::norm(zero_if_extreme(samples[n]))));
    const double last = static_cast<double>(d_sums.size()) - 2.0 - d_chip;
    for (;;) {
        const double place = 0.5 * static_cast<double>(d_chips.size());
        if (place > last)
            break;
        d_chips.push_back(static_cast<float>(value_at(d_sums, place + d_chip) -
                                             value_at(d_sums, place)));
    }
    look();
}

void pulse_sync::look()
{
    const size_t span = d_places.back() + 1;
    size_t n = 0;
    while (n + span <= d_chips.size()) {
        const bool has_begun = begins(&d_chips[n]);
        d_looks += has_begun ? 1.0 : 0.0;
        const bool is_found = has_begun && frame_bits(&d_chips[n]) > 0;
        if (is_found)
            keep(n);
        n += is_found ? d_places[PREAMBLE + 2 * SHORT_BITS] : 1;
    }
    const size_t used = std::min(n, d_chips.size()) / 2; // samples
    d_chips.erase(d_chips.begin(), d_chips.begin() + static_cast<ptrdiff_t>(2 * used));
    d_sums.erase(d_sums.begin(), d_sums.begin() + static_cast<ptrdiff_t>(used));
    d_used += used;
    const double all = d_sums.front();
    for (double& sum : d_sums)
        sum -= all;
}

bool pulse_sync::begins(const float* chips) const
{
    float pulses = 0.0f, least = chips[0];
    for (const size_t pulse : PULSES) {
        const float energy = at(chips, pulse);
        if (energy <= at(chips, pulse + 1))
            return false;
        pulses += energy;
        least = std::min(least, energy);
    }
    float others = -pulses;
    for (size_t k = 0; k < PREAMBLE; k++)
        others += at(chips, k);
    constexpr float COUNT = PULSES.size(), OTHERS = PREAMBLE - PULSES.size();
    return pulses * OTHERS >= LEAST_CONTRAST * others * COUNT &&
           least * 2.0f * COUNT >= pulses;
}

// The frame whose preamble begins with this half sample.
void pulse_sync::keep(size_t place)
{
    const float* const chips = &d_chips[place];
    const size_t count = frame_bits(chips);
    std::vector<uint8_t> octets(count / 8);
    for (size_t k = 0; k < count; k++)
        octets[k / 8] = static_cast<uint8_t>(octets[k / 8] << 1 | bit(chips, k));
    const double begin = static_cast<double>(d_used) + 0.5 * static_cast<double>(place);
    const double length = static_cast<double>(PREAMBLE + 2 * count) * d_chip;
    d_read.push_back({ "Mode S",
                       checked_frame::origin::WORD,
                       begin,
                       begin + length,
                       std::move(octets) });
    d_proof.add({ begin, PARITY_BITS, std::log2(d_looks) });
}

// 0 where the parity is wrong, or not known.
size_t pulse_sync::frame_bits(const float* chips) const
{
    unsigned format = 0;
    for (size_t k = 0; k < FORMAT_BITS; k++)
        format = format << 1 | bit(chips, k);
    if (format != 11 && format != 17 && format != 18)
        return 0;
    const size_t count = format == 11 ? SHORT_BITS : MOST_BITS;
    uint32_t check = 0;
    for (size_t k = 0; k < count; k++) {
        const bool is_over = check >> (PARITY_BITS - 1) & 1;
        check = (check << 1 | bit(chips, k)) & 0xFFFFFF;
        check ^= is_over ? PARITY : 0;
    }
    return check == 0 ? count : 0;
}

sync_found pulse_sync::found() const
{
    return d_proof.found("Mode S", true);
}

} // namespace rfattn
} // namespace gr
