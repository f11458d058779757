/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "token_queue.h"

#include <algorithm>
#include <utility>

namespace gr {
namespace rfattn {

void token_queue::add(token_batch& batch)
{
    count += batch.count;
    batches.push_back(std::move(batch));
    batch = token_batch();
    if (spare.empty())
        return;
    batch = std::move(spare.back());
    spare.pop_back();
}

// The batches that have left can be filled again.
uint64_t token_queue::write(float* out, uint64_t room, size_t values)
{
    uint64_t left = room;
    size_t done = 0; // batches
    while (left > 0 && done < batches.size()) {
        token_batch& batch = batches[done];
        const uint64_t n = std::min(left, batch.count - written);
        out = std::copy_n(&batch.values[written * values], n * values, out);
        left -= n;
        written += n;
        if (written < batch.count)
            break;
        written = batch.count = 0;
        spare.push_back(std::move(batch));
        done++;
    }
    batches.erase(batches.begin(), batches.begin() + static_cast<ptrdiff_t>(done));
    return room - left;
}

} // namespace rfattn
} // namespace gr
