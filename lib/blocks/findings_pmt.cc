/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "findings_pmt.h"

#include <gnuradio/rfattn/tags.h>

namespace gr {
namespace rfattn {

namespace {

const pmt::pmt_t ID = pmt::mp(tags::KEY_ID), FRAMES = pmt::mp(tags::KEY_FRAMES);

} // namespace

pmt::pmt_t findings_to_pmt(uint64_t id, const char* frames)
{
    const pmt::pmt_t dict = pmt::dict_add(pmt::make_dict(), ID, pmt::from_uint64(id));
    return frames ? pmt::dict_add(dict, FRAMES, pmt::intern(frames)) : dict;
}

} // namespace rfattn
} // namespace gr
