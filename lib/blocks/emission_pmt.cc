/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "emission_pmt.h"
#include "keys.h"
#include "segment_pmt.h"

#include <cmath>
#include <stdexcept>

namespace gr {
namespace rfattn {

namespace {

using state = emission::state;

const pmt::pmt_t ID = pmt::mp(tags::KEY_ID);
const pmt::pmt_t STATE = pmt::mp(tags::KEY_STATE);
const pmt::pmt_t SAMPLE_NOW = pmt::mp(tags::KEY_SAMPLE_NOW);
const pmt::pmt_t FREQ_LOWER = pmt::mp(tags::KEY_FREQ_LOWER);
const pmt::pmt_t FREQ_UPPER = pmt::mp(tags::KEY_FREQ_UPPER);
const pmt::pmt_t SNR_DB = pmt::mp(tags::KEY_SNR_DB);
const pmt::pmt_t POWER_DB = pmt::mp(tags::KEY_POWER_DB);
const pmt::pmt_t DUTY = pmt::mp(tags::KEY_DUTY);
const pmt::pmt_t PERIOD_S = pmt::mp(tags::KEY_PERIOD_S);
const pmt::pmt_t BURST_COUNT = pmt::mp(tags::KEY_BURST_COUNT);
const pmt::pmt_t BURSTS = pmt::mp(tags::KEY_BURSTS);
const pmt::pmt_t BURST_START = pmt::mp(tags::KEY_BURST_START);
const pmt::pmt_t FLAGS = pmt::mp(tags::KEY_FLAGS);

const std::pair<state, pmt::pmt_t> STATES[] = {
    { state::NEW, pmt::mp("new") },
    { state::UPDATE, pmt::mp("update") },
    { state::END, pmt::mp("end") },
};

const std::pair<emission::flag, pmt::pmt_t> FLAG_NAMES[] = {
    { emission::EDGE, pmt::mp("edge") },
    { emission::DC, pmt::mp("dc") },
    { emission::IMAGE, pmt::mp("image") },
    { emission::OVERLOAD, pmt::mp("overload") },
};

pmt::pmt_t name_of(state what)
{
    for (const auto& [value, name] : STATES)
        if (value == what)
            return name;
    return pmt::PMT_NIL;
}

pmt::pmt_t to_pmt(const std::vector<burst>& bursts)
{
    std::vector<uint64_t> pairs;
    for (const auto& b : bursts)
        pairs.insert(pairs.end(), { b.sample_start, b.sample_count });
    return pmt::init_u64vector(pairs.size(), pairs);
}

pmt::pmt_t flags_to_pmt(unsigned flags)
{
    std::vector<pmt::pmt_t> names;
    for (const auto& [flag, name] : FLAG_NAMES)
        if (flags & flag)
            names.push_back(name);
    const auto vector = pmt::make_vector(names.size(), pmt::PMT_NIL);
    for (size_t i = 0; i < names.size(); i++)
        pmt::vector_set(vector, i, names[i]);
    return vector;
}

[[noreturn]] void refuse(const pmt::pmt_t& key, const char* rule, const pmt::pmt_t& value)
{
    throw std::invalid_argument(std::string(tags::EMISSION) + ": entry " +
                                pmt::symbol_to_string(key) + " must be " + rule +
                                ", got " + pmt::write_string(value));
}

pmt::pmt_t entry(const pmt::pmt_t& dict, const pmt::pmt_t& key)
{
    return pmt::dict_ref(dict, key, pmt::PMT_NIL);
}

uint64_t count_of(const pmt::pmt_t& dict, const pmt::pmt_t& key)
{
    const auto value = entry(dict, key);
    if (!pmt::is_uint64(value))
        refuse(key, "a uint64", value);
    return pmt::to_uint64(value);
}

double number_of(const pmt::pmt_t& dict, const pmt::pmt_t& key)
{
    const auto value = entry(dict, key);
    if (!pmt::is_real(value) || !std::isfinite(pmt::to_double(value)))
        refuse(key, "a finite double", value);
    return pmt::to_double(value);
}

state state_of(const pmt::pmt_t& dict)
{
    const auto value = entry(dict, STATE);
    for (const auto& [what, name] : STATES)
        if (pmt::eq(name, value))
            return what;
    refuse(STATE, "new, update or end", value);
}

std::vector<burst> bursts_of(const pmt::pmt_t& dict)
{
    const auto value = entry(dict, BURSTS);
    if (!pmt::is_u64vector(value) || pmt::length(value) % 2)
        refuse(BURSTS, "a vector of pairs of uint64", value);
    std::vector<burst> bursts;
    for (size_t i = 0; i < pmt::length(value); i += 2)
        bursts.push_back(
            { pmt::u64vector_ref(value, i), pmt::u64vector_ref(value, i + 1) });
    return bursts;
}

unsigned flags_of(const pmt::pmt_t& dict)
{
    const auto value = entry(dict, FLAGS);
    if (!pmt::is_vector(value))
        refuse(FLAGS, "a vector of symbols", value);
    unsigned flags = 0;
    for (size_t i = 0; i < pmt::length(value); i++)
        for (const auto& [flag, name] : FLAG_NAMES)
            if (pmt::eq(name, pmt::vector_ref(value, i)))
                flags |= flag;
    return flags;
}

} // namespace

pmt::pmt_t to_pmt(const emission& e, const reception& rx)
{
    const double centre = rx.frequency.value_or(0.0);
    pmt::pmt_t dict = with_reception(pmt::make_dict(), rx);
    const auto add = [&dict](const pmt::pmt_t& key, const pmt::pmt_t& value) {
        dict = pmt::dict_add(dict, key, value);
    };
    add(ID, pmt::from_uint64(e.id));
    add(STATE, name_of(e.what));
    add(keys::SEGMENT, pmt::from_uint64(e.segment));
    add(keys::SAMPLE_START, pmt::from_uint64(e.sample_start));
    add(keys::SAMPLE_COUNT, pmt::from_uint64(e.sample_count));
    add(SAMPLE_NOW, pmt::from_uint64(e.sample_now));
    add(FREQ_LOWER, pmt::from_double(centre + e.freq_lower));
    add(FREQ_UPPER, pmt::from_double(centre + e.freq_upper));
    add(SNR_DB, pmt::from_double(e.snr_db));
    add(POWER_DB, pmt::from_double(e.power_db));
    add(DUTY, pmt::from_double(e.duty));
    if (e.period_s)
        add(PERIOD_S, pmt::from_double(*e.period_s));
    add(BURST_COUNT, pmt::from_uint64(e.burst_count));
    add(BURSTS, to_pmt(e.bursts));
    if (e.burst_start)
        add(BURST_START, pmt::from_uint64(*e.burst_start));
    add(FLAGS, flags_to_pmt(e.flags));
    return dict;
}

emission emission_from_pmt(const pmt::pmt_t& dict)
{
    if (!pmt::is_dict(dict) || pmt::is_null(dict))
        throw std::invalid_argument(std::string(tags::EMISSION) +
                                    ": the value must be a dictionary, got " +
                                    pmt::write_string(dict));
    const auto frequency = entry(dict, keys::RX_FREQ);
    const double centre = pmt::is_null(frequency) ? 0.0 : number_of(dict, keys::RX_FREQ);
    emission e;
    e.id = count_of(dict, ID);
    e.what = state_of(dict);
    e.segment = count_of(dict, keys::SEGMENT);
    e.sample_start = count_of(dict, keys::SAMPLE_START);
    e.sample_count = count_of(dict, keys::SAMPLE_COUNT);
    e.sample_now = count_of(dict, SAMPLE_NOW);
    e.freq_lower = number_of(dict, FREQ_LOWER) - centre;
    e.freq_upper = number_of(dict, FREQ_UPPER) - centre;
    e.snr_db = number_of(dict, SNR_DB);
    e.power_db = number_of(dict, POWER_DB);
    e.duty = number_of(dict, DUTY);
    if (!pmt::is_null(entry(dict, PERIOD_S)))
        e.period_s = number_of(dict, PERIOD_S);
    e.burst_count = count_of(dict, BURST_COUNT);
    e.bursts = bursts_of(dict);
    if (!pmt::is_null(entry(dict, BURST_START)))
        e.burst_start = count_of(dict, BURST_START);
    e.flags = flags_of(dict);
    return e;
}

} // namespace rfattn
} // namespace gr
