/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "rx_tagger_impl.h"
#include "checks.h"
#include "keys.h"

#include <gnuradio/io_signature.h>

#include <algorithm>

namespace gr {
namespace rfattn {

namespace {

const checks CHECK("rx_tagger");

double checked_rate(double rate)
{
    return CHECK.positive("sample_rate", rate);
}

std::optional<double> checked_frequency(std::optional<double> frequency)
{
    if (frequency)
        CHECK.finite("frequency", *frequency);
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
      d_sample_rate(checked_rate(sample_rate)),
      d_frequency(checked_frequency(frequency))
{
}

void rx_tagger_impl::set_sample_rate(double sample_rate)
{
    checked_rate(sample_rate);
    gr::thread::scoped_lock lock(d_setlock);
    d_pending |= sample_rate != d_sample_rate;
    d_sample_rate = sample_rate;
}

void rx_tagger_impl::set_frequency(std::optional<double> frequency)
{
    checked_frequency(frequency);
    gr::thread::scoped_lock lock(d_setlock);
    d_pending |= frequency != d_frequency;
    d_frequency = frequency;
}

bool rx_tagger_impl::start()
{
    d_pending = true;
    return gr::sync_block::start();
}

int rx_tagger_impl::work(int noutput_items,
                         gr_vector_const_void_star& input_items,
                         gr_vector_void_star& output_items)
{
    gr::thread::scoped_lock lock(d_setlock);
    const auto in = static_cast<const gr_complex*>(input_items[0]);
    std::copy_n(in, noutput_items, static_cast<gr_complex*>(output_items[0]));
    if (d_pending) {
        const uint64_t item = nitems_written(0);
        add_item_tag(
            0, item, keys::RX_RATE, pmt::from_double(d_sample_rate), alias_pmt());
        if (d_frequency)
            add_item_tag(
                0, item, keys::RX_FREQ, pmt::from_double(*d_frequency), alias_pmt());
        d_pending = false;
    }
    return noutput_items;
}

} // namespace rfattn
} // namespace gr
