/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "emission_pmt.h"
#include "keys.h"
#include "segment_pmt.h"
#include "tag_values.h"

#include <cmath>
#include <stdexcept>

namespace gr {
namespace rfattn {

namespace {

using state = emission::state;

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
const pmt::pmt_t FLAGS = pmt::mp(tags::KEY_FLAGS);
const pmt::pmt_t SIDEBAND_OF = pmt::mp(tags::KEY_SIDEBAND_OF);

// Two of them add up without an overflow.
constexpr uint64_t MOST_SAMPLES = uint64_t(1) << 62;

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
    { emission::NON_FINITE, pmt::mp("non-finite") },
    { emission::SIDEBAND, pmt::mp("sideband") },
    { emission::IGNORED, pmt::mp("ignored") },
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
    return counts_to_pmt(pairs);
}

pmt::pmt_t flags_to_pmt(unsigned flags)
{
    std::vector<pmt::pmt_t> names;
    for (const auto& [flag, name] : FLAG_NAMES)
        if (flags & flag)
            names.push_back(name);
    return vector_of(names);
}

state state_of(const tag_dict& dict)
{
    const auto value = dict.find(STATE);
    for (const auto& [what, name] : STATES)
        if (pmt::eq(name, value))
            return what;
    dict.refuse(STATE, "new, update or end", value);
}

uint64_t samples_of(const tag_dict& dict, const pmt::pmt_t& key)
{
    const uint64_t samples = dict.count(key);
    if (samples >= MOST_SAMPLES)
        dict.refuse(key, "a uint64 below 2^62", dict.find(key));
    return samples;
}

std::vector<burst> bursts_of(const tag_dict& dict)
{
    const auto value = dict.find(BURSTS);
    const auto counts = as_counts(value);
    if (!counts || counts->size() % 2)
        dict.refuse(BURSTS, "a vector of pairs of uint64", value);
    std::vector<burst> bursts;
    for (size_t i = 0; i < counts->size(); i += 2) {
        const burst next{ (*counts)[i], (*counts)[i + 1] };
        if (next.sample_start >= MOST_SAMPLES || next.sample_count >= MOST_SAMPLES)
            dict.refuse(BURSTS, "pairs of uint64 below 2^62", value);
        bursts.push_back(next);
    }
    return bursts;
}

unsigned flags_of(const tag_dict& dict)
{
    const auto value = dict.find(FLAGS);
    if (!pmt::is_vector(value))
        dict.refuse(FLAGS, "a vector of symbols", value);
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
    // Every key comes once: acons, unlike dict_add, does not look for it.
    const auto add = [&dict](const pmt::pmt_t& key, const pmt::pmt_t& value) {
        dict = pmt::acons(key, value, dict);
    };
    add(keys::ID, pmt::from_uint64(e.id));
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
        add(keys::BURST_START, pmt::from_uint64(*e.burst_start));
    add(FLAGS, flags_to_pmt(e.flags));
    if (e.sideband_of)
        add(SIDEBAND_OF, pmt::from_uint64(*e.sideband_of));
    return dict;
}

emission emission_from_pmt(const pmt::pmt_t& value)
{
    const tag_dict dict(tags::EMISSION, value);
    const bool is_absolute = !pmt::is_null(dict.find(keys::RX_FREQ));
    const double centre = is_absolute ? dict.number(keys::RX_FREQ) : 0.0;
    emission e;
    e.id = dict.count(keys::ID);
    e.what = state_of(dict);
    e.segment = dict.count(keys::SEGMENT);
    e.sample_start = samples_of(dict, keys::SAMPLE_START);
    e.sample_count = samples_of(dict, keys::SAMPLE_COUNT);
    e.sample_now = samples_of(dict, SAMPLE_NOW);
    e.freq_lower = dict.number(FREQ_LOWER) - centre;
    e.freq_upper = dict.number(FREQ_UPPER) - centre;
    e.snr_db = dict.number(SNR_DB);
    e.power_db = dict.number(POWER_DB);
    e.duty = dict.number(DUTY);
    if (!pmt::is_null(dict.find(PERIOD_S)))
        e.period_s = dict.number(PERIOD_S);
    e.burst_count = dict.count(BURST_COUNT);
    e.bursts = bursts_of(dict);
    if (!pmt::is_null(dict.find(keys::BURST_START)))
        e.burst_start = samples_of(dict, keys::BURST_START);
    e.flags = flags_of(dict);
    if (!pmt::is_null(dict.find(SIDEBAND_OF)))
        e.sideband_of = dict.count(SIDEBAND_OF);
    return e;
}

heard_edges heard_from_pmt(const pmt::pmt_t& message)
{
    if (!pmt::is_dict(message) && !pmt::is_null(message))
        throw std::invalid_argument("listen: must be a dictionary of edges by id, got " +
                                    pmt::write_string(message));
    heard_edges found;
    const pmt::pmt_t items =
        pmt::is_null(message) ? pmt::PMT_NIL : pmt::dict_items(message);
    for (size_t i = 0; i < pmt::length(items); i++) {
        const pmt::pmt_t item = pmt::nth(i, items), edges = pmt::cdr(item);
        if (!pmt::is_uint64(pmt::car(item)) || !pmt::is_f64vector(edges) ||
            pmt::length(edges) != 2)
            throw std::invalid_argument(
                "listen: must have a uint64 and a f64vector of two edges, got " +
                pmt::write_string(item));
        const double lower = pmt::f64vector_ref(edges, 0);
        const double upper = pmt::f64vector_ref(edges, 1);
        if (!(lower < upper && std::isfinite(lower) && std::isfinite(upper)))
            throw std::invalid_argument("listen: edges must rise and be finite, got " +
                                        pmt::write_string(edges));
        found[pmt::to_uint64(pmt::car(item))] = { lower, upper };
    }
    return found;
}

} // namespace rfattn
} // namespace gr
