/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_RUN_METER_H
#define INCLUDED_RFATTN_RUN_METER_H

#include "burst_meter.h"

#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Measures bursts of two levels of the frequency: their symbol rate, and how many
 * equal symbols follow each other, two at most where the code is Manchester, more where
 * bits are sent as they are.
 */
class run_meter : public burst_meter {
public:
    //! \param rate of the samples, Hz
    explicit run_meter(double rate);

    //! Sets longest_run, symbols of the longest runs that are not rare, in half of the
    //! bursts or more; and run_rate, symbols a second, where half of the bursts have the
    //! same, also of teletype, with 1.5 symbols between letters.
    void report(findings& found) const override;

private:
    void look(const std::vector<float>& turns,
              const std::vector<float>& amplitudes) override;

    void measure(const std::vector<float>& turns, const std::vector<float>& amplitudes);
    int common_longest() const;

    double d_rate;
    std::vector<int> d_found;
    std::vector<double> d_rates; // Bd
    int d_longest = 0;           // symbols; 0: not known
    double d_common_rate = 0.0;  // Bd; 0: not known
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_RUN_METER_H
