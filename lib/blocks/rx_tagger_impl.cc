/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "rx_tagger_impl.h"

#include <gnuradio/io_signature.h>
#include <gnuradio/rfattn/tags.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace gr {
namespace rfattn {

namespace {

double checked_rate(double rate)
{
    if (!(rate > 0.0 && std::isfinite(rate)))
        throw std::invalid_argument("rx_tagger: sample_rate must be > 0, got " +
                                    std::to_string(rate));
    return rate;
}

std::optional<double> checked_frequency(std::optional<double> frequency)
{
    if (frequency && !std::isfinite(*frequency))
        throw std::invalid_argument("rx_tagger: frequency must be finite, got " +
                                    std::to_string(*frequency));
    return frequency;
}

} // namespace

rx_tagger::sptr rx_tagger::make(double sample_rate, std::optional<double> frequency)
{
    return gnuradio::make_block_sptr<rx_tagger_impl>(sample_rate, frequency);
}

rx_tagger_impl::rx_tagger_impl(double sample_rate, std::optional<double> frequency)
    : gr::sync_block("rx_tagger",
                     gr::io_signature::make(1, 1, sizeof(gr_complex)),
                     gr::io_signature::make(1, 1, sizeof(gr_complex))),
      d_rate_key(pmt::mp(tags::KEY_RX_RATE)),
      d_frequency_key(pmt::mp(tags::KEY_RX_FREQ)),
      d_sample_rate(checked_rate(sample_rate)),
      d_frequency(checked_frequency(frequency))
{
}

void rx_tagger_impl::set_sample_rate(double sample_rate)
{
    checked_rate(sample_rate);
    gr::thread::scoped_lock lock(d_setlock);
    d_tell |= sample_rate != d_sample_rate;
    d_sample_rate = sample_rate;
}

void rx_tagger_impl::set_frequency(std::optional<double> frequency)
{
    checked_frequency(frequency);
    gr::thread::scoped_lock lock(d_setlock);
    d_tell |= frequency != d_frequency;
    d_frequency = frequency;
}

bool rx_tagger_impl::start()
{
    d_tell = true;
    return gr::sync_block::start();
}

int rx_tagger_impl::work(int noutput_items,
                         gr_vector_const_void_star& input_items,
                         gr_vector_void_star& output_items)
{
    gr::thread::scoped_lock lock(d_setlock);
    const auto in = static_cast<const gr_complex*>(input_items[0]);
    std::copy_n(in, noutput_items, static_cast<gr_complex*>(output_items[0]));
    if (d_tell) {
        const uint64_t item = nitems_written(0);
        add_item_tag(0, item, d_rate_key, pmt::from_double(d_sample_rate), alias_pmt());
        if (d_frequency)
            add_item_tag(
                0, item, d_frequency_key, pmt::from_double(*d_frequency), alias_pmt());
        d_tell = false;
    }
    return noutput_items;
}

} /* namespace rfattn */
} /* namespace gr */
