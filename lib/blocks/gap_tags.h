/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_GAP_TAGS_H
#define INCLUDED_RFATTN_GAP_TAGS_H

#include "keys.h"
#include "segment_pmt.h"

#include <gnuradio/logger.h>
#include <gnuradio/tags.h>

#include <algorithm>
#include <vector>

namespace gr {
namespace rfattn {

//! Whether a tag of samples begins a segment: rx_time, rx_rate or rx_freq.
inline bool is_gap(const tag_t& tag)
{
    return tag.key == keys::RX_TIME || tag.key == keys::RX_RATE ||
           tag.key == keys::RX_FREQ;
}

//! Removes all other tags, and puts these in order.
inline void keep_gaps(std::vector<tag_t>& tags)
{
    const auto other = [](const tag_t& tag) { return !is_gap(tag); };
    tags.erase(std::remove_if(tags.begin(), tags.end(), other), tags.end());
    std::stable_sort(tags.begin(), tags.end(), tag_t::offset_compare);
}

//! Takes over the values of the gaps at a sample; warns of those of a wrong kind.
inline void update_at(reception& rx,
                      const std::vector<tag_t>& gaps,
                      uint64_t sample,
                      const gr::logger_ptr& logger)
{
    for (const auto& tag : gaps)
        if (tag.offset == sample && !update(rx, tag.key, tag.value))
            logger->warn("ignored the value of tag {:s} at sample {:d}: {:s}",
                         pmt::symbol_to_string(tag.key),
                         sample,
                         pmt::write_string(tag.value));
}

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_GAP_TAGS_H
