/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SYNC_HITS_H
#define INCLUDED_RFATTN_SYNC_HITS_H

#include <deque>

namespace gr {
namespace rfattn {

/*!
 * \brief Where the words of a format were found, and whether they are frames.
 *
 * A word may come about by chance, a short one often. Where frames have a fixed period, a
 * hit counts when it is a whole number of periods behind one of the last eight.
 */
class sync_hits {
public:
    enum class certainty {
        ONE,  //!< one hit makes it certain
        TWO,  //!< two that count do
        FOUR, //!< four do
        MOST, //!< at least eight do, in seven of ten periods, with few hits between
    };

    //! \param period symbols from frame to frame, 0: any
    sync_hits(double period, certainty needed) : d_period(period), d_needed(needed) {}

    //! A word ended at this symbol. A hit less than `apart` symbols behind the last one
    //! is the same. One that is certain is enough.
    void add(double symbol, double apart, bool is_certain = false);

    //! Frames, or 0 where it is not certain that these are any.
    int certain() const;

private:
    bool follows(double symbol) const;

    double d_period;
    certainty d_needed;
    double d_first = 0.0; // symbol
    std::deque<double> d_last;
    int d_hits = 0;
    int d_frames = 0;
    bool d_is_certain = false;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SYNC_HITS_H
