/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SPEECH_METER_H
#define INCLUDED_RFATTN_SPEECH_METER_H

#include "meter.h"

#include <cstddef>
#include <string_view>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Tells whether speech modulates an emission.
 *
 * Speech comes in syllables, some two to eight a second: that is how the amplitude of a
 * single sideband changes, and how far the frequency of an FM transmitter moves. Data
 * changes neither, fading seldom as fast.
 */
class speech_meter : public meter {
public:
    static constexpr double LEAST_WIDTH = 1200.0, MOST_WIDTH = 400e3; //!< Hz
    static constexpr double LONGEST_S = 20.0;                         //!< that is read

    //! \param rate of the samples, Hz \param width of the emission, Hz
    speech_meter(double rate, double width);

    bool is_reading() const override { return d_looks < MOST_LOOKS; }
    void add(const channel_piece& piece) override;
    void break_off() override;
    //! Sets speech to what the syllables change, amplitude or frequency, or to constant
    //! where the amplitude of an emission as narrow as a single sideband stays. At least
    //! half of the looks must show it, of 1.2 s each; of an amplitude that stays 0.4 s of
    //! a burst are enough.
    void report(findings& found) const override;

private:
    static constexpr size_t LOOK = 120; // cells
    static constexpr double CELL_S = 0.01;
    static constexpr size_t MOST_LOOKS = static_cast<size_t>(LONGEST_S / CELL_S) / LOOK;

    struct cell { // means over 10 ms
        double turn, turn_squared, power, power_squared;
    };

    std::string_view kind() const;
    void end_cell();
    void look();
    double kurtosis() const;
    bool is_constant(double kurtosis) const;
    bool is_speech_in_amplitude(double kurtosis) const;
    bool is_speech_in_frequency(double kurtosis) const;

    const size_t d_cell_samples;
    const double d_width;
    cell d_sum{};
    size_t d_count = 0; // samples in it
    size_t d_skip;      // cells at the start of a burst
    std::vector<cell> d_cells;
    size_t d_looks = 0, d_constant = 0, d_in_amplitude = 0, d_in_frequency = 0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SPEECH_METER_H
