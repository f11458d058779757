/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SCHEDULE_H
#define INCLUDED_RFATTN_SCHEDULE_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Decides which tokens of any number of streams the model looks at.
 *
 * A new stream is looked at for a window. Then it rests, and is looked at for another
 * window, and so on. The first rest lasts first_rest_s, each further one twice the one
 * before, up to max_rest_s. A stream whose latest confidence is too low is doubtful: it
 * rests for first_rest_s alone, and so does the rest it is in, until a confidence is high
 * enough; then the rests grow again.
 *
 * The clock of a stream is its own: number of the sample by samples a second. A rest ends
 * at a sample that does not depend on how many tokens come at a time. Where the clock
 * goes back, the rest ends too.
 *
 * A stream has an entry from its first token to its end. Not thread-safe.
 */
class schedule {
public:
    struct settings {
        uint64_t window;     // tokens of a look, >= 1
        double first_rest_s; // >= 0; 0: no stream rests
        double max_rest_s;   // >= first_rest_s
        double confidence;   // below it a stream is doubtful
    };

    //! Where a token lies.
    struct place {
        uint64_t stream;
        uint64_t segment; // number
        uint64_t sample;  // first of the token
        uint64_t samples_per_token;
        double rate; // samples a second; not read where no stream rests
    };

    //! Tokens with one fate. `count` is 0 where they pass and there is no room for one.
    struct stretch {
        size_t count;
        bool passes;
        bool begins;      // its first token is the first of a segment downstream
        uint64_t segment; // downstream; rises at each look and each segment within one
    };

    //! Tokens by their fate.
    struct counters {
        uint64_t out = 0;
        uint64_t rested = 0;

        uint64_t in() const { return out + rested; }
    };

    explicit schedule(const settings& s) : d_settings(s) {}

    //! Forgets all streams and clears the counters.
    void restart();

    /*!
     * Decides on the first of `count` tokens of one segment, and on as many after it as
     * have the same fate.
     *
     * \param count >= 1
     * \param room tokens that may pass
     */
    stretch take(const place& first, size_t count, size_t room);

    //! Takes note of the confidence of a label; of a stream without an entry, does
    //! nothing.
    void judge(uint64_t stream, double confidence);

    //! Forgets a stream; when it comes again, it is new.
    void end(uint64_t stream) { d_entries.erase(stream); }

    //! All streams together, also those that were forgotten.
    const counters& count() const { return d_total; }
    //! Of one stream; nothing when it has no entry.
    std::optional<counters> count(uint64_t stream) const;
    //! Numbers of the streams that have an entry, in increasing order.
    std::vector<uint64_t> streams() const;

private:
    struct entry {
        uint64_t left;       // tokens of the look; 0: it rests
        uint64_t segment;    // upstream
        uint64_t number = 0; // number of the segment downstream
        bool begins = true;  // that segment has no token yet
        bool doubtful = false;
        double rest_s; // length of the rest, where it is not doubtful
        double rest_begin_s = 0.0;
        counters tokens;
    };

    entry& entry_at(const place& first);
    stretch pass(entry& e, const place& first, size_t count, size_t room);
    size_t tokens_to_rest(const entry& e, const place& first, size_t count) const;
    void begin_look(entry& e) const;
    bool rests() const { return d_settings.first_rest_s > 0.0; }

    const settings d_settings;
    std::map<uint64_t, entry> d_entries;
    counters d_total;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SCHEDULE_H
