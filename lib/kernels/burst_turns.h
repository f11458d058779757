/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_BURST_TURNS_H
#define INCLUDED_RFATTN_BURST_TURNS_H

#include <cstddef>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Keeps the turns of the phase and the amplitudes with which each of the first
 * bursts of an emission begins, until they are looked at.
 */
class burst_turns {
public:
    using values = std::vector<float>;

    //! \param least, most samples of a burst that are looked at; more are not kept
    //! \param bursts that are looked at
    burst_turns(size_t least, size_t most, size_t bursts)
        : d_least(least),
          d_most(most),
          d_most_bursts(bursts)
    {
    }

    //! Whether anything of this burst is still kept.
    bool is_reading() const { return !d_is_over && d_bursts < d_most_bursts; }
    //! How many bursts were looked at.
    size_t bursts() const { return d_bursts; }

    //! \param look called with turns and amplitudes, as many, when there are enough
    template <class Look>
    void add(const values& turns, const values& amplitudes, const Look& look)
    {
        if (!is_reading())
            return;
        d_turns.insert(d_turns.end(), turns.begin(), turns.end());
        d_amplitudes.insert(d_amplitudes.end(), amplitudes.begin(), amplitudes.end());
        if (d_turns.size() >= d_most)
            take(look);
    }

    //! A burst is over. \param look as in add()
    template <class Look>
    void finish(const Look& look)
    {
        if (d_turns.size() >= d_least)
            take(look);
        d_turns.clear();
        d_amplitudes.clear();
        d_is_over = false;
    }

private:
    template <class Look>
    void take(const Look& look)
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
    values d_turns, d_amplitudes;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_BURST_TURNS_H
