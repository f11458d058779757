/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Symbols that the input states, keyed in frequency or phase, of any amount, at any of a
// few rates, in pieces of any length with gaps: no write beyond a buffer, and a name with
// frames.

#include "bytes.h"
#include "frames/signal_reader.h"
#include "shipped_formats.h"

#include <cmath>
#include <vector>

using namespace gr::rfattn;

namespace {

constexpr size_t MOST = 4000;
const bool ARE_SET = (frame_formats::set(shipped_formats()), true);

// Samples that carry the bits of the input.
void fill(std::vector<gr_complex>& samples, double& angle, fuzz::bytes& in)
{
    const auto amount = static_cast<float>(in.number());
    const size_t period = 1 + in.byte() % 48;
    const bool is_phase = in.byte() % 2;
    uint64_t symbols = in.take<uint64_t>();
    for (size_t n = 0; n < samples.size(); n++) {
        if (n % (64 * period) == 0)
            symbols = in.empty() ? symbols : in.take<uint64_t>();
        const bool bit = symbols >> (n / period % 64) & 1;
        angle += is_phase ? 0.0 : (bit ? 0.5 : -0.5) * M_PI / static_cast<double>(period);
        const float sign = is_phase && bit ? -1.0f : 1.0f;
        samples[n] = amount * sign * gr_complex(std::polar(1.0, angle));
    }
    for (size_t n = in.byte() % 4; n > 0; n--)
        samples[in.below(samples.size())] = { static_cast<float>(in.number()),
                                              static_cast<float>(in.number()) };
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    constexpr double MOST_TONE_RATE = 24e3; // of the channels of narrow emissions
    static constexpr double RATES[] = { 93.75, 1500.0, 12e3,   48e3,
                                        96e3,  375e3,  1.92e6, 20e6 };
    fuzz::bytes in(data, size);
    signal_reader sync;
    std::vector<gr_complex> samples(MOST);
    uint64_t first = in.count() >> 2; // below 2^62, as emissions are
    double angle = 0.0;
    for (int left = 16; left > 0 && !in.empty(); left--) {
        if (left == 16 || in.byte() == 255) {
            // As emission_stream gives them: within the channel, the lower one first.
            const double rate = RATES[in.byte() % 8];
            const double lower = (in.take<uint16_t>() / 65536.0 - 0.5) * rate;
            const double width =
                1.0 + in.take<uint16_t>() / 65536.0 * (0.5 * rate - lower);
            const double centre = 1e4 * (in.byte() - 128);
            sync.restart(rate, centre, lower, lower + width);
            if (rate < MOST_TONE_RATE)
                sync.restart_tones(rate, centre, lower, lower + width);
        }
        fill(samples, angle, in);
        if (in.byte() % 8 == 0)
            first = in.count() >> 2;
        const size_t count = in.below(MOST + 1);
        sync.add(first, samples.data(), count);
        sync.add_tones(first, samples.data(), count);
        first += count;
        MUST((sync.found().name != nullptr) == (sync.found().frames > 0));
    }
    return 0;
}
