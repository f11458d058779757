/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_BURST_METER_H
#define INCLUDED_RFATTN_BURST_METER_H

#include "meter.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Measures something of the bursts of an emission: keeps the turns of the phase
 * and the amplitudes with which each of the first begins, until there are enough to look
 * at.
 */
class burst_meter : public meter {
public:
    static constexpr double LEAST_WIDTH = 0.0, MOST_WIDTH = 500e3; //!< of emissions, Hz

    void add(const channel_piece& piece) override
    {
        if (!is_reading())
            return;
        d_turns.insert(d_turns.end(), piece.turns.begin(), piece.turns.end());
        d_amplitudes.insert(
            d_amplitudes.end(), piece.amplitudes.begin(), piece.amplitudes.end());
        if (d_turns.size() >= d_most)
            take();
    }

    //! Whether anything is still looked for in this burst.
    bool is_reading() const override { return !d_is_over && d_bursts < d_most_bursts; }

    //! A burst is over.
    void break_off() override
    {
        if (d_turns.size() >= d_least)
            take();
        d_turns.clear();
        d_amplitudes.clear();
        d_is_over = false;
    }

protected:
    //! \param least samples of a burst that is looked at when it is over
    //! \param most when it has so many it is looked at once, with all that add() took
    //! \param bursts that are looked at
    burst_meter(size_t least, size_t most, size_t bursts)
        : d_least(least),
          d_most(most),
          d_most_bursts(bursts)
    {
    }

    //! Looks at what came of a burst; the vectors are equally long.
    virtual void look(const std::vector<float>& turns,
                      const std::vector<float>& amplitudes) = 0;

    //! How many bursts were looked at.
    size_t bursts() const { return d_bursts; }

    //! The rate that half of the bursts have, \param rates of those that have one \param
    //! same relative difference of equal ones; 0: none
    double common_rate(std::vector<double> rates, double same) const
    {
        if (rates.empty())
            return 0.0;
        std::sort(rates.begin(), rates.end());
        const double middle = rates[rates.size() / 2];
        const auto equal = std::count_if(rates.begin(), rates.end(), [=](double rate) {
            return std::abs(rate - middle) <= same * middle;
        });
        return 2 * static_cast<size_t>(equal) >= d_bursts ? middle : 0.0;
    }

private:
    void take()
    {
        d_is_over = true;
        d_bursts++;
        look(d_turns, d_amplitudes);
        d_turns = {};
        d_amplitudes = {};
    }

    const size_t d_least, d_most, d_most_bursts;
    bool d_is_over = false; // of this burst
    size_t d_bursts = 0;
    std::vector<float> d_turns, d_amplitudes;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_BURST_METER_H
