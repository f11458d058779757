/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "segment_pmt.h"
#include "keys.h"
#include "tag_values.h"

namespace gr {
namespace rfattn {

namespace {

// The name is new: acons, unlike dict_add, does not look for it.
pmt::pmt_t with(const pmt::pmt_t& dict, const pmt::pmt_t& name, uint64_t value)
{
    return pmt::acons(name, pmt::from_uint64(value), dict);
}

std::optional<stream_time> time(const pmt::pmt_t& value)
{
    if (!pmt::is_tuple(value) || pmt::length(value) < 2)
        return std::nullopt;
    const auto seconds = as_count(pmt::tuple_ref(value, 0));
    const auto fraction = as_number(pmt::tuple_ref(value, 1));
    if (!seconds || !fraction || *fraction < 0.0 || *fraction >= 1.0)
        return std::nullopt;
    return stream_time{ *seconds, *fraction };
}

const char* kind_of(const pmt::pmt_t& rx_key)
{
    if (rx_key == keys::RX_TIME)
        return "a tuple of whole seconds and a fraction below 1";
    return rx_key == keys::RX_RATE ? "a finite double > 0" : "a finite double";
}

} // namespace

pmt::pmt_t with_reception(pmt::pmt_t dict, const reception& rx)
{
    if (rx.rate)
        dict = pmt::dict_add(dict, keys::RX_RATE, pmt::from_double(*rx.rate));
    if (rx.frequency)
        dict = pmt::dict_add(dict, keys::RX_FREQ, pmt::from_double(*rx.frequency));
    if (rx.time) {
        const auto tuple = pmt::make_tuple(pmt::from_uint64(rx.time->seconds),
                                           pmt::from_double(rx.time->fraction));
        dict = pmt::dict_add(dict, keys::RX_TIME, tuple);
    }
    return dict;
}

pmt::pmt_t to_pmt(const segment& s)
{
    pmt::pmt_t dict = with(pmt::make_dict(), keys::SEGMENT, s.number);
    dict = with(dict, keys::SAMPLE_START, s.sample_start);
    dict = with(dict, keys::SAMPLES_PER_TOKEN, s.samples_per_token);
    dict = with(dict, keys::TOKEN_SAMPLES, s.token_samples);
    dict = with(dict, keys::RETUNES, s.retunes);
    dict = with(dict, keys::OVERFLOWS, s.overflows);
    if (s.stream)
        dict = with(dict, keys::STREAM, *s.stream);
    if (s.front_end)
        dict = pmt::acons(keys::FRONT_END, stated_pmt(s.front_end), dict);
    if (s.features)
        dict = pmt::acons(keys::FEATURES, stated_pmt(s.features), dict);
    return with_reception(dict, s.rx);
}

pmt::pmt_t stated_pmt(const std::shared_ptr<void>& stated)
{
    return stated ? std::static_pointer_cast<pmt::pmt_base>(stated) : pmt::PMT_NIL;
}

segment segment_from_pmt(const pmt::pmt_t& value)
{
    const tag_dict dict(tags::SEGMENT, value);
    segment s;
    s.number = dict.count(keys::SEGMENT, s.number);
    s.sample_start = dict.count(keys::SAMPLE_START, s.sample_start);
    s.samples_per_token = dict.count(keys::SAMPLES_PER_TOKEN, s.samples_per_token);
    s.token_samples = dict.count(keys::TOKEN_SAMPLES, s.token_samples);
    s.retunes = dict.count(keys::RETUNES, s.retunes);
    s.overflows = dict.count(keys::OVERFLOWS, s.overflows);
    s.rested_tokens = dict.count(keys::RESTED_TOKENS, s.rested_tokens);
    if (const auto stream = dict.find(keys::STREAM); !pmt::is_null(stream))
        s.stream = dict.count(keys::STREAM);
    if (const auto front_end = dict.find(keys::FRONT_END); !pmt::is_null(front_end)) {
        if (!pmt::is_dict(front_end))
            dict.refuse(keys::FRONT_END, "a dictionary", front_end);
        s.front_end = front_end;
    }
    if (const auto features = dict.find(keys::FEATURES); !pmt::is_null(features)) {
        if (!pmt::is_vector(features))
            dict.refuse(keys::FEATURES, "a vector of symbols", features);
        s.features = features;
    }
    for (const auto& key : { keys::RX_RATE, keys::RX_FREQ, keys::RX_TIME })
        if (const auto rx = dict.find(key); !pmt::is_null(rx) && !update(s.rx, key, rx))
            dict.refuse(key, kind_of(key), rx);
    return s;
}

bool update(reception& rx, const pmt::pmt_t& name, const pmt::pmt_t& value)
{
    if (pmt::eq(name, keys::RX_TIME)) {
        const auto known = time(value);
        if (known)
            rx.time = known;
        return known.has_value();
    }
    const auto known = as_number(value);
    if (!known)
        return false;
    if (pmt::eq(name, keys::RX_FREQ)) {
        rx.frequency = known;
        return true;
    }
    if (*known <= 0.0)
        return false;
    rx.rate = known;
    return true;
}

} // namespace rfattn
} // namespace gr
