/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_FINDINGS_PMT_H
#define INCLUDED_RFATTN_FINDINGS_PMT_H

#include <pmt/pmt.h>

#include <cstdint>

namespace gr {
namespace rfattn {

//! The message of the port findings about emission `id`.
//! \param frames format whose frames were found; null: none
pmt::pmt_t findings_to_pmt(uint64_t id, const char* frames);

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_FINDINGS_PMT_H
