/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_TOKEN_BUFFER_H
#define INCLUDED_RFATTN_TOKEN_BUFFER_H

#include <gnuradio/hier_block2.h>
#include <gnuradio/rfattn/api.h>

#include <cstdint>
#include <memory>
#include <string>

namespace gr {
namespace rfattn {

/*!
 * \brief Bounded buffer of whole steps of block_size tokens between radio and model.
 *
 * # Stream input
 * float32[n_bins], one token an item.
 *
 * # Stream output
 * float32[n_bins], whole steps: always block_size tokens of one segment, in order.
 *
 * # Policies, when `capacity` steps wait and one more is whole
 * - block: the input waits. Nothing is lost; the same input gives the same output.
 * - drop_oldest: the oldest waiting step is dropped and counted. The input never waits,
 *   however slow the reader.
 *
 * tokens_in = tokens_out + tokens_dropped + tokens_incomplete + tokens_waiting. At the
 * end of the stream the steps that wait are delivered. Each start of the flowgraph begins
 * empty, with counters at zero. At the output, policy drop_oldest gives the next step
 * when the reader is done with the last, so none grows old there: with a capacity of 1 a
 * label in overload is about two step times old. With policy block at most two steps (or
 * the smallest buffer GNU Radio makes, one page) wait there.
 *
 * # Tags in
 * rfattn:segment and rfattn:arrival_ns of power_spectrum. Without the first, one segment
 * of one-sample tokens is assumed, so sample_start counts tokens; without the second, a
 * token arrives when it enters.
 *
 * # Tags out
 * rfattn:step, first token of each step: dictionary of segment (rises at each upstream
 * segment and after each drop), sample_start, sample_count, arrival_ns (of the step's
 * last token), dropped_tokens (since the start), queued_steps (left waiting behind this
 * one when it was taken), retunes and overflows (as the segment says), all uint64;
 * rx_rate, rx_freq (double, Hz), rx_time (tuple of uint64 s, double s; of sample_start)
 * where known. No other tag is passed on.
 */
class RFATTN_API token_buffer : virtual public gr::hier_block2 {
public:
    typedef std::shared_ptr<token_buffer> sptr;

    /*!
     * \param n_bins values in a token, >= 1
     * \param block_size tokens in a step, >= 1
     * \param capacity whole steps that may wait, >= 1; one more is being filled
     * \param policy "block" or "drop_oldest"
     * \throws std::invalid_argument naming the parameter, the rule and the value
     */
    static sptr make(int n_bins,
                     int block_size,
                     int capacity = 16,
                     const std::string& policy = "block");

    //! Tokens that arrived in this run, or in the last one.
    virtual uint64_t tokens_in() const = 0;
    //! Tokens that left.
    virtual uint64_t tokens_out() const = 0;
    //! Tokens that were discarded because the buffer was full.
    virtual uint64_t tokens_dropped() const = 0;
    //! Tokens of steps cut short by the end of a segment or of the stream.
    virtual uint64_t tokens_incomplete() const = 0;
    //! Tokens in whole steps that wait, and in the step that is being filled.
    virtual uint64_t tokens_waiting() const = 0;
    //! Whole steps that wait, 0 to capacity.
    virtual uint64_t steps_queued() const = 0;
};

} /* namespace rfattn */
} /* namespace gr */

#endif /* INCLUDED_RFATTN_TOKEN_BUFFER_H */
