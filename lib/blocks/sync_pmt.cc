/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "sync_pmt.h"
#include "tag_values.h"

#include <gnuradio/rfattn/tags.h>

#include <vector>

namespace gr {
namespace rfattn {

namespace {

const pmt::pmt_t SYNC = pmt::mp(tags::KEY_SYNC);
const pmt::pmt_t SYNC_ABSENT = pmt::mp(tags::KEY_SYNC_ABSENT);
const pmt::pmt_t PREAMBLE_RATE = pmt::mp(tags::KEY_PREAMBLE_RATE);
const pmt::pmt_t LONGEST_RUN = pmt::mp(tags::KEY_LONGEST_RUN);
const pmt::pmt_t RUN_RATE = pmt::mp(tags::KEY_RUN_RATE);
const pmt::pmt_t PULSE_S = pmt::mp(tags::KEY_PULSE_S);
const pmt::pmt_t LEVEL_RATE = pmt::mp(tags::KEY_LEVEL_RATE);
const pmt::pmt_t DEVIATION = pmt::mp(tags::KEY_DEVIATION);
const pmt::pmt_t SPEECH = pmt::mp(tags::KEY_SPEECH);

const pmt::pmt_t& speech_name(speech_meter::kind speech)
{
    static const pmt::pmt_t NONE = pmt::mp("none"), CONSTANT = pmt::mp("constant"),
                            AMPLITUDE = pmt::mp("amplitude"),
                            FREQUENCY = pmt::mp("frequency");
    switch (speech) {
    case speech_meter::kind::CONSTANT:
        return CONSTANT;
    case speech_meter::kind::AMPLITUDE:
        return AMPLITUDE;
    case speech_meter::kind::FREQUENCY:
        return FREQUENCY;
    default:
        return NONE;
    }
}

} // namespace

pmt::pmt_t with_sync(pmt::pmt_t dict, const signal_reader& sync)
{
    if (sync.found().name)
        dict = pmt::dict_add(dict, SYNC, pmt::string_to_symbol(sync.found().name));
    if (const auto& absent = sync.absent(); !absent.empty()) {
        std::vector<pmt::pmt_t> names;
        for (const char* const name : absent)
            names.push_back(pmt::string_to_symbol(name));
        dict = pmt::dict_add(dict, SYNC_ABSENT, vector_of(names));
    }
    if (sync.preamble_rate() > 0.0)
        dict = pmt::dict_add(dict, PREAMBLE_RATE, pmt::from_double(sync.preamble_rate()));
    if (sync.longest_run() > 0)
        dict = pmt::dict_add(dict, LONGEST_RUN, pmt::from_long(sync.longest_run()));
    if (sync.run_rate() > 0.0)
        dict = pmt::dict_add(dict, RUN_RATE, pmt::from_double(sync.run_rate()));
    if (sync.pulse_s() > 0.0)
        dict = pmt::dict_add(dict, PULSE_S, pmt::from_double(sync.pulse_s()));
    if (const auto levels = sync.levels(); levels.baud > 0.0) {
        dict = pmt::dict_add(dict, LEVEL_RATE, pmt::from_double(levels.baud));
        dict = pmt::dict_add(dict, DEVIATION, pmt::from_double(levels.deviation));
    }
    dict = pmt::dict_add(dict, SPEECH, speech_name(sync.speech()));
    return dict;
}

} // namespace rfattn
} // namespace gr
