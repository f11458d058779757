/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_LEVEL_METER_H
#define INCLUDED_RFATTN_LEVEL_METER_H

#include <array>
#include <cstddef>
#include <vector>

namespace gr {
namespace rfattn {

//! Symbols of four levels of the frequency.
struct four_levels {
    double baud = 0.0;      //!< 0: none were found
    double deviation = 0.0; //!< of the outer levels from the middle, Hz
};

/*!
 * \brief Finds the four levels of the frequency of digital voice radios, and how far
 * apart they are.
 *
 * DMR, P25, System Fusion and NXDN differ in little else. The shape of the pulses does
 * not matter where three symbols are alike: there the frequency comes to its level.
 */
class level_meter {
public:
    static constexpr double LEAST_WIDTH = 2e3, MOST_WIDTH = 20e3; //!< of an emission, Hz
    static constexpr double LONGEST_S = 4.0;                      //!< that is read

    //! \param rate of the samples, Hz
    explicit level_meter(double rate);

    //! \param turns of the phase from sample to sample, radians
    //! \param amplitudes as many
    void add(const std::vector<float>& turns, const std::vector<float>& amplitudes);
    bool is_reading() const { return d_read < LONGEST_S * d_rate; }
    //! A burst is over.
    void finish();
    four_levels found() const { return d_found; }

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
    four_levels d_found;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_LEVEL_METER_H
