/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_FRONT_END_PMT_H
#define INCLUDED_RFATTN_FRONT_END_PMT_H

#include "spectra/spectrum.h"

#include <pmt/pmt.h>

namespace gr {
namespace rfattn {

//! The dictionary FRONT_END of a segment whose tokens are made with these parameters.
//! \param max_snr_db that of emission_extractor; stated unless it is 0
pmt::pmt_t
front_end_to_pmt(const spectrum::settings& s, int hop, double max_snr_db = 0.0);

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_FRONT_END_PMT_H
