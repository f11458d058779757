/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "frame_list.h"

#include <algorithm>
#include <iterator>

namespace gr {
namespace rfattn {

void frame_list::add(checked_frame frame)
{
    if (frame.begin < d_taken)
        return;
    const auto same = std::find_if(d_held.begin(), d_held.end(), [&](const auto& held) {
        return frame.begin < held.end && held.begin < frame.end;
    });
    if (same == d_held.end())
        d_held.push_back(std::move(frame));
    else if (frame.found_by < same->found_by)
        *same = std::move(frame);
}

std::vector<checked_frame> frame_list::take(double time)
{
    std::vector<checked_frame> taken;
    const auto has_ended = [&](const auto& frame) { return frame.end < time; };
    const auto first = std::stable_partition(
        d_held.begin(), d_held.end(), [&](const auto& held) { return !has_ended(held); });
    std::move(first, d_held.end(), std::back_inserter(taken));
    d_held.erase(first, d_held.end());
    std::sort(taken.begin(), taken.end(), [](const auto& a, const auto& b) {
        return a.begin < b.begin;
    });
    if (!taken.empty())
        d_taken = std::max(d_taken, taken.back().end);
    return taken;
}

} // namespace rfattn
} // namespace gr
