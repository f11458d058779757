/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "segment_pmt.h"

#include <gnuradio/rfattn/tags.h>

#include <cmath>

namespace gr {
namespace rfattn {

namespace {

struct keys {
    const pmt::pmt_t segment = pmt::mp(tags::KEY_SEGMENT);
    const pmt::pmt_t sample_start = pmt::mp(tags::KEY_SAMPLE_START);
    const pmt::pmt_t samples_per_token = pmt::mp(tags::KEY_SAMPLES_PER_TOKEN);
    const pmt::pmt_t token_samples = pmt::mp(tags::KEY_TOKEN_SAMPLES);
    const pmt::pmt_t retunes = pmt::mp(tags::KEY_RETUNES);
    const pmt::pmt_t overflows = pmt::mp(tags::KEY_OVERFLOWS);
    const pmt::pmt_t rx_time = pmt::mp(tags::KEY_RX_TIME);
    const pmt::pmt_t rx_rate = pmt::mp(tags::KEY_RX_RATE);
    const pmt::pmt_t rx_freq = pmt::mp(tags::KEY_RX_FREQ);
};

const keys& key()
{
    static const keys interned;
    return interned;
}

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
        dict = pmt::dict_add(dict, key().rx_rate, pmt::from_double(*rx.rate));
    if (rx.frequency)
        dict = pmt::dict_add(dict, key().rx_freq, pmt::from_double(*rx.frequency));
    if (rx.time) {
        const auto tuple = pmt::make_tuple(pmt::from_uint64(rx.time->seconds),
                                           pmt::from_double(rx.time->fraction));
        dict = pmt::dict_add(dict, key().rx_time, tuple);
    }
    return dict;
}

pmt::pmt_t to_pmt(const segment& s)
{
    pmt::pmt_t dict = with(pmt::make_dict(), key().segment, s.number);
    dict = with(dict, key().sample_start, s.sample_start);
    dict = with(dict, key().samples_per_token, s.samples_per_token);
    dict = with(dict, key().token_samples, s.token_samples);
    dict = with(dict, key().retunes, s.retunes);
    dict = with(dict, key().overflows, s.overflows);
    return with_reception(dict, s.rx);
}

segment segment_from_pmt(const pmt::pmt_t& dict)
{
    segment s;
    s.number = entry(dict, key().segment, s.number);
    s.sample_start = entry(dict, key().sample_start, s.sample_start);
    s.samples_per_token = entry(dict, key().samples_per_token, s.samples_per_token);
    s.token_samples = entry(dict, key().token_samples, s.token_samples);
    s.retunes = entry(dict, key().retunes, s.retunes);
    s.overflows = entry(dict, key().overflows, s.overflows);
    for (const auto& name : { key().rx_rate, key().rx_freq, key().rx_time })
        update(s.rx, name, pmt::dict_ref(dict, name, pmt::PMT_NIL));
    return s;
}

bool update(reception& rx, const pmt::pmt_t& name, const pmt::pmt_t& value)
{
    if (pmt::eq(name, key().rx_time)) {
        const auto known = time(value);
        if (known)
            rx.time = known;
        return known.has_value();
    }
    const auto known = number(value);
    if (!known)
        return false;
    if (pmt::eq(name, key().rx_freq)) {
        rx.frequency = known;
        return true;
    }
    if (*known <= 0.0)
        return false;
    rx.rate = known;
    return true;
}

} /* namespace rfattn */
} /* namespace gr */
