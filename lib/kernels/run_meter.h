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
 * \brief Measures how many equal symbols follow each other in bursts of two levels of the
 * frequency: two at most where the code is Manchester, more where bits are sent as they
 * are.
 */
class run_meter : public burst_meter {
public:
    run_meter();

    //! Symbols of the longest runs that are not rare, in half of the bursts or more; 0:
    //! not known.
    int longest() const;

private:
    void look(const std::vector<float>& turns,
              const std::vector<float>& amplitudes) override;

    std::vector<int> d_found;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_RUN_METER_H
