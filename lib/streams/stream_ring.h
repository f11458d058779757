/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_STREAM_RING_H
#define INCLUDED_RFATTN_STREAM_RING_H

#include "segment.h"
#include "token_times.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace gr {
namespace rfattn {

//! Tokens, except steps_waiting. in = out + dropped + incomplete + waiting, at all times.
struct token_counters {
    uint64_t in = 0;
    uint64_t out = 0;
    uint64_t dropped = 0;
    uint64_t incomplete = 0; // tokens of steps that an end cut short
    uint64_t waiting = 0;    // tokens of whole steps and of the one being filled
    uint64_t steps_waiting = 0;

    token_counters& operator+=(const token_counters& other);
};

/*!
 * \brief Bounded ring of the steps of one stream.
 *
 * At most `capacity` whole steps wait, and one more is being filled. A step never spans
 * two segments: what is left of a step when its segment ends is discarded as incomplete.
 *
 * When a step would become whole while `capacity` wait, the ring either accepts nothing
 * or begins to drop: it discards that step and every token that arrives, until all steps
 * that wait were taken. So drops come in one piece, and the steps between two drops
 * follow each other. The token after a drop begins a step and a segment.
 *
 * Not thread-safe.
 */
class stream_ring {
public:
    //! Sizes of every ring of a buffer, all >= 1.
    struct settings {
        size_t token_length; // floats in a token
        size_t block_size;   // tokens in a step
        size_t capacity;     // whole steps that may wait
        bool drops;          // when full; else it accepts nothing
    };

    //! Where a step comes from.
    struct origin {
        uint64_t segment;             // number; rises at each segment and after each drop
        uint64_t sample_start;        // absolute
        uint64_t sample_count;        // samples up to the end of its last token
        token_times when;             // times of its last token
        uint64_t non_finite_tokens;   // marked ones in it
        gr::rfattn::segment upstream; // segment of its first token
    };

    //! \param first_segment number of the first segment
    stream_ring(const settings& s, uint64_t first_segment, const segment& first);

    /*!
     * The next token is the first of `s`.
     *
     * Where `s` has the number of the present segment and starts at the sample of the
     * next token or later, the present segment continues: later after a pause, as between
     * the bursts of an emission. A step may then hold tokens from before and after it.
     */
    void begin_segment(const segment& s);

    /*!
     * Take over tokens of one segment, up to the end of a step.
     *
     * \return tokens accepted, kept or dropped; 0 when a step would become whole, as many
     * as may wait do so, and the ring does not drop
     */
    size_t push(const float* tokens, size_t count, const token_times& when);

    //! Marks the next token: it rests on a sample that was not finite.
    void mark_non_finite() { d_next_is_marked = true; }

    //! Copy out the oldest whole step; there must be one.
    origin take(float* tokens);

    //! Discard the step that is being filled, as incomplete; the next token begins a
    //! segment.
    void end_segment();

    bool is_full() const { return d_whole == d_settings.capacity; }
    bool is_drained() const { return d_whole == 0; }
    size_t steps() const { return d_whole; } // that wait
    bool was_served() const { return d_counters.out > 0; }
    //! Above the number of every segment that had a token.
    uint64_t next_segment() const { return d_number + !d_untouched; }
    token_counters count() const;

private:
    size_t drop(size_t count);
    void raise_segment();
    uint64_t next_sample() const;
    float* tokens_of(size_t slot);
    size_t filling() const { return (d_oldest + d_whole) % d_origins.size(); }

    const settings d_settings;
    std::vector<origin> d_origins;     // of each slot, and of one that is being filled
    std::unique_ptr<float[]> d_tokens; // tokens of each slot
    size_t d_oldest = 0;               // slot
    size_t d_whole = 0;                // whole steps that wait
    size_t d_partial = 0;              // tokens in the step being filled
    bool d_dropping = false;

    segment d_segment;             // upstream
    uint64_t d_segment_tokens = 0; // tokens that arrived in d_segment
    uint64_t d_number;             // number of the segment downstream
    bool d_untouched = true;       // that segment has no token yet
    bool d_next_is_marked = false; // see mark_non_finite()
    token_counters d_counters;     // without what waits
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_STREAM_RING_H
