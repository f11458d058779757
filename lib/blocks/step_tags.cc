/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "checks.h"
#include "keys.h"
#include "tag_values.h"

#include <gnuradio/block_detail.h>
#include <gnuradio/rfattn/step_tags.h>

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

const checks CHECK("step_tags");

std::vector<uint64_t> numbers(const tag_dict& step, const pmt::pmt_t& vector)
{
    const auto found = as_counts(vector);
    if (!found)
        step.refuse(keys::ENDED, "a vector of uint64", vector);
    return *found;
}

double rate_of(const tag_dict& step, const pmt::pmt_t& entry)
{
    const auto rate = as_number(entry);
    if (!rate)
        step.refuse(keys::RX_RATE, "a finite number", entry);
    return *rate;
}

// One walk through the dictionary: looking up each key would be six.
step_tags::head head_of(const pmt::pmt_t& value)
{
    const tag_dict step(tags::STEP, value);
    step_tags::head head{ 0, 0, 0, 0, 0.0, pmt::PMT_NIL, pmt::PMT_NIL, {}, 0 };
    const std::pair<pmt::pmt_t, uint64_t*> counts[] = {
        { keys::STREAM, &head.stream },
        { keys::SEGMENT, &head.segment },
        { keys::SAMPLE_START, &head.sample_start },
        { keys::SAMPLE_COUNT, &head.sample_count },
        { keys::BATCH, &head.batch }
    };
    for (pmt::pmt_t rest = value; pmt::is_pair(rest); rest = pmt::cdr(rest)) {
        const pmt::pmt_t key = pmt::caar(rest), entry = pmt::cdar(rest);
        for (const auto& [name, member] : counts)
            if (key == name)
                *member = step.count(name);
        if (key == keys::RX_RATE && !pmt::is_null(entry))
            head.rx_rate = rate_of(step, entry);
        else if (key == keys::FRONT_END)
            head.front_end = entry;
        else if (key == keys::FEATURES)
            head.features = entry;
        else if (key == keys::ENDED && !pmt::is_null(entry))
            head.ended = numbers(step, entry);
    }
    return head;
}

} // namespace

step_tags::step_tags(
    gr::block* block, int block_size, int max_batch, int max_run, int max_streams)
    : d_block(block),
      d_item_size(block->output_signature()->sizeof_stream_item(0) / sizeof(float)),
      d_block_size(CHECK.at_least(1, "block_size", block_size)),
      d_max_batch(CHECK.at_least(1, "max_batch", max_batch)),
      d_max_run(CHECK.at_least(1, "max_run", max_run)),
      d_max_streams(CHECK.at_least(1, "max_streams", max_streams))
{
}

const std::vector<step_tags::head>& step_tags::read(int available_items)
{
    const int steps = std::min(available_items / d_block_size, d_max_batch);
    const uint64_t begin = d_block->nitems_read(0);
    const uint64_t end = begin + steps * d_block_size;
    d_block->detail()->get_tags_in_range(
        d_found, 0, begin, end, keys::STEP_TAG, d_block->unique_id());
    d_steps.clear();
    d_heads.clear();
    d_streams = 0;
    for (uint64_t item = begin; item < end; item += d_block_size) {
        const pmt::pmt_t& step = tag_on(item);
        head next = head_of(step);
        const size_t run = run_before(next);
        // Without a number, how many steps wait depends on time, and so would the
        // rounding.
        const size_t max_run = next.batch > 0 ? d_max_run : 1;
        if (!may_follow(next) || run == max_run ||
            (run == 0 && d_streams == d_max_streams))
            break;
        d_streams += run == 0;
        d_steps.push_back(step);
        d_heads.push_back(std::move(next));
    }
    return d_heads;
}

// Steps of the same stream in the call so far.
size_t step_tags::run_before(const head& next) const
{
    return std::count_if(d_heads.begin(), d_heads.end(), [&next](const head& earlier) {
        return earlier.stream == next.stream;
    });
}

bool step_tags::may_follow(const head& next) const
{
    const auto excludes = [&next](const head& earlier) {
        const auto& ended = next.ended;
        return earlier.batch != next.batch ||
               (earlier.stream == next.stream && earlier.segment != next.segment) ||
               std::find(ended.begin(), ended.end(), earlier.stream) != ended.end();
    };
    return std::none_of(d_heads.begin(), d_heads.end(), excludes);
}

const pmt::pmt_t& step_tags::tag_on(uint64_t item) const
{
    const auto on_item = [item](const tag_t& tag) { return tag.offset == item; };
    const auto found = std::find_if(d_found.begin(), d_found.end(), on_item);
    if (found == d_found.end())
        throw std::invalid_argument(d_block->name() + ": no " + tags::STEP +
                                    " tag on token " + std::to_string(item) +
                                    "; it needs a token_buffer with block_size " +
                                    std::to_string(d_block_size) + " before it");
    return found->value;
}

bool step_tags::write(const results& logits,
                      float* output,
                      size_t room,
                      uint64_t start_ns,
                      uint64_t end_ns,
                      const pmt::pmt_t& costs)
{
    check_fits(logits, std::min(room, d_steps.size()));
    const pmt::pmt_t start = pmt::from_uint64(start_ns), end = pmt::from_uint64(end_ns);
    for (size_t i = 0; i < logits.items; i++) {
        // The keys are new: acons, unlike dict_add, does not look for them.
        pmt::pmt_t& step = d_steps[i];
        step = pmt::acons(keys::START_NS, start, step);
        step = pmt::acons(keys::END_NS, end, step);
        for (pmt::pmt_t rest = costs; pmt::is_pair(rest); rest = pmt::cdr(rest))
            step = pmt::acons(pmt::caar(rest), pmt::cdar(rest), step);
        tag_t tag;
        tag.offset = d_block->nitems_written(0) + i;
        tag.key = keys::STEP_TAG;
        tag.value = step;
        tag.srcid = d_block->alias_pmt();
        d_block->detail()->add_item_tag(0, tag);
    }
    const float* const last = logits.values + logits.items * logits.item_size;
    std::copy(logits.values, last, output);
    return std::all_of(logits.values, last, [](float x) { return std::isfinite(x); });
}

void step_tags::check_fits(const results& logits, size_t most) const
{
    const auto sizes = [](size_t items, size_t item_size) {
        return std::to_string(items) + " x " + std::to_string(item_size);
    };
    if (logits.items > most || logits.item_size != d_item_size)
        CHECK.require(false,
                      "logits",
                      "at most " + sizes(most, d_item_size),
                      sizes(logits.items, logits.item_size));
}

bool step_tags::is_heard(const pmt::pmt_t& port) const
{
    return !pmt::is_null(d_block->message_subscribers(port));
}

} // namespace rfattn
} // namespace gr
