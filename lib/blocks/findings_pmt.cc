/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "findings_pmt.h"

#include "keys.h"

namespace gr {
namespace rfattn {

namespace {

const pmt::pmt_t FRAMES = pmt::mp(tags::KEY_FRAMES);
const pmt::pmt_t FORMAT = pmt::mp(tags::KEY_FORMAT), BITS = pmt::mp(tags::KEY_BITS);

} // namespace

pmt::pmt_t findings_to_pmt(uint64_t id, const char* frames)
{
    const pmt::pmt_t dict =
        pmt::dict_add(pmt::make_dict(), keys::ID, pmt::from_uint64(id));
    return frames ? pmt::dict_add(dict, FRAMES, pmt::intern(frames)) : dict;
}

pmt::pmt_t frame_to_pmt(uint64_t id, const checked_frame& frame, uint64_t sample_start)
{
    pmt::pmt_t dict = pmt::dict_add(pmt::make_dict(), keys::ID, pmt::from_uint64(id));
    dict = pmt::dict_add(dict, FORMAT, pmt::intern(frame.format));
    dict = pmt::dict_add(dict, keys::SAMPLE_START, pmt::from_uint64(sample_start));
    return pmt::dict_add(
        dict, BITS, pmt::init_u8vector(frame.octets.size(), frame.octets));
}

} // namespace rfattn
} // namespace gr
