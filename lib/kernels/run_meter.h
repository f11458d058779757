/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_RUN_METER_H
#define INCLUDED_RFATTN_RUN_METER_H

#include "burst_turns.h"

#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Measures how many equal symbols follow each other in bursts of two levels of the
 * frequency: two at most where the code is Manchester, more where bits are sent as they
 * are.
 */
class run_meter {
public:
    static constexpr double MOST_WIDTH = 500e3; //!< of emissions, Hz

    run_meter();

    //! \param turns of the phase from sample to sample, radians
    //! \param amplitudes as many
    void add(const std::vector<float>& turns, const std::vector<float>& amplitudes);
    //! Whether anything is still looked for in this burst.
    bool is_reading() const { return d_bursts.is_reading(); }
    //! A burst is over.
    void finish();
    //! Symbols of the longest runs that are not rare, in half of the bursts or more; 0:
    //! not known.
    int longest() const;

private:
    void look(const std::vector<float>& turns, const std::vector<float>& amplitudes);

    burst_turns d_bursts;
    std::vector<int> d_found;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_RUN_METER_H
