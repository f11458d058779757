/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "stream_table.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace gr {
namespace rfattn {

stream_table::stream_table(const stream_ring::settings& s,
                           size_t ports,
                           size_t max_streams)
    : d_settings(s),
      d_max_streams(max_streams),
      d_idle_tokens(uint64_t{ max_streams } * s.capacity * s.block_size),
      d_is_open(ports, true)
{
}

void stream_table::clear()
{
    d_is_open.assign(d_is_open.size(), true);
    d_entries.clear();
    d_ended.clear();
    d_gone = token_counters();
    d_tokens = d_first_segment = d_evicted = d_turned_away = 0;
}

void stream_table::close_port(size_t port)
{
    d_is_open[port] = false;
    for (auto& e : d_entries)
        if (e.port == port)
            e.ring->end_segment();
}

bool stream_table::has_open_port() const
{
    return std::find(d_is_open.begin(), d_is_open.end(), true) != d_is_open.end();
}

const stream_table::entry* stream_table::find(uint64_t stream) const
{
    const auto found =
        std::find_if(d_entries.begin(), d_entries.end(), [stream](const entry& e) {
            return e.stream == stream;
        });
    return found == d_entries.end() ? nullptr : &*found;
}

stream_table::entry* stream_table::find(uint64_t stream)
{
    return const_cast<entry*>(std::as_const(*this).find(stream));
}

// A stream that ended, whose last steps wait, may come again on any port.
stream_table::entry* stream_table::find_of_port(uint64_t stream, size_t port)
{
    entry* found = find(stream);
    if (found && found->port != port && !found->ending)
        throw std::invalid_argument("stream " + std::to_string(stream) +
                                    " comes on input " + std::to_string(found->port) +
                                    " and on input " + std::to_string(port) +
                                    ", but a stream must come on one input");
    return found;
}

stream_table::entry* stream_table::to_evict()
{
    if (!is_full() || is_one_ending())
        return nullptr;
    entry& longest = idle_longest();
    return tokens_until_idle(longest) > 0 ? nullptr : &longest;
}

stream_table::entry& stream_table::add(uint64_t stream, size_t port, const segment& first)
{
    auto ring = std::make_unique<stream_ring>(d_settings, d_first_segment, first);
    d_entries.push_back({ stream, port, d_tokens, std::move(ring) });
    return d_entries.back();
}

void stream_table::end(entry& ended)
{
    ended.ring->end_segment();
    ended.ending = true;
    remove_if_drained(ended);
}

void stream_table::remove_if_drained(entry& e)
{
    if (!e.ending || !e.ring->is_drained())
        return;
    d_gone += e.ring->count();
    d_evicted += e.evicted;
    d_first_segment = std::max(d_first_segment, e.ring->next_segment());
    if (e.ring->was_served())
        d_ended.push_back(e.stream);
    d_entries.erase(d_entries.begin() + (&e - d_entries.data()));
}

void stream_table::note_tokens(entry& e, size_t count)
{
    d_tokens += count;
    e.last_token = d_tokens;
}

size_t stream_table::turn_away(size_t count)
{
    if (!is_one_ending())
        count = std::min<uint64_t>(count, tokens_until_idle(idle_longest()));
    else if (!d_settings.drops)
        return 0;
    d_tokens += count;
    d_turned_away += count;
    d_gone.in += count;
    d_gone.dropped += count;
    return count;
}

bool stream_table::must_wait(uint64_t stream) const
{
    const entry* e = find(stream);
    return e ? e->ring->is_full() : is_full() && is_one_ending();
}

stream_table::entry& stream_table::move_to_end(entry& e)
{
    const auto served = d_entries.begin() + (&e - d_entries.data());
    std::rotate(served, served + 1, d_entries.end());
    return d_entries.back();
}

bool stream_table::is_drained() const
{
    return std::all_of(d_entries.begin(), d_entries.end(), [](const entry& e) {
        return e.ring->is_drained();
    });
}

std::vector<uint64_t> stream_table::take_ended()
{
    return std::exchange(d_ended, {});
}

token_counters stream_table::count() const
{
    token_counters sum = d_gone;
    for (const auto& e : d_entries)
        sum += e.ring->count();
    return sum;
}

stream_table::entry& stream_table::idle_longest()
{
    const auto last_sign = [this](const entry& e) {
        return std::pair<bool, uint64_t>(d_is_open[e.port], e.last_token);
    };
    return *std::min_element(
        d_entries.begin(), d_entries.end(), [&](const entry& a, const entry& b) {
            return last_sign(a) < last_sign(b);
        });
}

// Tokens of other streams that may still come before a stream is idle.
uint64_t stream_table::tokens_until_idle(const entry& e) const
{
    if (!d_is_open[e.port])
        return 0; // it gets no token any more
    const uint64_t came = d_tokens - e.last_token;
    return came < d_idle_tokens ? d_idle_tokens - came : 0;
}

bool stream_table::is_one_ending() const
{
    return std::any_of(
        d_entries.begin(), d_entries.end(), [](const entry& e) { return e.ending; });
}

} // namespace rfattn
} // namespace gr
