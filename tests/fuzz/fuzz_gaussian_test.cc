/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Samples of any kind in a band whose floor was learnt from others, or not at all: the
// share of a signal, and the lengths of an OFDM symbol, stay within their limits.

#include "bytes.h"
#include "floor/cyclic_prefix.h"
#include "floor/gaussian_test.h"

#include <cmath>
#include <random>
#include <vector>

using namespace gr::rfattn;

namespace {

constexpr double RATE = 400e3;
constexpr size_t SAMPLES = 80000; // of which cyclic_prefix needs 2^16

// Noise, of which a part repeats after some samples.
std::vector<gr_complex> make(fuzz::bytes& in, size_t count)
{
    std::minstd_rand random(in.byte());
    std::normal_distribution<float> normal;
    auto amount = static_cast<float>(in.number());
    if (!(std::abs(amount) <= 1e12f))
        amount = 0.01f;
    const size_t lag = 1 + in.take<uint16_t>(), symbol = lag + 1 + in.below(2000);
    const size_t steps = in.byte(), pause = in.below(8000);
    std::vector<gr_complex> made(count);
    for (size_t i = 0; i < count; i++) {
        made[i] = amount * gr_complex(normal(random), normal(random));
        if (i >= lag && i % symbol >= lag)
            made[i] = made[i - lag];
        if (steps % 4 == 0)
            made[i] = { std::round(made[i].real()), std::round(made[i].imag()) };
        if (i % 10000 < pause)
            made[i] *= 1e-3f;
    }
    for (size_t n = made.empty() ? 0 : in.byte() % 8; n > 0; n--)
        made[in.below(count)] = { 1e12f, -1e12f };
    return made;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    fuzz::bytes in(data, size);
    const bool one_sided = in.byte() % 8 == 0;
    spectrogram rows(RATE, 1e3, 0.1, one_sided);
    noise_floor floor(rows, one_sided);
    gaussian_test test(RATE, one_sided);
    for (int left = 3; left > 0 && !in.empty(); left--) {
        auto samples = make(in, SAMPLES);
        const auto frame = static_cast<size_t>(rows.size());
        for (size_t i = 0; i + frame <= samples.size(); i += rows.hop()) {
            rows.add(&samples[i]);
            floor.add_row();
        }
        const bool is_learnt = floor.estimate(in.byte() % 2);
        if (in.byte() % 4 == 0)
            samples = make(in, in.below(SAMPLES));
        test.add(samples.data(), samples.size());
        if (is_learnt) {
            const double share = test.signal_share(floor);
            MUST(share >= 0.0 && share < 1.0);
            const box band{ 0.0, SAMPLES, floor.lowest(), floor.highest() };
            auto left_part = band, right_part = band;
            left_part.upper = right_part.lower = 0.5 * (band.lower + band.upper);
            test.is_signal(floor, floor.lower(), floor.upper());
            MUST(test.join_ofdm(band, { left_part, right_part }).size() <= 2);
            test.forget();
            floor.set_signal_share(share);
            MUST(test.wants_samples() == one_sided);
        }
        test.restart();

        std::vector<float> power(8 << in.below(14));
        for (auto& value : power)
            value =
                std::abs(static_cast<float>(in.byte() < 250 ? in.byte() : in.number()));
        if (const auto found =
                find_cyclic_prefix(samples.data(), samples.size(), power)) {
            MUST(found->share > 0.0 && found->share <= 1.0);
            MUST(found->useful >= 1.0 && found->symbol > found->useful);
            MUST(found->symbol < 2.0 * found->useful);
        }
    }
    return 0;
}
