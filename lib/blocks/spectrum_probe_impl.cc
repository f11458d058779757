/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "spectrum_probe_impl.h"
#include "keys.h"
#include "ports.h"
#include "segment_pmt.h"

#include <algorithm>
#include <limits>

namespace gr {
namespace rfattn {

namespace {

const pmt::pmt_t SPECTRA_PORT = pmt::mp("spectra");
const checks CHECK("spectrum_probe");

void set(pmt::pmt_t& dict, const char* key, const pmt::pmt_t& value)
{
    dict = pmt::dict_add(dict, pmt::mp(key), value);
}

} // namespace

spectrum_probe::sptr spectrum_probe::make(int n_bins, const settings& s)
{
    return gnuradio::make_block_sptr<spectrum_probe_impl>(n_bins, s);
}

spectrum_probe_impl::spectrum_probe_impl(int n_bins, const settings& s)
    : gr::sync_block("spectrum_probe",
                     float_ports(CHECK, "n_bins", n_bins),
                     gr::io_signature::make(0, 0, 0)),
      d_n_bins(n_bins),
      d_interval(CHECK.positive("interval_ms", s.interval_ms) / 1e3),
      d_sides(CHECK.one_of({ "two", "one" }, "sides", s.sides)),
      d_peak(n_bins),
      d_sum(n_bins)
{
    message_port_register_out(SPECTRA_PORT);
}

bool spectrum_probe_impl::start()
{
    d_segment = segment();
    d_segment_item = nitems_read(0);
    clear_row();
    d_row_began = clock::now();
    d_error.clear();
    return gr::sync_block::start();
}

int spectrum_probe_impl::work(int noutput_items,
                              gr_vector_const_void_star& input_items,
                              gr_vector_void_star&)
{
    return d_error.guard([&] {
        add_tokens(static_cast<const float*>(input_items[0]), noutput_items);
        return noutput_items;
    });
}

void spectrum_probe_impl::add_tokens(const float* token, uint64_t count)
{
    const uint64_t begin = nitems_read(0);
    get_tags_in_window(d_tags, 0, 0, count, keys::SEGMENT_TAG);
    std::stable_sort(d_tags.begin(), d_tags.end(), tag_t::offset_compare);
    auto tag = d_tags.cbegin();
    for (uint64_t item = begin; item < begin + count; item++, token += d_n_bins) {
        for (; tag != d_tags.cend() && tag->offset == item; ++tag)
            begin_segment(*tag);
        add(token, item);
    }
    const auto now = clock::now();
    if (now - d_row_began >= d_interval) {
        message_port_pub(SPECTRA_PORT, row());
        clear_row();
        d_row_began = now;
    }
}

void spectrum_probe_impl::begin_segment(const tag_t& tag)
{
    const segment before = d_segment;
    d_segment = segment_from_pmt(tag.value);
    d_segment_item = tag.offset;
    if (d_segment.rx.frequency != before.rx.frequency ||
        d_segment.rx.rate != before.rx.rate || d_segment.stream != before.stream)
        clear_row();
}

void spectrum_probe_impl::clear_row()
{
    d_tokens = 0;
    std::fill(d_peak.begin(), d_peak.end(), -std::numeric_limits<float>::infinity());
    std::fill(d_sum.begin(), d_sum.end(), 0.0);
}

void spectrum_probe_impl::add(const float* token, uint64_t item)
{
    if (d_tokens == 0) {
        d_row_segment = d_segment.number;
        d_row_sample = d_segment.sample_start +
                       (item - d_segment_item) * d_segment.samples_per_token;
    }
    for (size_t bin = 0; bin < d_n_bins; bin++) {
        d_peak[bin] = std::max(d_peak[bin], token[bin]);
        d_sum[bin] += token[bin];
    }
    d_tokens++;
}

pmt::pmt_t spectrum_probe_impl::row() const
{
    std::vector<float> mean(d_n_bins);
    std::transform(d_sum.begin(), d_sum.end(), mean.begin(), [this](double sum) {
        return static_cast<float>(sum / static_cast<double>(d_tokens));
    });
    pmt::pmt_t dict = pmt::make_dict();
    set(dict, "peak_db", pmt::init_f32vector(d_n_bins, d_peak));
    set(dict, "mean_db", pmt::init_f32vector(d_n_bins, mean));
    set(dict, "tokens", pmt::from_uint64(d_tokens));
    set(dict, "sample_start", pmt::from_uint64(d_row_sample));
    set(dict, "segment", pmt::from_uint64(d_row_segment));
    set(dict, "sides", pmt::mp(d_sides));
    if (d_segment.stream)
        set(dict, "stream", pmt::from_uint64(*d_segment.stream));
    if (d_segment.rx.frequency)
        set(dict, "frequency", pmt::from_double(*d_segment.rx.frequency));
    if (d_segment.rx.rate)
        set(dict, "sample_rate", pmt::from_double(*d_segment.rx.rate));
    return dict;
}

} // namespace rfattn
} // namespace gr
