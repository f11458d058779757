/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_EMISSION_PMT_H
#define INCLUDED_RFATTN_EMISSION_PMT_H

#include "base/emission.h"
#include "streams/segment.h"

#include <pmt/pmt.h>

#include <cstdint>
#include <map>
#include <utility>

namespace gr {
namespace rfattn {

//! The value of an EMISSION tag. Its edges are absolute where `rx` has a frequency.
pmt::pmt_t to_pmt(const emission& e, const reception& rx);

/*!
 * An emission from the value of an EMISSION tag; its edges are relative to the centre.
 *
 * \throws std::invalid_argument naming the entry, the rule and the value, where one is
 * absent that every emission has, or has a wrong type
 */
emission emission_from_pmt(const pmt::pmt_t& value);

//! By the id of an emission, the edges of what is heard of it, Hz.
using heard_edges = std::map<uint64_t, std::pair<double, double>>;

/*!
 * What somebody listens to, from a message to the port listen.
 *
 * \throws std::invalid_argument naming the rule and the value, where it is something else
 */
heard_edges heard_from_pmt(const pmt::pmt_t& message);

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_EMISSION_PMT_H
