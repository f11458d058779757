/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "batch_list.h"

#include <algorithm>

namespace gr {
namespace rfattn {

void batch_list::add(uint64_t stream)
{
    d_steps.push_back({ stream, d_batch, false });
    if (++d_open == d_size)
        close();
}

void batch_list::close()
{
    if (d_open == 0)
        return;
    d_steps.back().is_last = true;
    d_open = 0;
    d_batch++;
}

size_t batch_list::open_steps(uint64_t stream) const
{
    return std::count_if(d_steps.end() - d_open, d_steps.end(), [&](const place& step) {
        return step.stream == stream;
    });
}

} // namespace rfattn
} // namespace gr
