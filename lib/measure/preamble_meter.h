/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_PREAMBLE_METER_H
#define INCLUDED_RFATTN_PREAMBLE_METER_H

#include "base/estimated_fft.h"
#include "burst_meter.h"

#include <cstddef>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Measures the symbol rate of the preamble with which packets begin: two levels of
 * the frequency in turn, which is one line and its odd harmonics.
 */
class preamble_meter : public burst_meter {
public:
    static constexpr double SAME = 0.03; //!< relative difference of equal rates

    //! \param rate of the samples, Hz
    explicit preamble_meter(double rate);

    void finish() override;
    //! Sets preamble_rate, symbols a second, where half of the bursts have the same. That
    //! is known when a burst is over: the last one counts as soon as it begins.
    void report(findings& found) const override;

private:
    void look(const std::vector<float>& turns,
              const std::vector<float>& amplitudes) override;
    double rate_in(const float* turns, estimated_fft& fft, size_t size) const;

    double d_rate;
    std::vector<double> d_found; // Bd
    double d_common = 0.0;       // Bd; 0: the bursts have none
    double d_settled = 0.0;      // when a burst was over
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_PREAMBLE_METER_H
