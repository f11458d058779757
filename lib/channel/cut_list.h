/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_CUT_LIST_H
#define INCLUDED_RFATTN_CUT_LIST_H

#include "base/emission.h"

#include <cstdint>
#include <limits>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Which samples of an emission are cut: its bursts, each with a margin.
 *
 * The margin before and after a burst is an eighth of it, within two limits. A burst that
 * has not ended is cut without end.
 */
class cut_list {
public:
    //! From `start` to before `stop`, with the margins.
    struct span {
        uint64_t start;
        uint64_t stop;
        uint64_t burst_start;
    };

    //! The stop of a burst that has not ended.
    static constexpr uint64_t NEVER = std::numeric_limits<uint64_t>::max();

    //! What an update brought.
    struct news {
        uint64_t missed = 0;    // samples of new bursts that can not be cut any more
        uint64_t begin = NEVER; // first sample of the new spans; NEVER where none is new
    };

    //! \param margin_max samples
    //! \param first sample before which nothing is cut
    cut_list(uint64_t margin_max, uint64_t first);

    /*!
     * Take over what is new of the emission.
     *
     * \param from first sample that can still be cut
     * \param margin_min samples; it counts where margin_max is less
     */
    news update(const emission& e, uint64_t from, uint64_t margin_min);

    //! Nothing is cut from `stop` on.
    void end_at(uint64_t stop);

    //! Give up the spans that end at `sample` or before.
    void forget(uint64_t sample);

    //! The first sample from `sample` on that is in a span; NEVER where there is none.
    uint64_t first_from(uint64_t sample) const;

    //! Whether a span has samples from `begin` to before `end`.
    bool wants(uint64_t begin, uint64_t end) const;

    //! In order of their bursts.
    const std::vector<span>& spans() const { return d_spans; }

private:
    void begin_burst(
        uint64_t start, uint64_t stop, uint64_t count, uint64_t from, news& found);
    void end_burst(uint64_t start, uint64_t stop);
    uint64_t margin(uint64_t count) const;

    const uint64_t d_margin_max;
    const uint64_t d_first;
    uint64_t d_margin_min = 0;
    bool d_open = false; // the last span's burst has not ended
    std::vector<span> d_spans;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_CUT_LIST_H
