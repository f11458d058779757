/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_STEP_H
#define INCLUDED_RFATTN_STEP_H

#include <gnuradio/rfattn/api.h>
#include <pmt/pmt.h>

#include <cstdint>
#include <utility>

namespace gr {
namespace rfattn {

/*!
 * What the transformer does with the dictionary of each `rfattn:step` tag, in one call
 * each: from Python, entry by entry, it would cost several times as much.
 */
namespace step {

//! Number of the step's segment, and the samples that it looks at.
RFATTN_API std::pair<uint64_t, uint64_t> segment_and_count(const pmt::pmt_t& step);

/*!
 * The dictionary of a step that has been computed.
 *
 * \param step as token_buffer made it
 * \param start_ns,end_ns when the model began and ended (steady clock)
 * \param costs dictionary of what else to add; none of its keys is in `step`
 */
RFATTN_API pmt::pmt_t finished(const pmt::pmt_t& step,
                               uint64_t start_ns,
                               uint64_t end_ns,
                               const pmt::pmt_t& costs);

} // namespace step
} // namespace rfattn
} // namespace gr

#endif /* INCLUDED_RFATTN_STEP_H */
