/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_PREAMBLE_METER_H
#define INCLUDED_RFATTN_PREAMBLE_METER_H

#include "estimated_fft.h"

#include <cstddef>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Measures the symbol rate of the preamble with which packets begin: two levels of
 * the frequency in turn, which is one line and its odd harmonics.
 */
class preamble_meter {
public:
    static constexpr double MOST_WIDTH = 500e3; //!< of emissions, Hz

    //! \param rate of the samples, Hz
    explicit preamble_meter(double rate) : d_rate(rate) {}

    //! \param turns of the phase from sample to sample, radians
    //! \param amplitudes as many
    void add(const std::vector<float>& turns, const std::vector<float>& amplitudes);
    //! Whether anything is still looked for in this burst.
    bool is_reading() const;
    //! A burst is over.
    void finish();
    //! Symbols a second, where half of the bursts have the same; else 0.
    double symbol_rate() const;

private:
    void look();
    size_t start() const;
    double rate_in(const float* turns, estimated_fft& fft, size_t size) const;

    double d_rate;
    bool d_is_over = false; // of this burst
    std::vector<float> d_turns, d_amplitudes;
    size_t d_bursts = 0;
    std::vector<double> d_found; // Bd
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_PREAMBLE_METER_H
