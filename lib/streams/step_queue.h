/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_STEP_QUEUE_H
#define INCLUDED_RFATTN_STEP_QUEUE_H

#include "step_order.h"
#include "stream_table.h"

#include <memory>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Steps of any number of streams, from some ports to one reader.
 *
 * Each token belongs to the stream that its port's segment names, or else to the stream
 * with the number of the port. A ring is made when its stream brings the first token;
 * `stream_table` decides which streams have one. The next step that is taken names the
 * streams that are gone. The segments of a stream that comes again have higher numbers
 * than any that it had.
 *
 * `step_order` decides which step is next. A batch is closed early when a stream ends
 * that has steps in it, or when nothing fits into the ring of such a stream.
 *
 * Not thread-safe; reads no clock and no tags.
 */
class step_queue {
public:
    //! What goes with a step.
    struct step {
        uint64_t stream;
        uint64_t segment;      // rises at each segment of the stream and after each drop
        uint64_t sample_start; // absolute
        uint64_t sample_count;
        uint64_t arrival_ns; // arrival of its last token
        uint64_t found_ns;   // see token_times
        // All streams together, since the run began.
        uint64_t tokens_in;
        uint64_t dropped_tokens;
        uint64_t rested_tokens; // tokens that rested before the rings, from the segments
        uint64_t queued_steps;  // left waiting when it was taken
        // Of the stream's receiver, up to the step.
        uint64_t retunes;
        uint64_t overflows;         // other gaps
        uint64_t non_finite_tokens; // tokens of samples that were not finite
        reception rx;               // of sample_start
        std::shared_ptr<void> front_end;
        std::shared_ptr<void> features;
        std::vector<uint64_t> ended; // streams that ended or were evicted before it
        uint64_t batch;              // number, or that of the round; 0 where neither is
        bool is_last; // whether it is the last of its batch; false without batches
    };

    /*!
     * \param ports,max_streams >= 1
     * \param batch steps in a batch; 0: there are no batches. Only for rings that do not
     * drop
     */
    step_queue(const stream_ring::settings& s,
               size_t ports,
               size_t max_streams,
               size_t batch);

    //! Gives up all rings, clears the counters, opens all ports.
    void clear();

    //! No more tokens come from a port.
    void close_port(size_t port);

    //! The next token of the port is the first of `s`. \throws as
    //! stream_table::find_of_port()
    void begin_segment(size_t port, const segment& s);

    //! No more tokens of a stream come from the port. \throws as begin_segment()
    void end_stream(size_t port, uint64_t stream);

    //! The next token of the port rests on a sample that was not finite.
    void mark_non_finite(size_t port) { d_ports[port].next_is_marked = true; }

    //! What push() did.
    struct pushed {
        size_t count;  // tokens that it read; 0: the port waits for room
        bool has_step; // one may be taken
    };

    /*!
     * Adds tokens of one segment, up to the end of a step, or turns them away.
     *
     * \param count >= 1
     * \throws as begin_segment()
     */
    pushed push(size_t port, const float* tokens, size_t count, const token_times& when);

    //! After push() read no token: whether the port must still wait.
    bool must_wait(size_t port) const
    {
        return d_streams.must_wait(d_ports[port].stream);
    }

    //! See step_order::begin_round().
    void begin_round(size_t max_run) { d_order.begin_round(max_run); }

    //! Whether a step may be taken.
    bool has_next() { return d_order.next(d_streams) != nullptr; }

    //! Copies out the next step. Returns false where no step may be taken.
    bool take(float* tokens, step& taken);

    //! Whether all ports are closed.
    bool is_closed() const { return !d_streams.has_open_port(); }

    bool has_batches() const { return d_order.has_batches(); }

    //! Whether no whole step waits.
    bool is_drained() const { return d_streams.is_drained(); }

    //! The streams that have a ring, and the counters.
    const stream_table& streams() const { return d_streams; }

private:
    //! Where the tokens of a port are.
    struct port_state {
        uint64_t stream = 0;
        segment present;
        uint64_t tokens = 0;         // tokens that came in `present`
        bool next_is_marked = false; // see mark_non_finite()

        //! The segment from the next token on.
        segment rest() const;
    };

    stream_table::entry* open(size_t port);
    size_t fill(stream_table::entry& e,
                const float* tokens,
                size_t count,
                const token_times& when);
    size_t turn_away(port_state& p, size_t count);
    void end(stream_table::entry& ended);
    void describe(const stream_ring::origin& from, step& to) const;

    std::vector<port_state> d_ports;
    stream_table d_streams;
    step_order d_order;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_STEP_QUEUE_H
