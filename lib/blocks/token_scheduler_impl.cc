/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "token_scheduler_impl.h"
#include "ports.h"
#include "segment_pmt.h"
#include "tag_values.h"

namespace gr {
namespace rfattn {

using gr::thread::scoped_lock;

namespace {

const checks CHECK("token_scheduler");
const pmt::pmt_t DETECTIONS = pmt::mp("detections");
const pmt::pmt_t CONFIDENCE = pmt::mp("confidence");

schedule::settings checked(int window, const token_scheduler::settings& s)
{
    CHECK.at_least(1, "window", window);
    CHECK.finite("first_rest_s", s.first_rest_s);
    CHECK.require(s.first_rest_s >= 0.0, "first_rest_s", ">= 0", s.first_rest_s);
    CHECK.finite("max_rest_s", s.max_rest_s);
    std::ostringstream rule;
    rule << ">= first_rest_s, " << s.first_rest_s;
    CHECK.require(s.max_rest_s >= s.first_rest_s, "max_rest_s", rule.str(), s.max_rest_s);
    CHECK.require(
        s.confidence >= 0.0 && s.confidence <= 1.0, "confidence", "0 to 1", s.confidence);
    return { static_cast<uint64_t>(window), s.first_rest_s, s.max_rest_s, s.confidence };
}

} // namespace

token_scheduler::sptr token_scheduler::make(int n_bins, int window, const settings& s)
{
    return gnuradio::make_block_sptr<token_scheduler_impl>(n_bins, window, s);
}

token_scheduler_impl::token_scheduler_impl(int n_bins, int window, const settings& s)
    : gr::block("token_scheduler",
                float_ports(CHECK, "n_bins", n_bins),
                float_ports(CHECK, "n_bins", n_bins)),
      d_n_bins(n_bins),
      d_rests(s.first_rest_s > 0.0),
      d_schedule(checked(window, s))
{
    set_tag_propagation_policy(TPP_DONT);
    set_output_buffer(*this, items_in_page(n_bins), n_bins);
    message_port_register_in(DETECTIONS);
    set_msg_handler(DETECTIONS, [this](const pmt::pmt_t& message) {
        d_error.guard([&] {
            judge(message);
            return 0;
        });
    });
}

bool token_scheduler_impl::start()
{
    scoped_lock lock(d_setlock);
    d_schedule.restart();
    d_tags.restart();
    d_segment = segment();
    d_stated = to_pmt(d_segment);
    d_tokens = 0;
    d_segment_due = true;
    d_arrival_due = false;
    d_error.clear();
    return gr::block::start();
}

schedule::counters token_scheduler_impl::total() const
{
    scoped_lock lock(d_setlock);
    return d_schedule.count();
}

std::vector<uint64_t> token_scheduler_impl::streams() const
{
    scoped_lock lock(d_setlock);
    return d_schedule.streams();
}

std::map<std::string, uint64_t>
token_scheduler_impl::stream_counters(uint64_t stream) const
{
    scoped_lock lock(d_setlock);
    const auto now = d_schedule.count(stream);
    CHECK.require(now.has_value(), "stream", "one that came and has not ended", stream);
    return { { "tokens_in", now->in() },
             { "tokens_out", now->out },
             { "tokens_rested", now->rested } };
}

void token_scheduler_impl::judge(const pmt::pmt_t& detection)
{
    const tag_dict dict("detections", detection);
    const uint64_t stream = dict.count(keys::STREAM);
    const double confidence = dict.number(CONFIDENCE);
    scoped_lock lock(d_setlock);
    d_schedule.judge(stream, confidence);
}

void token_scheduler_impl::forecast(int, gr_vector_int& ninput_items_required)
{
    ninput_items_required[0] = 1;
}

int token_scheduler_impl::general_work(int noutput_items,
                                       gr_vector_int& ninput_items,
                                       gr_vector_const_void_star& input_items,
                                       gr_vector_void_star& output_items)
{
    scoped_lock lock(d_setlock);
    return d_error.guard([&] {
        return pass_tokens(noutput_items,
                           ninput_items[0],
                           static_cast<const float*>(input_items[0]),
                           static_cast<float*>(output_items[0]));
    });
}

int token_scheduler_impl::pass_tokens(size_t room,
                                      size_t available,
                                      const float* in,
                                      float* out)
{
    const uint64_t begin = nitems_read(0);
    const uint64_t end = begin + available;
    get_tags_in_range(d_tags.found, 0, begin, end);
    d_tags.sort();
    uint64_t token = begin;
    size_t given = 0;
    while (token < end) {
        const uint64_t item = nitems_written(0) + given;
        const uint64_t next = d_tags.apply(
            token, end, [this, item](const tag_t& tag) { apply(tag, item); });
        const auto taken = d_schedule.take(place_of_next(), next - token, room - given);
        if (taken.count == 0) // no room
            break;
        if (taken.passes) {
            tag_passed(item, taken);
            std::copy_n(in + (token - begin) * d_n_bins,
                        taken.count * d_n_bins,
                        out + given * d_n_bins);
            given += taken.count;
        }
        token += taken.count;
        d_tokens += taken.count;
    }
    consume_each(static_cast<int>(token - begin));
    return static_cast<int>(given);
}

void token_scheduler_impl::apply(const tag_t& tag, uint64_t item)
{
    if (tag.key == keys::SEGMENT_TAG) {
        d_segment = segment_from_pmt(tag.value);
        d_stated = tag.value;
        d_tokens = 0;
        d_segment_due = true;
    } else if (tag.key == keys::END_TAG) {
        d_schedule.end(count_of(tag));
        add_item_tag(0, item, keys::END_TAG, tag.value, alias_pmt());
    } else if (tag.key == keys::ARRIVAL_TAG) {
        count_of(tag); // refuses another value
        d_arrival = tag.value;
        d_found.reset();
        d_arrival_due = true;
    } else if (tag.key == keys::FOUND_TAG) {
        count_of(tag);
        d_found = tag.value;
    }
}

schedule::place token_scheduler_impl::place_of_next() const
{
    const uint64_t stream = d_segment.stream.value_or(0);
    const uint64_t sample =
        d_segment.sample_start + d_tokens * d_segment.samples_per_token;
    if (d_rests && !d_segment.rx.rate)
        CHECK.require(false,
                      "rx_rate of a segment",
                      "stated, unless first_rest_s is 0",
                      "none for stream " + std::to_string(stream));
    return { stream,
             d_segment.number,
             sample,
             d_segment.samples_per_token,
             d_segment.rx.rate.value_or(0.0) };
}

void token_scheduler_impl::tag_passed(uint64_t item, const schedule::stretch& passed)
{
    if (d_segment_due || passed.begins)
        add_item_tag(
            0, item, keys::SEGMENT_TAG, segment_out(passed.segment), alias_pmt());
    if (d_arrival_due)
        add_item_tag(0, item, keys::ARRIVAL_TAG, d_arrival, alias_pmt());
    if (d_arrival_due && d_found)
        add_item_tag(0, item, keys::FOUND_TAG, d_found, alias_pmt());
    d_segment_due = d_arrival_due = false;
}

// What was stated upstream, from the next token on.
pmt::pmt_t token_scheduler_impl::segment_out(uint64_t number) const
{
    const uint64_t sample =
        d_segment.sample_start + d_tokens * d_segment.samples_per_token;
    const uint64_t rested = d_schedule.count().rested;
    pmt::pmt_t dict = d_stated;
    dict = pmt::dict_add(dict, keys::SEGMENT, pmt::from_uint64(number));
    dict = pmt::dict_add(dict, keys::SAMPLE_START, pmt::from_uint64(sample));
    dict = pmt::dict_add(dict, keys::RESTED_TOKENS, pmt::from_uint64(rested));
    if (!d_segment.rx_at(sample).time)
        dict = pmt::dict_delete(dict, keys::RX_TIME);
    return with_reception(dict, d_segment.rx_at(sample));
}

} // namespace rfattn
} // namespace gr
