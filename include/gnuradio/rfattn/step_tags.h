/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_STEP_TAGS_H
#define INCLUDED_RFATTN_STEP_TAGS_H

#include <gnuradio/block.h>
#include <gnuradio/rfattn/api.h>

#include <cstdint>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Reads and writes the `rfattn:step` tags of the transformer, a Python block.
 *
 * Doing the same from Python, call by call, takes ten times as long, all of it between
 * two steps. Use it in work() only; it does not keep the block alive.
 */
class RFATTN_API step_tags {
public:
    //! What the transformer needs of a step before it computes it.
    struct head {
        uint64_t stream;
        uint64_t segment;
        uint64_t sample_start;       // absolute
        uint64_t sample_count;       // samples that the step looks at
        double rx_rate;              // Hz; 0 where none was stated
        pmt::pmt_t front_end;        // dictionary; PMT_NIL where none was stated
        pmt::pmt_t features;         // vector of symbols; PMT_NIL where none were stated
        std::vector<uint64_t> ended; // streams of which no more steps come
        uint64_t batch;              // number; 0 where none is stated
    };

    /*!
     * \param block has one input, of tokens, and one output
     * \param block_size tokens in a step, >= 1
     * \param max_batch steps in a call, >= 1
     * \param max_run steps of one stream in a call, >= 1
     * \param max_streams streams in a call, >= 1
     * \throws std::invalid_argument naming the parameter, the rule and the value
     */
    step_tags(gr::block* block,
              int block_size,
              int max_batch,
              int max_run = 1,
              int max_streams = 1 << 30);

    /*!
     * Reads the tags of as many whole steps at the input as may go through the model in
     * one call: of one batch, with at most max_streams streams and at most max_run steps
     * of each, or one where no batch is stated, which are all of one segment. None is of
     * a stream that one of them names as ended, so that the caches of all that ended may
     * be freed before the call.
     *
     * \param available_items tokens at the input
     * \return the head of each step, in order: at most max_batch and at most
     * available_items / block_size
     * \throws std::invalid_argument when a step has no tag
     */
    const std::vector<head>& read(int available_items);

    //! Values of items that follow each other.
    struct results {
        const float* values;
        size_t items;
        size_t item_size;
    };

    /*!
     * Writes the logits of the steps read last to the output, an item for each, and tags
     * it with what was read of the step, and more.
     *
     * \param logits of the steps in their order, or of the first of them
     * \param output,room where the items go, and how many at most
     * \param start_ns,end_ns when the model began and ended (steady clock)
     * \param costs dictionary of what else to add, with keys that are new
     * \return whether all logits are finite
     * \throws std::invalid_argument when they are more than the steps or the room, or not
     * as large as the items of the block
     */
    bool write(const results& logits,
               float* output,
               size_t room,
               uint64_t start_ns,
               uint64_t end_ns,
               const pmt::pmt_t& costs);

    //! The dictionary on the tag of item i of the last write().
    pmt::pmt_t written(int i) const { return d_steps.at(i); }

    //! Whether the port is connected, so that a message on it has a reader.
    bool is_heard(const pmt::pmt_t& port) const;

private:
    size_t run_before(const head& next) const;
    bool may_follow(const head& next) const;
    const pmt::pmt_t& tag_on(uint64_t item) const;
    void check_fits(const results& logits, size_t most) const;

    gr::block* const d_block;
    const size_t d_item_size; // floats in an output item
    const int d_block_size;
    const int d_max_batch;
    const size_t d_max_run;
    const size_t d_max_streams;
    size_t d_streams = 0; // different ones in d_heads
    std::vector<pmt::pmt_t> d_steps;
    std::vector<head> d_heads;
    std::vector<tag_t> d_found;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_STEP_TAGS_H
