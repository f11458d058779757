/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_GAP_TAGS_H
#define INCLUDED_RFATTN_GAP_TAGS_H

#include "checks.h"
#include "keys.h"
#include "segment_pmt.h"
#include "tag_values.h"

#include <gnuradio/logger.h>
#include <gnuradio/tags.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <sstream>
#include <vector>

namespace gr {
namespace rfattn {

//! Whether a tag of samples begins a segment: rx_time, rx_rate or rx_freq.
inline bool is_gap(const tag_t& tag)
{
    return tag.key == keys::RX_TIME || tag.key == keys::RX_RATE ||
           tag.key == keys::RX_FREQ;
}

//! Takes over the value of a gap; warns of one of a wrong kind. \return as update()
inline bool update_or_warn(reception& rx, const tag_t& tag, const gr::logger_ptr& logger)
{
    const bool is_known = update(rx, tag.key, tag.value);
    if (!is_known)
        logger->warn("ignored the value of tag {:s} at sample {:d}: {:s}",
                     pmt::symbol_to_string(tag.key),
                     tag.offset,
                     as_text(tag.value));
    return is_known;
}

/*!
 * Refuses samples whose rx_rate is another than that of the block.
 *
 * A receiver divides its clock, so the rate that it states differs in the last digits
 * from the one that it was asked for.
 */
inline void require_rate(const checks& check, const reception& rx, double sample_rate)
{
    constexpr double SAME_RATE = 1e-6; // most difference of equal rates, of the rate
    const auto text = [](double hz) {
        std::ostringstream digits;
        digits.precision(12);
        digits << hz;
        return digits.str();
    };
    const double stated = rx.rate.value_or(sample_rate);
    check.require(std::abs(stated / sample_rate - 1.0) < SAME_RATE,
                  "sample_rate",
                  "that of the tag rx_rate, " + text(stated) + " Hz",
                  text(sample_rate));
}

//! The gaps of a work call, in order. Each is looked at once: samples given to after()
//! and update_at() never fall.
class gap_tags {
public:
    //! Where get_tags_in_range() puts the tags of a work call; call begin() then.
    std::vector<tag_t> found;

    void begin()
    {
        const auto other = [](const tag_t& tag) { return !is_gap(tag); };
        found.erase(std::remove_if(found.begin(), found.end(), other), found.end());
        std::stable_sort(found.begin(), found.end(), tag_t::offset_compare);
        d_next = 0;
    }

    //! Sample of the first gap after `sample`; `end` where there is none.
    uint64_t after(uint64_t sample, uint64_t end)
    {
        skip_to(sample + 1);
        return d_next < found.size() ? found[d_next].offset : end;
    }

    //! Takes over the values of the gaps at `sample`.
    void update_at(reception& rx, uint64_t sample, const gr::logger_ptr& logger)
    {
        skip_to(sample);
        for (; d_next < found.size() && found[d_next].offset == sample; d_next++)
            update_or_warn(rx, found[d_next], logger);
    }

private:
    void skip_to(uint64_t sample)
    {
        while (d_next < found.size() && found[d_next].offset < sample)
            d_next++;
    }

    size_t d_next = 0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_GAP_TAGS_H
