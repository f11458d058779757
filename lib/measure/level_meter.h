/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_LEVEL_METER_H
#define INCLUDED_RFATTN_LEVEL_METER_H

#include "meter.h"

#include <array>
#include <cstddef>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Finds the four levels of the frequency of digital voice radios, and how far
 * apart they are.
 *
 * DMR, P25, System Fusion and NXDN differ in little else. The shape of the pulses does
 * not matter where three symbols are alike: there the frequency comes to its level.
 */
class level_meter : public meter {
public:
    static constexpr double LEAST_WIDTH = 2e3, MOST_WIDTH = 20e3; //!< of an emission, Hz
    static constexpr double LONGEST_S = 4.0;                      //!< that is read

    //! \param rate of the samples, Hz
    explicit level_meter(double rate);

    bool is_reading() const override { return d_read < LONGEST_S * d_rate; }
    void add(const channel_piece& piece) override;
    void break_off() override;
    //! Sets level_rate, symbols a second, and deviation of the outer levels from the
    //! middle, Hz.
    void report(findings& found) const override;

private:
    static constexpr std::array<double, 2> BAUDS = { 2400.0, 4800.0 };

    void look();
    void conclude();
    void look_at(double baud, std::vector<float>& levels) const;
    static double outer_of_four(const std::vector<float>& levels);

    const double d_rate;
    const size_t d_size;                      // samples that are looked at together
    double d_read = 0.0;                      // samples
    std::vector<double> d_phase, d_amplitude; // sums of both, up to each sample
    // Distances from the middle where three symbols are alike, Hz, by rate.
    std::array<std::vector<float>, BAUDS.size()> d_levels;
    double d_baud = 0.0; // 0: there are no four levels
    double d_deviation = 0.0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_LEVEL_METER_H
