/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_EMISSION_FEATURES_H
#define INCLUDED_RFATTN_EMISSION_FEATURES_H

#include "base/emission.h"

#include <array>
#include <cstddef>
#include <deque>

namespace gr {
namespace rfattn {

/*!
 * \brief The numbers that describe an emission beside its spectra, for a model.
 *
 * The channel has the emission's own rate, so the spectra no longer show how wide it is;
 * nor do they show the time between its bursts. Each number is limited to +-4.
 *
 * | name | value |
 * |---|---|
 * | width | log2(width in Hz / 16000) / 4 |
 * | channel | log2(rate of the channel / width) - 1 |
 * | burst | log2(duration in s / 0.1) / 4, see below |
 * | ended | 1 where a burst has ended, else 0 |
 * | period | log2(period in s) / 4; 0 where it is not known |
 * | periodic | 1 where the period is known, else 0 |
 * | duty | 2 duty - 1 |
 * | snr | (SNR in dB, at most 25, - 15) / 10 |
 *
 * The duration is the median of the last 32 bursts that ended; or, before one has ended
 * or where it is longer, the length so far of the burst on the air.
 *
 * python/rfattn/recordings/emission_features.py computes the same.
 */
class emission_features {
public:
    static constexpr size_t COUNT = 8;
    static constexpr std::array<const char*, COUNT> NAMES = {
        "width", "channel", "burst", "ended", "period", "periodic", "duty", "snr"
    };

    //! \param sample_rate Hz, of the samples that an emission counts in
    explicit emission_features(double sample_rate) : d_sample_rate(sample_rate) {}

    //! Take over what is new of the emission. \param channel_rate Hz
    void update(const emission& e, double channel_rate);

    //! As of the last update.
    const std::array<float, COUNT>& values() const { return d_values; }

private:
    double duration_s(const emission& e) const;

    const double d_sample_rate;
    std::deque<uint64_t> d_bursts; // samples of those that ended, the newest
    std::array<float, COUNT> d_values{};
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_EMISSION_FEATURES_H
