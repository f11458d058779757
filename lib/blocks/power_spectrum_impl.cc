/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "power_spectrum_impl.h"
#include "base/steady_clock.h"
#include "front_end_pmt.h"
#include "keys.h"
#include "ports.h"
#include "segment_pmt.h"

#include <algorithm>

namespace gr {
namespace rfattn {

namespace {

// Samples that the buffers have room for. A work call takes half of the input; its
// wake-ups cost as much as the spectra of some thousand samples, so short calls would
// double the cost. The output has room for two such calls and their reader.
constexpr int INPUT_SAMPLES = 65536;
constexpr int OUTPUT_SAMPLES = 131072;
constexpr int MAX_OUTPUT_TOKENS = 2048; // where frames overlap
constexpr int FEWEST_ITEMS = 4;         // fewest items of a buffer of GNU Radio

const checks CHECK("power_spectrum");

spectrum::settings spectrum_settings(const power_spectrum::settings& s)
{
    return { s.fft_size, s.n_bins, s.window, s.averaging, s.scale, s.dc, s.sides };
}

} // namespace

power_spectrum::sptr power_spectrum::make(const settings& s)
{
    return gnuradio::make_block_sptr<power_spectrum_impl>(s);
}

power_spectrum_impl::power_spectrum_impl(const settings& s)
    : gr::block("power_spectrum",
                gr::io_signature::make(1, 1, sizeof(gr_complex)),
                gr::io_signature::make(1, 1, sizeof(float) * std::max(1, s.n_bins))),
      d_fft_size(s.fft_size),
      d_hop(CHECK.at_least(1, "hop", s.hop)),
      d_averaging(s.averaging),
      d_n_bins(s.n_bins),
      d_front_end(front_end_to_pmt(spectrum_settings(s), s.hop)),
      d_spectrum(spectrum_settings(s)),
      d_check(0)
{
    set_tag_propagation_policy(TPP_DONT);
    // Only the size of the input buffer follows from this, twice the number and two
    // frames at least. The true rate would ask for hop * averaging samples.
    set_relative_rate(1, std::max<uint64_t>(d_fft_size, INPUT_SAMPLES / 2));
    const auto wanted = static_cast<int>(
        std::min<uint64_t>(MAX_OUTPUT_TOKENS, OUTPUT_SAMPLES / samples_per_token()));
    set_output_buffer(
        *this, std::max({ wanted, items_in_page(d_n_bins), FEWEST_ITEMS }), d_n_bins);
}

bool power_spectrum_impl::start()
{
    d_segment = segment();
    d_begun = false;
    d_segments = d_retunes = 0;
    d_check.restart();
    d_checked = nitems_read(0);
    d_error.clear();
    return gr::block::start();
}

void power_spectrum_impl::forecast(int, gr_vector_int& ninput_items_required)
{
    ninput_items_required[0] =
        static_cast<int>(d_fft_size); // more is used when it is there
}

int power_spectrum_impl::general_work(int noutput_items,
                                      gr_vector_int& ninput_items,
                                      gr_vector_const_void_star& input_items,
                                      gr_vector_void_star& output_items)
{
    const uint64_t begin = nitems_read(0);
    const uint64_t end = begin + ninput_items[0];
    const cursor at{ static_cast<const gr_complex*>(input_items[0]),
                     begin,
                     static_cast<float*>(output_items[0]),
                     0,
                     noutput_items,
                     steady_ns() };

    return d_error.guard([this, &at, end] { return make_tokens_of(at, end); });
}

int power_spectrum_impl::make_tokens_of(cursor at, uint64_t end)
{
    const uint64_t begin = at.position;
    check_samples(at.in, begin, end);
    get_tags_in_range(d_gaps.found, 0, begin, end);
    d_gaps.begin();
    if (!d_begun)
        begin_segment(begin);
    for (;;) {
        const uint64_t gap = d_gaps.after(d_segment.sample_start, end);
        make_tokens(at, gap);
        if (gap == end || at.produced == at.room)
            break;
        at.in += gap - at.position;
        at.position = gap;
        begin_segment(gap);
    }
    consume_each(static_cast<int>(at.position - begin));
    return at.produced;
}

// Samples that were not consumed come again, and are counted once.
void power_spectrum_impl::check_samples(const gr_complex* samples,
                                        uint64_t begin,
                                        uint64_t end)
{
    const uint64_t from = std::clamp(d_checked, begin, end);
    d_check.forget(begin - std::min(begin, token_samples()));
    d_check.add(samples + (from - begin), end - from, from);
    d_checked = end;
}

void power_spectrum_impl::begin_segment(uint64_t sample)
{
    segment next;
    next.number = d_begun ? d_segment.number + 1 : 0;
    next.sample_start = sample;
    next.samples_per_token = samples_per_token();
    next.token_samples = token_samples();
    next.front_end = d_front_end;
    if (d_begun)
        next.rx = d_segment.rx_at(sample);
    d_gaps.update_at(next.rx, sample, d_logger);
    d_segments++;
    if (d_begun && d_segment.rx.frequency && next.rx.frequency != d_segment.rx.frequency)
        d_retunes++;
    next.retunes = d_retunes;
    next.overflows = next.number - next.retunes;
    d_segment = next;
    d_begun = true;
    d_announced = false;
    d_skip = 0;
    d_spectrum.restart();
}

void power_spectrum_impl::make_tokens(cursor& at, uint64_t end)
{
    skip(at, end);
    while (at.produced < at.room && end - at.position >= d_fft_size) {
        d_spectrum.add(at.in);
        if (d_spectrum.complete())
            write_token(at);
        d_skip = d_hop;
        skip(at, end);
    }
}

void power_spectrum_impl::skip(cursor& at, uint64_t end)
{
    const uint64_t n = std::min(d_skip, end - at.position);
    at.in += n;
    at.position += n;
    d_skip -= n;
}

void power_spectrum_impl::write_token(cursor& at)
{
    d_spectrum.take(at.out);
    at.out += d_n_bins;
    const uint64_t item = nitems_written(0) + at.produced;
    if (!d_announced)
        add_item_tag(0, item, keys::SEGMENT_TAG, to_pmt(d_segment), alias_pmt());
    d_announced = true;
    const uint64_t begin = at.position + d_fft_size - token_samples();
    if (d_check.touches(begin, begin + token_samples()))
        add_item_tag(0, item, keys::NON_FINITE_TAG, pmt::PMT_T, alias_pmt());
    if (at.produced == 0)
        add_item_tag(
            0, item, keys::ARRIVAL_TAG, pmt::from_uint64(at.arrival_ns), alias_pmt());
    at.produced++;
}

} // namespace rfattn
} // namespace gr
