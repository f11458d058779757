/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_TOKEN_RING_H
#define INCLUDED_RFATTN_TOKEN_RING_H

#include "segment.h"

#include <gnuradio/thread/thread.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Bounded ring of steps of `block_size` tokens between one writer and one reader
 * thread.
 *
 * At most `capacity` whole steps wait, and one more is being filled. When a step becomes
 * whole while `capacity` wait, the writer waits (policy block) or the oldest waiting step
 * is dropped (policy drop_oldest). A step never spans two segments: what is left of a
 * step when its segment or the stream ends is discarded as incomplete.
 *
 * tokens in = out + dropped + incomplete + waiting, at all times.
 *
 * All waits are boost interruption points and bounded by the caller. The class reads no
 * clock and knows no tags.
 */
class token_ring {
public:
    enum class policy { block, drop_oldest };
    enum class outcome { step, nothing_yet, ended };

    //! Tokens since the run began, except steps_waiting.
    struct counters {
        uint64_t in = 0;
        uint64_t out = 0;
        uint64_t dropped = 0;
        uint64_t incomplete = 0;
        uint64_t waiting = 0; // whole steps and the one being filled
        uint64_t steps_waiting = 0;
    };

    //! What goes with a step.
    struct step {
        uint64_t segment;      // rises at each segment and after each drop
        uint64_t sample_start; // absolute
        uint64_t sample_count;
        uint64_t arrival_ns;     // of its last token
        uint64_t dropped_tokens; // since the run began
        uint64_t queued_steps;   // left waiting behind it when it was taken
        uint64_t retunes;        // of the receiver, up to it
        uint64_t overflows;      // other gaps in the receiver's samples, up to it
        reception rx;            // of sample_start
    };

    //! \param token_length floats in a token; all sizes >= 1
    token_ring(size_t token_length, size_t block_size, size_t capacity, policy p);

    //! Empty the ring, clear the counters, open both ends. Call while neither end is
    //! used.
    void begin_run();

    //! No more tokens will come: the reader gets what waits, then `ended`.
    void close_writer();

    //! Nobody takes steps any more: push() accepts nothing.
    void close_reader();
    bool reader_closed() const;

    bool drops() const { return d_policy == policy::drop_oldest; }

    //! The next token pushed is the first of `s`.
    void begin_segment(const segment& s);

    /*!
     * Add tokens of one segment.
     *
     * \param arrival_ns when they arrived (steady clock)
     * \param wait_ms how long to wait for room, policy block only
     * \return tokens accepted, 0 to `count`; fewer only after a full wait or when the
     * reader closed
     */
    size_t push(const float* tokens, size_t count, uint64_t arrival_ns, int wait_ms);

    //! Copy out the oldest whole step, waiting up to `wait_ms` for one.
    outcome take(float* tokens, step& taken, int wait_ms);

    counters count() const;

private:
    struct slot {
        uint64_t upstream_segments; // begun before this step
        uint64_t first_token;       // within the segment
        uint64_t arrival_ns;
        segment origin;
    };

    bool make_room(gr::thread::scoped_lock& lock, int wait_ms);
    void finish_step(uint64_t arrival_ns);
    void discard_partial();
    void describe(const slot& from, step& to) const;
    size_t filling() const { return (d_oldest + d_whole) % d_slots.size(); }
    float* tokens_of(size_t slot) { return &d_tokens[slot * d_block_size * d_length]; }

    const size_t d_length;
    const size_t d_block_size;
    const size_t d_capacity;
    const policy d_policy;

    mutable gr::thread::mutex d_mutex;
    gr::thread::condition_variable d_room;  // a step was taken, or the reader closed
    gr::thread::condition_variable d_ready; // a step is whole, or the writer closed
    std::vector<slot> d_slots;              // capacity + 1: one is being filled
    std::vector<float> d_tokens;
    size_t d_oldest = 0;  // slot
    size_t d_whole = 0;   // whole steps waiting
    size_t d_partial = 0; // tokens in the step being filled

    segment d_segment;
    uint64_t d_segments_begun = 0; // after the first
    uint64_t d_segment_tokens = 0; // pushed in d_segment
    uint64_t d_steps_dropped = 0;
    counters d_counters;

    bool d_writer_open = true;
    bool d_reader_open = true;
};

} /* namespace rfattn */
} /* namespace gr */

#endif /* INCLUDED_RFATTN_TOKEN_RING_H */
