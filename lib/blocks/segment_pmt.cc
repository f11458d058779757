/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "segment_pmt.h"
#include "keys.h"

#include <cmath>

namespace gr {
namespace rfattn {

namespace {

pmt::pmt_t with(const pmt::pmt_t& dict, const pmt::pmt_t& name, uint64_t value)
{
    return pmt::dict_add(dict, name, pmt::from_uint64(value));
}

uint64_t entry(const pmt::pmt_t& dict, const pmt::pmt_t& name, uint64_t absent)
{
    return pmt::to_uint64(pmt::dict_ref(dict, name, pmt::from_uint64(absent)));
}

std::optional<double> number(const pmt::pmt_t& value)
{
    if (!pmt::is_real(value) && !pmt::is_integer(value) && !pmt::is_uint64(value))
        return std::nullopt;
    const double x = pmt::to_double(value);
    return std::isfinite(x) ? std::optional<double>(x) : std::nullopt;
}

std::optional<stream_time> time(const pmt::pmt_t& value)
{
    if (!pmt::is_tuple(value) || pmt::length(value) < 2)
        return std::nullopt;
    const auto seconds = pmt::tuple_ref(value, 0);
    const auto fraction = number(pmt::tuple_ref(value, 1));
    if (!(pmt::is_uint64(seconds) || pmt::is_integer(seconds)) || !fraction)
        return std::nullopt;
    return stream_time{ pmt::to_uint64(seconds), *fraction };
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
        dict = pmt::dict_add(dict, keys::FRONT_END, stated_pmt(s.front_end));
    if (s.features)
        dict = pmt::dict_add(dict, keys::FEATURES, stated_pmt(s.features));
    return with_reception(dict, s.rx);
}

pmt::pmt_t stated_pmt(const std::shared_ptr<void>& stated)
{
    return stated ? std::static_pointer_cast<pmt::pmt_base>(stated) : pmt::PMT_NIL;
}

segment segment_from_pmt(const pmt::pmt_t& dict)
{
    segment s;
    s.number = entry(dict, keys::SEGMENT, s.number);
    s.sample_start = entry(dict, keys::SAMPLE_START, s.sample_start);
    s.samples_per_token = entry(dict, keys::SAMPLES_PER_TOKEN, s.samples_per_token);
    s.token_samples = entry(dict, keys::TOKEN_SAMPLES, s.token_samples);
    s.retunes = entry(dict, keys::RETUNES, s.retunes);
    s.overflows = entry(dict, keys::OVERFLOWS, s.overflows);
    s.rested_tokens = entry(dict, keys::RESTED_TOKENS, s.rested_tokens);
    const auto stream = pmt::dict_ref(dict, keys::STREAM, pmt::PMT_NIL);
    if (!pmt::is_null(stream))
        s.stream = pmt::to_uint64(stream);
    const auto front_end = pmt::dict_ref(dict, keys::FRONT_END, pmt::PMT_NIL);
    if (!pmt::is_null(front_end))
        s.front_end = front_end;
    const auto features = pmt::dict_ref(dict, keys::FEATURES, pmt::PMT_NIL);
    if (!pmt::is_null(features))
        s.features = features;
    for (const auto& name : { keys::RX_RATE, keys::RX_FREQ, keys::RX_TIME })
        update(s.rx, name, pmt::dict_ref(dict, name, pmt::PMT_NIL));
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
    const auto known = number(value);
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
