/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_FINDINGS_PMT_H
#define INCLUDED_RFATTN_FINDINGS_PMT_H

#include "words/frame_list.h"

#include <pmt/pmt.h>

#include <cstdint>

namespace gr {
namespace rfattn {

//! The message of the port findings about emission `id`.
//! \param frames format whose frames were found; null: none
pmt::pmt_t findings_to_pmt(uint64_t id, const char* frames);

//! The message of the port frames about a frame of emission `id`.
//! \param sample_start of the input
pmt::pmt_t frame_to_pmt(uint64_t id, const checked_frame& frame, uint64_t sample_start);

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_FINDINGS_PMT_H
