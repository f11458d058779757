/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_TOKEN_BUFFER_H
#define INCLUDED_RFATTN_TOKEN_BUFFER_H

#include <gnuradio/hier_block2.h>
#include <gnuradio/rfattn/api.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Holds whole steps of any number of streams between the radio and the model.
 *
 * Every stream has a ring of its own, in which up to `capacity` steps wait. The stream
 * that was served longest ago is served next, so none starves. Each start of the
 * flowgraph begins empty, with counters at zero.
 *
 * # Stream input
 * n_inputs times float32[n_bins], one token an item. The tokens of input i are stream i,
 * unless `rfattn:segment` names their stream; an input may interleave any number of them.
 * A stream must come on one input: a second one ends the flowgraph with an error.
 *
 * # Stream output
 * float32[n_bins], whole steps: always block_size tokens of one segment of one stream, in
 * order. At the end of all inputs the steps that wait are delivered.
 *
 * # Policies
 * They differ in what happens when `capacity` steps of a stream wait and one more becomes
 * whole.
 * - block: the input of that stream waits, with every other stream on that input. Nothing
 *   is lost of a stream that has a ring. One input gives the same steps of each stream in
 *   every run. With max_run above 1 the reader gets rounds, as with drop.
 * - batch: as block, and the reader gets max_batch steps at a time, in the order in which
 *   they became whole. One input gives the same batches in every run, whatever the speed
 *   of the threads. A batch has fewer steps where one of its streams ends, where nothing
 *   more fits into a ring, and at the end. For recordings: a step may wait until others
 *   have come.
 * - drop: that step, and what arrives of that stream until all its waiting steps were
 *   taken, is dropped and counted. The drop is in one piece, so at least `capacity` steps
 *   between two drops follow each other. No input ever waits, however slow the reader.
 *   The reader gets a round of at most max_run steps of each stream and at most max_batch
 *   steps when it is done with the last one, so that none grows old at the output.
 *
 * # Number of streams
 * A ring takes (capacity + 1) * block_size * n_bins floats, from the first token of its
 * stream on. A stream keeps it until its end; then its waiting steps are delivered, and
 * the ring is free. While max_streams have one, the tokens of every other stream are
 * dropped with any policy, and counted as turned away: one stream too many costs its own
 * tokens alone. Only where streams that ended still have steps to deliver, the policies
 * block and batch wait instead. So give max_streams as many as are alive at a time, and
 * the transformer behind it the same number.
 *
 * Where tokens are turned away and no ring will be free, a stream that is idle loses its
 * ring, as if it had ended: it is evicted. A stream is idle after max_streams * capacity
 * * block_size tokens of others, as many as all rings hold, or when its input has ended.
 * A stream that comes again after its end or eviction has higher segment numbers than
 * before.
 *
 * # Counts
 * tokens_in = tokens_out + tokens_dropped + tokens_incomplete + tokens_waiting, for each
 * stream and for all together, at any time.
 *
 * # Tags in
 * - rfattn:segment: the segment, and the stream if it names one, of the tokens from here
 *   on. One that repeats the number of the stream's last segment continues it: so a
 *   producer goes back to a stream. Its sample_start is that of the next token, or later
 *   after a pause, which a step may then span; an earlier one begins a segment.
 *   Without any, one segment of one-sample tokens is assumed: sample_start counts tokens.
 * - rfattn:end: uint64, a stream of which no more tokens come. Its waiting steps are
 *   delivered, then its ring is free.
 * - rfattn:arrival_ns: when the tokens from here on arrived. Without it a token arrives
 *   when it enters.
 * - rfattn:found_ns, with the former: when the burst of these tokens was reported.
 * - rfattn:non_finite: the token looks at a sample that is not finite.
 *
 * A tag whose value has a wrong type ends the flowgraph with an error.
 *
 * # Tags out
 * rfattn:step, first token of each step: dictionary of
 * - stream, segment (rises at each segment of the stream and after each drop),
 *   sample_start, sample_count, arrival_ns (of the step's last token), retunes and
 *   overflows (as the segment states them), non_finite_tokens (of the step), uint64;
 *   found_ns (of the step's last token, where there is one), uint64;
 * - tokens_in and dropped_tokens (since the start), rested_tokens (as the segments state
 *   it, or 0), queued_steps (left waiting when this one was taken), uint64, all streams
 *   together;
 * - front_end (dictionary) where the segment states it; rx_rate, rx_freq (double, Hz),
 *   rx_time (tuple of uint64 s, double s; of sample_start) where known;
 * - ended (vector of uint64) where there are any: streams that ended or were evicted, of
 *   which a step left, since the step before;
 * - batch (uint64, number of the batch or of the round) with policy batch and with
 * max_run above 1.
 *
 * No other tag is passed on.
 */
class RFATTN_API token_buffer : virtual public gr::hier_block2 {
public:
    typedef std::shared_ptr<token_buffer> sptr;

    struct settings {
        //! whole steps of a stream that may wait, >= 1; one more is being filled. With
        //! policy drop, twice the model's window or more. A ring must have less than 2^31
        //! values
        int capacity = 128;
        //! "block", "batch" or "drop"
        std::string policy = "block";
        //! inputs, >= 1
        int n_inputs = 1;
        //! streams that have a ring at a time at most, >= n_inputs
        int max_streams = 16;
        //! steps in a round or batch, >= 1: those that the transformer computes at once
        int max_batch = 8;
        //! steps of one stream in a round of the policies block and drop, >= 1
        int max_run = 1;
    };

    /*!
     * \param n_bins values in a token, features included, >= 1
     * \param block_size tokens in a step, >= 1; the output buffer, of two batches, must
     * have less than 2^31 bytes
     * \throws std::invalid_argument naming the parameter, the rule and the value
     */
    static sptr make(int n_bins, int block_size, const settings& s);
    static sptr make(int n_bins, int block_size)
    {
        return make(n_bins, block_size, settings());
    }

    // Counts of the run, or of the last one, all streams together.

    //! Tokens that entered.
    virtual uint64_t tokens_in() const = 0;
    //! Tokens that left.
    virtual uint64_t tokens_out() const = 0;
    //! Tokens dropped: by policy drop, and those turned away.
    virtual uint64_t tokens_dropped() const = 0;
    //! Those of the tokens dropped whose stream found no ring free.
    virtual uint64_t tokens_turned_away() const = 0;
    //! Tokens of steps cut short by the end of a segment, of a stream or of an input.
    virtual uint64_t tokens_incomplete() const = 0;
    //! Tokens in whole steps that wait and in the steps being filled.
    virtual uint64_t tokens_waiting() const = 0;
    //! Whole steps that wait.
    virtual uint64_t steps_queued() const = 0;
    //! Streams that lost their ring because they were idle.
    virtual uint64_t streams_evicted() const = 0;

    //! Numbers of the streams that have a ring, in increasing order.
    virtual std::vector<uint64_t> streams() const = 0;

    /*!
     * The same counts of one stream since its ring was made: tokens_in, tokens_out,
     * tokens_dropped, tokens_incomplete, tokens_waiting, steps_queued.
     *
     * \throws std::invalid_argument when the stream has no ring
     */
    virtual std::map<std::string, uint64_t> stream_counters(uint64_t stream) const = 0;

    //! Why the last run ended with an error; empty when it did not.
    virtual std::string error() const = 0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_TOKEN_BUFFER_H
