/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SYNC_HITS_H
#define INCLUDED_RFATTN_SYNC_HITS_H

#include <deque>

namespace gr {
namespace rfattn {

//! Formats that stand at the start of a burst alone are looked for so long in it, s.
constexpr double BURST_START_S = 5e-3;

//! What was found: the name of a format, and how many of its frames.
struct sync_found {
    const char* name = nullptr;
    int frames = 0;
    bool is_checked = false; //!< these have a checksum, which is right

    //! The better founded of both.
    static sync_found better(const sync_found& a, const sync_found& b)
    {
        return b.frames > a.frames ? b : a;
    }

    //! The best founded of all; of equals the first.
    template <class All, class Found>
    static sync_found best(const All& all, Found found)
    {
        sync_found best;
        for (const auto& one : all)
            best = better(best, found(one));
        return best;
    }
};

/*!
 * \brief Where the words of a format were found, and whether they are frames.
 *
 * A word may come about by chance, a short one often. Where frames have a fixed period, a
 * hit counts when it is a whole number of periods behind one of the last eight.
 */
class sync_hits {
public:
    //! How many hits that count make it certain.
    enum class certainty {
        ONE = 1,
        TWO = 2,
        FOUR = 4,
        MOST = 8, //!< at least so many, in seven of ten periods, with few hits between
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
