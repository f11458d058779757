/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_STREAM_TABLE_H
#define INCLUDED_RFATTN_STREAM_TABLE_H

#include "stream_ring.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Decides which streams have a ring of steps, and counts the tokens of all
 * streams.
 *
 * At most `max_streams` have one. A stream keeps its ring until it ends, and then until
 * its last step was taken. It belongs to the port that brings its tokens.
 *
 * The tokens of a stream that finds no ring free are turned away, which counts as
 * dropped. Only while they are, the stream that is idle longest is ended, or *evicted*,
 * once as many tokens came since its last one as all rings hold together. The ring of a
 * stream that ended is soon free: where the rings do not drop, it is waited for.
 *
 * Not thread-safe.
 */
class stream_table {
public:
    struct entry {
        uint64_t stream;
        size_t port;         // port of its tokens
        uint64_t last_token; // how many of all streams had come with its last one
        std::unique_ptr<stream_ring> ring;
        uint64_t round = 0;   // round of its latest step
        size_t served = 0;    // steps that were taken in that round
        bool ending = false;  // its ring is given up when its last step is taken
        bool evicted = false; // whether it made room for another stream
    };

    //! \param ports,max_streams >= 1
    stream_table(const stream_ring::settings& s, size_t ports, size_t max_streams);

    //! Gives up all rings, clears the counters, opens all ports.
    void clear();

    //! No more tokens come from a port.
    void close_port(size_t port);
    bool has_open_port() const;

    //! The entry of a stream; nullptr when it has no ring.
    entry* find(uint64_t stream);
    const entry* find(uint64_t stream) const;

    /*!
     * As find(), for a stream whose tokens come from `port`.
     *
     * \throws std::invalid_argument when another port brings that stream
     */
    entry* find_of_port(uint64_t stream, size_t port);

    bool is_full() const { return d_entries.size() == d_max_streams; }

    //! The stream to mark as evicted and to end; nullptr when a ring is free or soon is,
    //! or when no stream is idle for long enough.
    entry* to_evict();

    //! Makes the ring of a stream that has none. One must be free.
    entry& add(uint64_t stream, size_t port, const segment& first);

    //! The stream gets no more tokens. Its ring is given up now where no step waits.
    void end(entry& ended);

    //! Gives up the ring of a stream that ended, where no step waits. `e` is then
    //! invalid.
    void remove_if_drained(entry& e);

    //! The stream of the entry brought tokens.
    void note_tokens(entry& e, size_t count);

    /*!
     * Counts tokens of a stream without a ring as dropped, at most up to where a ring may
     * be free for it.
     *
     * \return tokens that were turned away; 0 where the stream must wait for a ring
     */
    size_t turn_away(size_t count);

    //! Whether a stream must wait: its ring is full, or it has none and one is soon free.
    bool must_wait(uint64_t stream) const;

    //! The entries, the one that was served longest ago first.
    std::vector<entry>& entries() { return d_entries; }
    const std::vector<entry>& entries() const { return d_entries; }

    //! Moves an entry to the end of entries(): it was served now. The reference
    //! `e` is then that of another one.
    entry& move_to_end(entry& e);

    //! Whether no whole step waits in any ring.
    bool is_drained() const;

    //! Streams that were served and lost their ring since the last call.
    std::vector<uint64_t> take_ended();

    //! All streams together, also those that have no ring any more.
    token_counters count() const;
    uint64_t streams_evicted() const { return d_evicted; }
    uint64_t tokens_turned_away() const { return d_turned_away; }

private:
    entry& idle_longest();
    uint64_t tokens_until_idle(const entry& e) const;
    bool is_one_ending() const;

    const stream_ring::settings d_settings;
    const size_t d_max_streams;
    const uint64_t d_idle_tokens; // tokens of others after which a stream is idle

    std::vector<bool> d_is_open; // whether each port is open
    std::vector<entry> d_entries;
    uint64_t d_tokens = 0; // tokens that came

    token_counters d_gone;         // counters of streams without a ring
    uint64_t d_first_segment = 0;  // above every number that those had
    std::vector<uint64_t> d_ended; // see take_ended()
    uint64_t d_evicted = 0;
    uint64_t d_turned_away = 0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_STREAM_TABLE_H
