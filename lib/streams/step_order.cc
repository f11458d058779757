/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "step_order.h"

#include <algorithm>

namespace gr {
namespace rfattn {

void step_order::begin_round(size_t max_run)
{
    d_max_run = max_run;
    d_round++;
}

void step_order::add(uint64_t stream)
{
    if (has_batches())
        d_batches.add(stream);
}

stream_table::entry* step_order::next(stream_table& streams) const
{
    if (has_batches())
        return d_batches.has_next() ? streams.find(d_batches.next().stream) : nullptr;
    auto& entries = streams.entries();
    const auto may_be_served = [this](const stream_table::entry& e) {
        const bool had_its_run =
            d_max_run > 0 && e.round == d_round && e.served == d_max_run;
        return !e.ring->is_drained() && !had_its_run;
    };
    const auto found = std::find_if(entries.begin(), entries.end(), may_be_served);
    return found == entries.end() ? nullptr : &*found;
}

step_order::group step_order::serve(stream_table::entry& e)
{
    e.served = e.round == d_round ? e.served + 1 : 1;
    e.round = d_round;
    if (!has_batches())
        return { d_max_run > 1 ? d_round : 0, false };
    const batch_list::place place = d_batches.next();
    d_batches.pop();
    return { place.batch, place.is_last };
}

} // namespace rfattn
} // namespace gr
