/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SEGMENT_PMT_H
#define INCLUDED_RFATTN_SEGMENT_PMT_H

#include "streams/segment.h"

#include <pmt/pmt.h>

namespace gr {
namespace rfattn {

//! The value of a SEGMENT tag.
pmt::pmt_t to_pmt(const segment& s);

/*!
 * A segment from the value of a SEGMENT tag; an entry that is absent keeps its default.
 *
 * \throws std::invalid_argument naming the entry of a wrong type, the rule and the value
 */
segment segment_from_pmt(const pmt::pmt_t& value);

//! The front end or the features that a segment states; PMT_NIL where it states none.
pmt::pmt_t stated_pmt(const std::shared_ptr<void>& stated);

//! `dict` with the rx_* entries of what is known.
pmt::pmt_t with_reception(pmt::pmt_t dict, const reception& rx);

/*!
 * Take over the value of an rx_rate, rx_freq or rx_time tag.
 *
 * \return false, changing nothing, if the value is not of the kind that the key calls for
 */
bool update(reception& rx, const pmt::pmt_t& key, const pmt::pmt_t& value);

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SEGMENT_PMT_H
