/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_TOKEN_RING_H
#define INCLUDED_RFATTN_TOKEN_RING_H

#include "batch_list.h"
#include "stream_ring.h"

#include <gnuradio/thread/thread.h>

#include <optional>
#include <string>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief One ring of steps for each of any number of streams, between the threads of some
 * ports, which write, and one thread, which reads.
 *
 * Each token belongs to the stream that its port's segment names, or else to the stream
 * with the number of the port. A stream belongs to the port that brings its tokens.
 *
 * A ring is made when its stream brings the first token. The ring of a stream that ended
 * is given up when its last step was taken. The next step that is taken names the streams
 * that are gone. The segments of a stream that comes again have higher numbers than any
 * that it had.
 *
 * At most `max_streams` have a ring. This class alone decides which: a stream keeps its
 * ring until it ends, and the tokens of a stream that finds none free are turned away,
 * which counts as dropped. Only while they are, the stream idle longest is ended, or
 * *evicted*, once as many tokens came since its last one as all rings hold together. A
 * ring whose stream ended is soon free: where the rings do not drop, it is waited for.
 *
 * The reader gets the steps of the stream that waits longest since it was served, or
 * since it came: none waits for more than one step of each other. Or it gets batches: the
 * steps in the order in which they became whole, a fixed number of them at a time. One
 * port that brings the same tokens then gives the same batches, however the threads run.
 * A batch is closed early when a stream ends that has steps in it, or when nothing fits
 * into the ring of such a stream.
 *
 * All waits are boost interruption points and bounded by the caller. The class reads no
 * clock and no tags.
 */
class token_ring {
public:
    enum class outcome { step, nothing_yet, ended };

    //! What goes with a step.
    struct step {
        uint64_t stream;
        uint64_t segment;      // rises at each segment of the stream and after each drop
        uint64_t sample_start; // absolute
        uint64_t sample_count;
        uint64_t arrival_ns; // of its last token
        // All streams together, since the run began.
        uint64_t tokens_in;
        uint64_t dropped_tokens;
        uint64_t rested_tokens; // before the rings, as the segments state it
        uint64_t queued_steps;  // left waiting when it was taken
        // Of the stream's receiver, up to the step.
        uint64_t retunes;
        uint64_t overflows;         // other gaps
        uint64_t non_finite_tokens; // of the step: rest on samples that were not finite
        reception rx;               // of sample_start
        std::shared_ptr<void> front_end;
        std::shared_ptr<void> features;
        std::vector<uint64_t> ended; // streams that ended or were evicted before it
        uint64_t batch;              // number, or that of the round; 0 where neither is
        bool is_last;                // of its batch; false without batches
    };

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
    bool has_batches() const { return d_batch_size > 0; }

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
     * \param arrival_ns when they arrived (steady clock)
     * \param wait_ms how long to wait for room
     * \return tokens that were read, 0 to `count`; fewer only after a full wait or when
     * the reader closed
     * \throws std::invalid_argument when another port brings that stream
     */
    size_t push(
        size_t port, const float* tokens, size_t count, uint64_t arrival_ns, int wait_ms);

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
    struct port_state {
        bool open = true;
        uint64_t stream = 0;
        segment present;
        uint64_t tokens = 0;         // that came in `present`
        bool next_is_marked = false; // see mark_non_finite()
    };

    struct entry {
        uint64_t stream;
        size_t port;
        uint64_t last_token; // of all that came
        uint64_t round;      // in which it was served last
        size_t served;       // steps in that round
        bool ending;         // its ring is given up when its last step is taken
        bool evicted;        // for another stream
        std::unique_ptr<stream_ring> ring;
    };

    using entries = std::vector<entry>;

    entries::iterator find(uint64_t stream);
    entries::iterator find_of_port(uint64_t stream, size_t port);
    entries::iterator open(size_t port);
    size_t
    fill(entries::iterator e, const float* tokens, size_t count, uint64_t arrival_ns);
    size_t turn_away(port_state& p, size_t count);
    void evict_idle();
    entries::iterator idle_longest();
    uint64_t tokens_until_idle(const entry& e) const;
    bool is_full() const { return d_entries.size() == d_max_streams; }
    bool is_one_ending() const;
    entries::iterator next_to_serve();
    void end(entries::iterator ended);
    void remove(entries::iterator gone);
    void close_batch();
    bool all_closed() const;
    bool all_drained() const;
    static segment segment_at(const port_state& p);
    void describe(const stream_ring::origin& from, step& to) const;
    token_counters total() const;
    uint64_t rested_tokens() const;

    const stream_ring::settings d_settings;
    const size_t d_max_streams;
    const uint64_t d_idle_tokens; // that come after the last one of an idle stream
    const size_t d_batch_size;

    mutable gr::thread::mutex d_mutex;
    gr::thread::condition_variable d_room;  // a step was taken, or the reader closed
    gr::thread::condition_variable d_ready; // a step is whole, or a writer closed

    std::vector<port_state> d_ports;
    entries d_entries;     // the one that was served longest ago first
    uint64_t d_tokens = 0; // that came
    uint64_t d_round = 0;
    size_t d_max_run = 0; // of the round; 0: there are no rounds
    batch_list d_batches; // empty without batches

    token_counters d_gone;         // of the streams that have no ring any more
    uint64_t d_first_segment = 0;  // above every number that those had
    std::vector<uint64_t> d_ended; // of those that were served, since the last step
    uint64_t d_evicted = 0;
    uint64_t d_turned_away = 0; // tokens

    std::string d_error;
    bool d_failed = false;
    bool d_reader_open = true;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_TOKEN_RING_H
