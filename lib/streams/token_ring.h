/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_TOKEN_RING_H
#define INCLUDED_RFATTN_TOKEN_RING_H

#include "step_queue.h"

#include <gnuradio/thread/thread.h>

#include <optional>
#include <string>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief The steps of any number of streams, between the threads of some ports, which
 * write, and one thread, which reads.
 *
 * `step_queue` holds them. Streams take turns, and none waits for more than one step of
 * each other. Or there are batches: one port that brings the same tokens then gives the
 * same batches, however the threads run.
 *
 * All waits are boost interruption points and bounded by the caller. The class reads no
 * clock and no tags.
 */
class token_ring {
public:
    enum class outcome { step, nothing_yet, ended };

    using step = step_queue::step;

    /*!
     * \param ports,max_streams >= 1
     * \param batch steps in a batch; 0: there are no batches. Only for rings that do not
     * drop
     */
    token_ring(const stream_ring::settings& s,
               size_t ports,
               size_t max_streams,
               size_t batch = 0);

    //! Give up all rings, clear the counters, open every end. Call while no end is used.
    void begin_run();

    //! No more tokens come from a port: the reader gets what waits, then `ended`.
    void close_writer(size_t port);

    //! Nobody takes steps any more: push() accepts nothing.
    void close_reader();
    bool reader_closed() const;

    //! End the run with an error: push() accepts nothing, take() returns `ended`.
    void fail(const std::string& error);
    //! Why the run failed; empty when it did not.
    std::string error() const;

    bool drops() const { return d_settings.drops; }
    bool has_batches() const { return d_steps.has_batches(); }

    /*!
     * The next token of the port is the first of `s`; see stream_ring::begin_segment().
     *
     * \throws std::invalid_argument when another port brings that stream
     */
    void begin_segment(size_t port, const segment& s);

    //! No more tokens of a stream come from the port. \throws as begin_segment()
    void end_stream(size_t port, uint64_t stream);

    //! The next token of the port rests on a sample that was not finite.
    void mark_non_finite(size_t port);

    /*!
     * Add tokens of one segment, or turn them away.
     *
     * \param when they could be made; of the last one
     * \param wait_ms how long to wait for room
     * \param more_follow a reader that waits is not woken: another call comes at once, so
     * that it finds more steps together
     * \return tokens that were read, 0 to `count`; fewer only after a full wait or when
     * the reader closed
     * \throws std::invalid_argument when another port brings that stream
     */
    size_t push(size_t port,
                const float* tokens,
                size_t count,
                const token_times& when,
                int wait_ms,
                bool more_follow = false);

    //! From now on take() returns at most `max_run` steps of each stream, until the next
    //! round; >= 1.
    void begin_round(size_t max_run = 1);

    /*!
     * Copy out the next whole step of the round, waiting up to `wait_ms` for one.
     *
     * Without begin_round(), streams come again.
     */
    outcome take(float* tokens, step& taken, int wait_ms);

    //! All streams together, also those that have no ring any more.
    token_counters count() const;
    //! Of one stream; nothing when it has no ring.
    std::optional<token_counters> count(uint64_t stream) const;
    //! Numbers of the streams that have a ring, in increasing order.
    std::vector<uint64_t> streams() const;
    uint64_t streams_evicted() const;
    //! Tokens of streams that found no ring; `dropped` has them too.
    uint64_t tokens_turned_away() const;

private:
    const stream_ring::settings d_settings;

    mutable gr::thread::mutex d_mutex;
    gr::thread::condition_variable d_room;  // a step was taken, or the reader closed
    gr::thread::condition_variable d_ready; // a step is whole, or a writer closed

    step_queue d_steps;
    std::string d_error;
    bool d_failed = false;
    bool d_has_news = false; // a step may be taken, and the reader was not woken
    bool d_reader_open = true;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_TOKEN_RING_H
