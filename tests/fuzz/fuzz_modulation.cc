/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Samples of any amount in pieces of any length, with gaps, in a channel with any edges:
// what is measured stays within its limits.

#include "bytes.h"
#include "measure/modulation.h"

#include <cmath>
#include <vector>

using namespace gr::rfattn;

namespace {

constexpr double RATE = 48e3;
constexpr size_t MOST = 3 * modulation_meter::BLOCK;

void fill(std::vector<gr_complex>& samples, fuzz::bytes& in)
{
    const auto amount = static_cast<float>(in.number());
    const double turns = in.take<int16_t>() / 65536.0;
    const size_t pause = 1 + in.byte(), period = 1 + in.byte();
    const bool is_steady = in.byte() % 2;
    for (size_t i = 0; i < samples.size(); i++) {
        const bool is_on = is_steady || i % (pause + period) >= pause;
        const double angle = 2.0 * M_PI * turns * static_cast<double>(i);
        samples[i] = is_on ? amount * gr_complex(std::cos(angle), std::sin(angle)) : 0.0f;
    }
    for (size_t n = in.byte() % 8; n > 0; n--)
        samples[in.below(samples.size())] = { static_cast<float>(in.number()),
                                              static_cast<float>(in.number()) };
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    static modulation_meter meter;
    fuzz::bytes in(data, size);
    modulation measured;
    std::vector<gr_complex> samples(MOST);
    uint64_t first = in.count();
    for (int left = 64; left > 0 && !in.empty(); left--) {
        if (left == 64 || in.byte() == 255) {
            // As emission_stream gives them: within the channel, the lower one first.
            const double lower = (in.take<uint16_t>() / 65536.0 - 0.5) * RATE;
            const double width =
                1.0 + in.take<uint16_t>() / 65536.0 * (0.5 * RATE - lower);
            measured.restart(RATE, lower, lower + width);
        }
        fill(samples, in);
        if (in.byte() % 8 == 0)
            first = in.count();
        const size_t count = in.below(MOST + 1);
        measured.add(first, samples.data(), count, meter);
        first += count;
        for (const float value : measured.values())
            MUST(std::abs(value) <= 4.0f);
    }
    return 0;
}
