/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "token_buffer_halves.h"
#include "base/steady_clock.h"
#include "keys.h"
#include "ports.h"
#include "run_error.h"
#include "segment_pmt.h"
#include "tag_values.h"

#include <gnuradio/block_detail.h>
#include <gnuradio/buffer.h>

#include <algorithm>
#include <boost/date_time/posix_time/posix_time_types.hpp>
#include <numeric>

namespace gr {
namespace rfattn {

namespace {

// The scheduler looks after ends and stops between work calls, so no call waits longer.
// Waits end at once when there is something to do; this is no polling interval.
constexpr int WAIT_MS = 50;
// GNU Radio lets a source that had nothing rest for 250 ms: steps would come late.
constexpr unsigned REST_MS = 1;

const pmt::pmt_t FOUND_NS = pmt::mp(tags::KEY_FOUND_NS);

} // namespace

token_buffer_sink::token_buffer_sink(int n_bins,
                                     int port,
                                     std::shared_ptr<token_ring> ring)
    : gr::sync_block("token_buffer_sink",
                     gr::io_signature::make(1, 1, sizeof(float) * n_bins),
                     gr::io_signature::make(0, 0, 0)),
      d_n_bins(n_bins),
      d_port(port),
      d_ring(std::move(ring))
{
}

// Called for each port before any thread of the run exists, so the last call begins the
// run. start() would be too late: the halves start in threads of their own, in any order.
bool token_buffer_sink::check_topology(int, int)
{
    d_ring->begin_run();
    d_when.reset();
    d_tags.restart();
    return true;
}

bool token_buffer_sink::stop()
{
    d_ring->close_writer(d_port);
    return gr::sync_block::stop();
}

int token_buffer_sink::work(int noutput_items,
                            gr_vector_const_void_star& input_items,
                            gr_vector_void_star&)
{
    return guarded(
        [&] { return push(noutput_items, static_cast<const float*>(input_items[0])); },
        [this](const std::string& text) {
            const std::string message = "token_buffer: " + text;
            d_logger->error("{:s}", message);
            d_ring->fail(message);
        });
}

int token_buffer_sink::push(int noutput_items, const float* in)
{
    const uint64_t begin = nitems_read(0);
    const uint64_t end = begin + noutput_items;
    get_tags_in_range(d_tags.found, 0, begin, end);
    d_tags.sort();
    uint64_t item = begin;
    while (item < end) {
        const uint64_t next =
            d_tags.apply(item, end, [this](const tag_t& tag) { apply(tag); });
        const uint64_t count = next - item;
        const token_times when = d_when.value_or(token_times{ steady_ns() });
        const float* tokens = in + (item - begin) * d_n_bins;
        const size_t accepted =
            d_ring->push(d_port, tokens, count, when, WAIT_MS, next < end);
        item += accepted;
        if (accepted < count)
            return d_ring->reader_closed() ? WORK_DONE : static_cast<int>(item - begin);
    }
    return noutput_items;
}

void token_buffer_sink::apply(const tag_t& tag)
{
    if (tag.key == keys::SEGMENT_TAG)
        d_ring->begin_segment(d_port, segment_from_pmt(tag.value));
    else if (tag.key == keys::END_TAG)
        d_ring->end_stream(d_port, count_of(tag));
    else if (tag.key == keys::ARRIVAL_TAG)
        d_when = token_times{ count_of(tag) };
    else if (tag.key == keys::FOUND_TAG)
        d_when = { d_when.value_or(token_times()).arrival_ns, count_of(tag) };
    else if (tag.key == keys::NON_FINITE_TAG)
        d_ring->mark_non_finite(d_port);
}

token_buffer_source::token_buffer_source(
    int n_bins, int block_size, int batch, int run, std::shared_ptr<token_ring> ring)
    : gr::sync_block("token_buffer_source",
                     gr::io_signature::make(0, 0, 0),
                     gr::io_signature::make(1, 1, sizeof(float) * n_bins)),
      d_n_bins(n_bins),
      d_block_size(block_size),
      d_batch(batch),
      d_run(run),
      d_has_rounds(ring->drops() || (run > 1 && !ring->has_batches())),
      d_ring(std::move(ring))
{
    set_output_multiple(block_size);
    set_blkd_input_timer_value(REST_MS);
    // Two rounds, because a work call gets half of the buffer at most, and what a reader
    // of whole steps adds for its history. In whole pages and steps, so that GNU Radio
    // does not warn of another size.
    const int unit = std::lcm(items_in_page(n_bins), block_size);
    const int items = 2 * batch * block_size + 2;
    set_output_buffer(*this, (items + unit - 1) / unit * unit, n_bins);
    if (d_ring->has_batches()) // which the reader finds whole or not at all
        set_min_noutput_items(batch * block_size);
}

bool token_buffer_source::stop()
{
    d_ring->close_reader();
    return gr::sync_block::stop();
}

int token_buffer_source::work(int noutput_items,
                              gr_vector_const_void_star&,
                              gr_vector_void_star& output_items)
{
    int steps = noutput_items / d_block_size;
    if (d_has_rounds) {
        if (!reader_is_idle())
            return detail()->output(0)->done() ? WORK_DONE : 0; // done: the reader ended
        steps = std::min(steps, d_batch);
        d_ring->begin_round(d_run);
    }
    float* out = static_cast<float*>(output_items[0]);
    int produced = 0;
    for (int i = 0; i < steps; i++) {
        token_ring::step step;
        const auto outcome = d_ring->take(out, step, produced == 0 ? WAIT_MS : 0);
        if (outcome == token_ring::outcome::ended && produced == 0)
            return WORK_DONE;
        if (outcome != token_ring::outcome::step)
            break;
        tag_step(nitems_written(0) + produced, step);
        out += d_block_size * d_n_bins;
        produced += d_block_size;
        if (step.is_last)
            break;
    }
    return produced;
}

// Waits until the reader is done with the last round. A step that waits at the output
// cannot be dropped any more, and grows old while the one before it is computed.
bool token_buffer_source::reader_is_idle()
{
    const auto output = detail()->output(0);
    const auto is_read = [&output] {
        gr::thread::scoped_lock guard(*output->mutex());
        return output->space_available() == static_cast<int>(output->bufsize()) - 1;
    };
    auto& scheduler = detail()->d_tpb; // notifies when a reader consumes
    gr::thread::scoped_lock lock(scheduler.mutex);
    return scheduler.output_cond.timed_wait(
        lock, boost::posix_time::milliseconds(WAIT_MS), is_read);
}

void token_buffer_source::tag_step(uint64_t item, const token_ring::step& s)
{
    static const std::pair<pmt::pmt_t, uint64_t token_ring::step::*> entries[] = {
        { keys::STREAM, &token_ring::step::stream },
        { keys::SEGMENT, &token_ring::step::segment },
        { keys::SAMPLE_START, &token_ring::step::sample_start },
        { keys::SAMPLE_COUNT, &token_ring::step::sample_count },
        { pmt::mp(tags::KEY_ARRIVAL_NS), &token_ring::step::arrival_ns },
        { pmt::mp(tags::KEY_TOKENS_IN), &token_ring::step::tokens_in },
        { pmt::mp(tags::KEY_DROPPED_TOKENS), &token_ring::step::dropped_tokens },
        { keys::RESTED_TOKENS, &token_ring::step::rested_tokens },
        { pmt::mp(tags::KEY_QUEUED_STEPS), &token_ring::step::queued_steps },
        { keys::RETUNES, &token_ring::step::retunes },
        { keys::OVERFLOWS, &token_ring::step::overflows },
        { pmt::mp(tags::KEY_NON_FINITE_TOKENS), &token_ring::step::non_finite_tokens },
    };
    // Every key comes once: acons, unlike dict_add, does not look for it.
    pmt::pmt_t dict = pmt::make_dict();
    for (const auto& [key, member] : entries)
        dict = pmt::acons(key, pmt::from_uint64(s.*member), dict);
    if (s.found_ns)
        dict = pmt::acons(FOUND_NS, pmt::from_uint64(s.found_ns), dict);
    if (s.front_end)
        dict = pmt::acons(keys::FRONT_END, stated_pmt(s.front_end), dict);
    if (s.features)
        dict = pmt::acons(keys::FEATURES, stated_pmt(s.features), dict);
    if (!s.ended.empty())
        dict = pmt::acons(keys::ENDED, counts_to_pmt(s.ended), dict);
    if (s.batch > 0)
        dict = pmt::acons(keys::BATCH, pmt::from_uint64(s.batch), dict);
    add_item_tag(0, item, keys::STEP_TAG, with_reception(dict, s.rx), alias_pmt());
}

} // namespace rfattn
} // namespace gr
