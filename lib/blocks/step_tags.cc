/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include <gnuradio/block_detail.h>
#include <gnuradio/rfattn/step_tags.h>
#include <gnuradio/rfattn/tags.h>

#include <stdexcept>

namespace gr {
namespace rfattn {

namespace {

const pmt::pmt_t STEP = pmt::mp(tags::STEP);
const pmt::pmt_t SEGMENT = pmt::mp(tags::KEY_SEGMENT);
const pmt::pmt_t SAMPLE_COUNT = pmt::mp(tags::KEY_SAMPLE_COUNT);
const pmt::pmt_t START_NS = pmt::mp(tags::KEY_START_NS);
const pmt::pmt_t END_NS = pmt::mp(tags::KEY_END_NS);

uint64_t entry(const pmt::pmt_t& dict, const pmt::pmt_t& key)
{
    return pmt::to_uint64(pmt::dict_ref(dict, key, pmt::PMT_NIL));
}

} // namespace

step_tags::step_tags(gr::block* block, int channels, int block_size)
    : d_block(block),
      d_block_size(block_size),
      d_steps(channels),
      d_heads(channels)
{
}

const std::vector<std::pair<uint64_t, uint64_t>>& step_tags::read()
{
    for (size_t channel = 0; channel < d_steps.size(); channel++) {
        const uint64_t item = d_block->nitems_read(channel);
        d_block->detail()->get_tags_in_range(
            d_found, channel, item, item + 1, STEP, d_block->unique_id());
        if (d_found.empty())
            throw std::invalid_argument(d_block->name() + ": no " + tags::STEP +
                                        " tag on token " + std::to_string(item) +
                                        "; it needs a token_buffer with block_size " +
                                        std::to_string(d_block_size) + " before it");
        d_steps[channel] = d_found.back().value;
        d_heads[channel] = { entry(d_steps[channel], SEGMENT),
                             entry(d_steps[channel], SAMPLE_COUNT) };
    }
    return d_heads;
}

pmt::pmt_t
step_tags::write(int channel, uint64_t start_ns, uint64_t end_ns, const pmt::pmt_t& costs)
{
    tag_t tag;
    tag.offset = d_block->nitems_written(channel);
    tag.key = STEP;
    tag.srcid = d_block->alias_pmt();
    // The keys are new: acons, unlike dict_add, does not look for them.
    tag.value = pmt::acons(START_NS, pmt::from_uint64(start_ns), d_steps.at(channel));
    tag.value = pmt::acons(END_NS, pmt::from_uint64(end_ns), tag.value);
    for (pmt::pmt_t rest = costs; pmt::is_pair(rest); rest = pmt::cdr(rest))
        tag.value = pmt::acons(pmt::caar(rest), pmt::cdar(rest), tag.value);
    d_block->detail()->add_item_tag(channel, tag);
    return tag.value;
}

bool step_tags::is_heard(const pmt::pmt_t& port) const
{
    return !pmt::is_null(d_block->message_subscribers(port));
}

} // namespace rfattn
} // namespace gr
