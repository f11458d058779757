/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_KEYS_H
#define INCLUDED_RFATTN_KEYS_H

#include <gnuradio/rfattn/tags.h>
#include <pmt/pmt.h>

namespace gr {
namespace rfattn {

/*!
 * \brief Keys of tags.h as symbols, interned once.
 *
 * Equal symbols are one object, so `==` compares them. A key that stands in one table
 * alone is interned there.
 */
namespace keys {

inline const pmt::pmt_t SEGMENT_TAG = pmt::mp(tags::SEGMENT);
inline const pmt::pmt_t EMISSION_TAG = pmt::mp(tags::EMISSION);
inline const pmt::pmt_t END_TAG = pmt::mp(tags::END);
inline const pmt::pmt_t ARRIVAL_TAG = pmt::mp(tags::ARRIVAL);
inline const pmt::pmt_t FOUND_TAG = pmt::mp(tags::FOUND);
inline const pmt::pmt_t NON_FINITE_TAG = pmt::mp(tags::NON_FINITE);
inline const pmt::pmt_t STEP_TAG = pmt::mp(tags::STEP);

inline const pmt::pmt_t ID = pmt::mp(tags::KEY_ID);
inline const pmt::pmt_t BURST_START = pmt::mp(tags::KEY_BURST_START);
inline const pmt::pmt_t STREAM = pmt::mp(tags::KEY_STREAM);
inline const pmt::pmt_t SEGMENT = pmt::mp(tags::KEY_SEGMENT);
inline const pmt::pmt_t FRONT_END = pmt::mp(tags::KEY_FRONT_END);
inline const pmt::pmt_t FEATURES = pmt::mp(tags::KEY_FEATURES);
inline const pmt::pmt_t SAMPLE_START = pmt::mp(tags::KEY_SAMPLE_START);
inline const pmt::pmt_t SAMPLE_COUNT = pmt::mp(tags::KEY_SAMPLE_COUNT);
inline const pmt::pmt_t SAMPLES_PER_TOKEN = pmt::mp(tags::KEY_SAMPLES_PER_TOKEN);
inline const pmt::pmt_t TOKEN_SAMPLES = pmt::mp(tags::KEY_TOKEN_SAMPLES);
inline const pmt::pmt_t RETUNES = pmt::mp(tags::KEY_RETUNES);
inline const pmt::pmt_t OVERFLOWS = pmt::mp(tags::KEY_OVERFLOWS);
inline const pmt::pmt_t RESTED_TOKENS = pmt::mp(tags::KEY_RESTED_TOKENS);
inline const pmt::pmt_t START_NS = pmt::mp(tags::KEY_START_NS);
inline const pmt::pmt_t END_NS = pmt::mp(tags::KEY_END_NS);
inline const pmt::pmt_t BATCH = pmt::mp(tags::KEY_BATCH);
inline const pmt::pmt_t ENDED = pmt::mp(tags::KEY_ENDED);

inline const pmt::pmt_t RX_TIME = pmt::mp(tags::KEY_RX_TIME);
inline const pmt::pmt_t RX_RATE = pmt::mp(tags::KEY_RX_RATE);
inline const pmt::pmt_t RX_FREQ = pmt::mp(tags::KEY_RX_FREQ);

} // namespace keys
} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_KEYS_H
