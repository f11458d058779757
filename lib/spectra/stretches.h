/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_STRETCHES_H
#define INCLUDED_RFATTN_STRETCHES_H

#include <algorithm>
#include <cstdint>
#include <deque>

namespace gr {
namespace rfattn {

//! Stretches of samples, in order.
class stretches {
public:
    //! Adds samples behind those before; those at most `join` samples apart are one
    //! stretch.
    void add(uint64_t begin, uint64_t end, uint64_t join = 0)
    {
        if (!d_all.empty() && begin <= d_all.back().end + join)
            d_all.back().end = end;
        else
            d_all.push_back({ begin, end });
    }

    //! Whether one of them touches the samples from `begin` to before `end`.
    bool touch(uint64_t begin, uint64_t end) const
    {
        const auto found = first_after(begin);
        return found != d_all.end() && found->begin < end;
    }

    //! Whether one of them has all of these samples.
    bool cover(uint64_t begin, uint64_t end) const
    {
        const auto found = first_after(begin);
        return found != d_all.end() && found->begin <= begin && found->end >= end;
    }

    //! Calls with the begin and end of each part of them from `begin` to before `end`.
    template <class F>
    void visit(uint64_t begin, uint64_t end, F call) const
    {
        for (auto s = first_after(begin); s != d_all.end() && s->begin < end; ++s)
            call(std::max(begin, s->begin), std::min(end, s->end));
    }

    //! Forgets those that end before a sample.
    void forget(uint64_t before)
    {
        while (!d_all.empty() && d_all.front().end < before)
            d_all.pop_front();
    }

    void clear() { d_all.clear(); }

private:
    struct stretch {
        uint64_t begin, end;
    };

    std::deque<stretch>::const_iterator first_after(uint64_t sample) const
    {
        return std::partition_point(d_all.begin(), d_all.end(), [=](const stretch& s) {
            return s.end <= sample;
        });
    }

    std::deque<stretch> d_all;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_STRETCHES_H
