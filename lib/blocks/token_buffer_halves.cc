/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "token_buffer_halves.h"
#include "kernels/steady_clock.h"
#include "segment_pmt.h"

#include <gnuradio/block_detail.h>
#include <gnuradio/buffer.h>
#include <gnuradio/io_signature.h>
#include <gnuradio/rfattn/tags.h>

#include <algorithm>
#include <boost/date_time/posix_time/posix_time_types.hpp>

namespace gr {
namespace rfattn {

namespace {

// The scheduler looks after ends and stops between work calls, so no call waits longer.
// Waits end at once when there is something to do; this is no polling interval.
constexpr int WAIT_MS = 50;
// GNU Radio lets a source that had nothing rest for 250 ms: steps would come late.
constexpr unsigned REST_MS = 1;
constexpr int PAGE_BYTES = 4096;

} // namespace

token_buffer_sink::token_buffer_sink(int n_bins, std::shared_ptr<token_ring> ring)
    : gr::sync_block("token_buffer_sink",
                     gr::io_signature::make(1, 1, sizeof(float) * n_bins),
                     gr::io_signature::make(0, 0, 0)),
      d_n_bins(n_bins),
      d_ring(std::move(ring)),
      d_segment_key(pmt::mp(tags::SEGMENT)),
      d_arrival_key(pmt::mp(tags::ARRIVAL))
{
}

// Called once per run, before any thread of it exists. start() would be too late: the
// halves start in threads of their own, in any order.
bool token_buffer_sink::check_topology(int, int)
{
    d_ring->begin_run();
    d_arrival_ns.reset();
    return true;
}

bool token_buffer_sink::stop()
{
    d_ring->close_writer();
    return gr::sync_block::stop();
}

int token_buffer_sink::work(int noutput_items,
                            gr_vector_const_void_star& input_items,
                            gr_vector_void_star&)
{
    const float* in = static_cast<const float*>(input_items[0]);
    const uint64_t begin = nitems_read(0);
    const uint64_t end = begin + noutput_items;
    read_tags(begin, end);
    uint64_t item = begin;
    while (item < end) {
        const uint64_t count = apply_tags(item, end) - item;
        const uint64_t arrival_ns = d_arrival_ns.value_or(steady_ns());
        const float* tokens = in + (item - begin) * d_n_bins;
        const size_t accepted = d_ring->push(tokens, count, arrival_ns, WAIT_MS);
        item += accepted;
        if (accepted < count)
            return d_ring->reader_closed() ? WORK_DONE : static_cast<int>(item - begin);
    }
    return noutput_items;
}

void token_buffer_sink::read_tags(uint64_t begin, uint64_t end)
{
    get_tags_in_range(d_tags, 0, begin, end);
    const auto other = [this](const tag_t& tag) {
        return tag.key != d_segment_key && tag.key != d_arrival_key;
    };
    d_tags.erase(std::remove_if(d_tags.begin(), d_tags.end(), other), d_tags.end());
    std::stable_sort(d_tags.begin(), d_tags.end(), tag_t::offset_compare);
}

// Applies the tags at `item`; returns where the next ones are, or `end`. Applying them
// again, when nothing was accepted, changes nothing.
uint64_t token_buffer_sink::apply_tags(uint64_t item, uint64_t end)
{
    for (const auto& tag : d_tags) {
        if (tag.offset > item)
            return tag.offset;
        if (tag.offset < item)
            continue;
        if (tag.key == d_segment_key)
            d_ring->begin_segment(segment_from_pmt(tag.value));
        else
            d_arrival_ns = pmt::to_uint64(tag.value);
    }
    return end;
}

token_buffer_source::token_buffer_source(int n_bins,
                                         int block_size,
                                         std::shared_ptr<token_ring> ring)
    : gr::sync_block("token_buffer_source",
                     gr::io_signature::make(0, 0, 0),
                     gr::io_signature::make(1, 1, sizeof(float) * n_bins)),
      d_n_bins(n_bins),
      d_block_size(block_size),
      d_ring(std::move(ring)),
      d_step_key(pmt::mp(tags::STEP))
{
    set_output_multiple(block_size);
    set_blkd_input_timer_value(REST_MS);
    // Two steps and what a reader of whole steps adds for its history, in whole pages:
    // the smallest buffer that GNU Radio makes, so that it does not warn of another size.
    const int page = std::max(1, PAGE_BYTES / static_cast<int>(sizeof(float)) / n_bins);
    set_max_output_buffer(0, (2 * block_size + 2 + page - 1) / page * page);
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
    if (d_ring->drops()) {
        if (!reader_is_idle())
            return detail()->output(0)->done() ? WORK_DONE : 0; // done: the reader ended
        noutput_items = d_block_size;
    }
    float* out = static_cast<float*>(output_items[0]);
    int produced = 0;
    while (produced + d_block_size <= noutput_items) {
        token_ring::step step;
        const auto outcome = d_ring->take(out, step, produced == 0 ? WAIT_MS : 0);
        if (outcome == token_ring::outcome::ended && produced == 0)
            return WORK_DONE;
        if (outcome != token_ring::outcome::step)
            break;
        tag_step(nitems_written(0) + produced, step);
        out += d_block_size * d_n_bins;
        produced += d_block_size;
    }
    return produced;
}

// Waits until the reader is done with the last step. A step that waits at the output
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
        { pmt::mp(tags::KEY_SEGMENT), &token_ring::step::segment },
        { pmt::mp(tags::KEY_SAMPLE_START), &token_ring::step::sample_start },
        { pmt::mp(tags::KEY_SAMPLE_COUNT), &token_ring::step::sample_count },
        { pmt::mp(tags::KEY_ARRIVAL_NS), &token_ring::step::arrival_ns },
        { pmt::mp(tags::KEY_DROPPED_TOKENS), &token_ring::step::dropped_tokens },
        { pmt::mp(tags::KEY_QUEUED_STEPS), &token_ring::step::queued_steps },
        { pmt::mp(tags::KEY_RETUNES), &token_ring::step::retunes },
        { pmt::mp(tags::KEY_OVERFLOWS), &token_ring::step::overflows },
    };
    // Every key comes once: acons, unlike dict_add, does not look for it.
    pmt::pmt_t dict = pmt::make_dict();
    for (const auto& [key, member] : entries)
        dict = pmt::acons(key, pmt::from_uint64(s.*member), dict);
    add_item_tag(0, item, d_step_key, with_reception(dict, s.rx), alias_pmt());
}

} /* namespace rfattn */
} /* namespace gr */
