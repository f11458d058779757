/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SYNC_PMT_H
#define INCLUDED_RFATTN_SYNC_PMT_H

#include "frames/signal_reader.h"

#include <pmt/pmt.h>

namespace gr {
namespace rfattn {

//! A dictionary with what the search for frames has found, under the keys of tags.h.
pmt::pmt_t with_sync(pmt::pmt_t dict, const signal_reader& sync);

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SYNC_PMT_H
