/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_ARRIVAL_LOG_H
#define INCLUDED_RFATTN_ARRIVAL_LOG_H

#include <algorithm>
#include <cstdint>
#include <deque>

namespace gr {
namespace rfattn {

//! When the latest samples of a stream came, by their absolute numbers.
class arrival_log {
public:
    void restart() { d_calls.clear(); }

    //! The samples before number `end` that were not there before came at `ns`.
    void add(uint64_t end, uint64_t ns) { d_calls.push_back({ end, ns }); }

    //! Nobody asks any more for samples before number `sample`.
    void forget(uint64_t sample)
    {
        while (d_calls.size() > 1 && d_calls.front().end <= sample)
            d_calls.pop_front();
    }

    //! When all samples before number `end` had come. Of those that did not come, the
    //! time of the last that did; 0 where none came.
    uint64_t at(uint64_t end) const
    {
        const auto found = std::lower_bound(
            d_calls.begin(), d_calls.end(), end, [](const call& c, uint64_t sample) {
                return c.end < sample;
            });
        if (found != d_calls.end())
            return found->ns;
        return d_calls.empty() ? 0 : d_calls.back().ns;
    }

private:
    struct call {
        uint64_t end;
        uint64_t ns;
    };

    std::deque<call> d_calls;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_ARRIVAL_LOG_H
