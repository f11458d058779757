/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "token_squelch_impl.h"
#include "kernels/steady_clock.h"
#include "keys.h"
#include "ports.h"
#include "segment_pmt.h"

#include <algorithm>

namespace gr {
namespace rfattn {

namespace {

const checks CHECK("token_squelch");

std::optional<float> checked_floor(std::optional<double> db)
{
    if (!db)
        return std::nullopt;
    return static_cast<float>(CHECK.finite("floor_db", *db));
}

} // namespace

token_squelch::sptr token_squelch::make(int n_bins,
                                        int block_size,
                                        double threshold_db,
                                        int context_steps,
                                        int hang_steps,
                                        int settle_steps,
                                        std::optional<double> floor_db)
{
    return gnuradio::make_block_sptr<token_squelch_impl>(n_bins,
                                                         block_size,
                                                         threshold_db,
                                                         context_steps,
                                                         hang_steps,
                                                         settle_steps,
                                                         floor_db);
}

token_squelch_impl::token_squelch_impl(int n_bins,
                                       int block_size,
                                       double threshold_db,
                                       int context_steps,
                                       int hang_steps,
                                       int settle_steps,
                                       std::optional<double> floor_db)
    : gr::block("token_squelch",
                float_ports(CHECK, "n_bins", n_bins),
                float_ports(CHECK, "n_bins", n_bins)),
      d_n_bins(n_bins),
      d_block_size(CHECK.at_least(1, "block_size", block_size)),
      d_context_steps(CHECK.at_least(0, "context_steps", context_steps)),
      d_hang_steps(CHECK.at_least(0, "hang_steps", hang_steps)),
      d_squelch(n_bins,
                block_size,
                CHECK.positive("threshold_db", threshold_db),
                CHECK.at_least(1, "settle_steps", settle_steps),
                checked_floor(floor_db)),
      d_steps((d_context_steps + 1) * d_block_size * d_n_bins)
{
    set_tag_propagation_policy(TPP_DONT);
    set_output_multiple(block_size);
    set_max_output_buffer(0, std::max(2 * block_size, items_in_page(n_bins)));
}

bool token_squelch_impl::start()
{
    d_tokens_in = d_tokens_out = d_tokens_skipped = d_segments = 0;
    d_held = d_passing = 0;
    d_any_out = d_has_arrival = false;
    d_segment = segment();
    begin_segment(segment());
    d_any_segment = false;
    d_error.clear();
    d_squelch.restart();
    return gr::block::start();
}

std::string token_squelch_impl::error() const
{
    gr::thread::scoped_lock lock(d_setlock);
    return d_error;
}

void token_squelch_impl::forecast(int, gr_vector_int& ninput_items_required)
{
    ninput_items_required[0] = d_passing ? 0 : static_cast<int>(d_block_size);
}

// GNU Radio ends the thread of a block whose work() throws, and lets the others wait for
// it without end. So the error ends the run instead.
int token_squelch_impl::general_work(int noutput_items,
                                     gr_vector_int& ninput_items,
                                     gr_vector_const_void_star& input_items,
                                     gr_vector_void_star& output_items)
{
    try {
        return pass_steps(noutput_items, ninput_items, input_items, output_items);
    } catch (const std::exception& error) {
        gr::thread::scoped_lock lock(d_setlock);
        d_error = error.what();
        d_logger->error(d_error);
        return WORK_DONE;
    }
}

int token_squelch_impl::pass_steps(int noutput_items,
                                   const gr_vector_int& ninput_items,
                                   const gr_vector_const_void_star& input_items,
                                   const gr_vector_void_star& output_items)
{
    const float* in = static_cast<const float*>(input_items[0]);
    float* out = static_cast<float*>(output_items[0]);
    const uint64_t begin = nitems_read(0);
    const uint64_t end = begin + ninput_items[0];
    const size_t room = noutput_items / d_block_size;
    uint64_t token = begin;
    size_t given = 0;
    read_tags(begin, end);
    for (;;) {
        for (; d_passing && given < room; given++) {
            give_step(out, nitems_written(0) + given * d_block_size);
            out += d_block_size * d_n_bins;
        }
        if (d_passing)
            break;
        const uint64_t next = apply_tags(token, end);
        if (next - token >= d_block_size) {
            take_step(in + (token - begin) * d_n_bins);
            token += d_block_size;
        } else if (next < end) { // cut short by the end of the segment
            d_tokens_in += next - token;
            d_tokens_skipped += next - token;
            token = next;
        } else {
            break;
        }
    }
    consume_each(static_cast<int>(token - begin));
    return static_cast<int>(given * d_block_size);
}

void token_squelch_impl::read_tags(uint64_t begin, uint64_t end)
{
    get_tags_in_range(d_tags, 0, begin, end);
    std::stable_sort(d_tags.begin(), d_tags.end(), tag_t::offset_compare);
}

// Applies the tags from `token` on to the end of the step that begins there; returns
// where its segment ends, or `end`. A segment's tag is applied once: its token is left
// behind.
uint64_t token_squelch_impl::apply_tags(uint64_t token, uint64_t end)
{
    for (const auto& tag : d_tags) {
        if (tag.offset < token)
            continue;
        if (tag.key == keys::SEGMENT_TAG) {
            if (tag.offset > token)
                return tag.offset;
            if (end - token >= d_block_size)
                begin_segment(segment_from_pmt(tag.value));
        } else if (tag.key == keys::ARRIVAL_TAG && tag.offset < token + d_block_size) {
            d_arrival_ns = pmt::to_uint64(tag.value);
            d_has_arrival = true;
        }
    }
    return end;
}

void token_squelch_impl::begin_segment(const segment& s)
{
    if (d_any_segment)
        CHECK.require(s.stream.value_or(0) == d_segment.stream.value_or(0),
                      "the stream of its tokens",
                      std::to_string(d_segment.stream.value_or(0)) + " in the whole run",
                      s.stream.value_or(0));
    d_any_segment = true;
    skip_held();
    const bool retuned =
        s.rx.frequency != d_segment.rx.frequency || s.rx.rate != d_segment.rx.rate;
    if (retuned)
        d_squelch.restart();
    d_segment = s;
    d_next_token = 0;
    d_hang = 0;
    d_broken = true;
}

void token_squelch_impl::skip_held()
{
    d_tokens_skipped += d_held * d_block_size;
    d_held = 0;
}

void token_squelch_impl::take_step(const float* tokens)
{
    const size_t length = d_block_size * d_n_bins;
    const size_t slots = d_context_steps + 1;
    std::copy_n(tokens, length, &d_steps[(d_first + d_held) % slots * length]);
    d_held++;
    d_next_token += d_block_size;
    d_tokens_in += d_block_size;
    if (d_squelch.is_active(tokens))
        d_hang = d_hang_steps + 1;
    if (d_hang > 0) {
        d_hang--;
        d_passing = d_held;
    } else if (d_held == slots) { // no room for another one
        d_first = (d_first + 1) % slots;
        d_held--;
        d_tokens_skipped += d_block_size;
        d_broken = true;
    }
}

void token_squelch_impl::give_step(float* out, uint64_t item)
{
    const size_t length = d_block_size * d_n_bins;
    std::copy_n(&d_steps[d_first * length], length, out);
    if (d_broken) {
        d_out_segment = d_any_out ? d_out_segment + 1 : 0;
        d_segments++;
        add_item_tag(0, item, keys::SEGMENT_TAG, to_pmt(segment_of_first()), alias_pmt());
    }
    d_broken = false;
    d_any_out = true;
    const uint64_t arrival_ns = d_has_arrival ? d_arrival_ns : steady_ns();
    add_item_tag(0, item, keys::ARRIVAL_TAG, pmt::from_uint64(arrival_ns), alias_pmt());
    d_first = (d_first + 1) % (d_context_steps + 1);
    d_held--;
    d_passing--;
    d_tokens_out += d_block_size;
}

// The segment that begins with the first step in the ring.
segment token_squelch_impl::segment_of_first() const
{
    segment s = d_segment;
    const uint64_t token = d_next_token - d_held * d_block_size;
    s.number = d_out_segment;
    s.sample_start += token * s.samples_per_token;
    s.rx = d_segment.rx_at(s.sample_start);
    return s;
}

} // namespace rfattn
} // namespace gr
