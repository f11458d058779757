/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Pushes, takes, segments, ends and evictions in any order: all tokens stay accounted
// for, and those of a stream come out in order.

#include "bytes.h"
#include "streams/token_ring.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <vector>

using gr::rfattn::segment;
using gr::rfattn::token_counters;
using gr::rfattn::token_ring;

namespace {

void check(const token_counters& n)
{
    MUST(n.in == n.out + n.dropped + n.incomplete + n.waiting);
}

void push(token_ring& ring, size_t port, size_t count, size_t length, float& next)
{
    std::vector<float> tokens(count * length);
    for (size_t i = 0; i < count; i++)
        std::fill_n(
            tokens.begin() + static_cast<long>(i * length), length, next + float(i));
    MUST(ring.push(port, tokens.data(), count, {}, 0) <= count);
    next += static_cast<float>(count);
}

struct taken {
    uint64_t segment;
    float last;
};

void take(token_ring& ring, size_t length, size_t block, std::map<uint64_t, taken>& seen)
{
    std::vector<float> out(length * block);
    token_ring::step step;
    if (ring.take(out.data(), step, 0) != token_ring::outcome::step)
        return;
    for (size_t i = 1; i < block; i++)
        MUST(out[i * length] > out[(i - 1) * length]);
    const auto before = seen.find(step.stream);
    if (before != seen.end()) {
        MUST(step.segment >= before->second.segment);
        MUST(out[0] > before->second.last);
    }
    seen[step.stream] = { step.segment, out[(block - 1) * length] };
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    fuzz::bytes in(data, size);
    const size_t length = 1 + in.below(3), block = 1 + in.below(8);
    const size_t capacity = 1 + in.below(4), ports = 1 + in.below(3);
    const bool drops = in.byte() % 2;
    token_ring ring({ length, block, capacity, drops }, ports, ports + in.below(3));
    std::map<uint64_t, taken> seen;
    float next = 0.0f;
    while (!in.empty() && next < 1e6f) {
        const size_t port = in.below(ports);
        try {
            switch (in.byte() % 10) {
            case 0: {
                segment s;
                s.number = in.count();
                s.sample_start = in.count();
                s.samples_per_token = in.count();
                s.token_samples = in.count();
                s.rested_tokens = in.byte();
                if (in.byte() % 2)
                    s.stream = in.byte() % 8;
                if (const double rate = in.number(); rate > 0.0 && std::isfinite(rate))
                    s.rx.rate = rate;
                s.rx.time = gr::rfattn::stream_time{ in.count(), 0.5 };
                ring.begin_segment(port, s);
                break;
            }
            case 1:
                ring.end_stream(port, in.byte() % 8);
                break;
            case 2:
                ring.mark_non_finite(port);
                break;
            case 3:
                ring.begin_round();
                break;
            case 4:
                if (in.byte() == 255)
                    ring.close_writer(port);
                break;
            case 5:
            case 6:
            case 7:
                take(ring, length, block, seen);
                break;
            default:
                push(ring, port, 1 + in.below(20), length, next);
            }
        } catch (const std::invalid_argument&) {
        }
        check(ring.count());
        for (uint64_t stream : ring.streams())
            check(*ring.count(stream));
    }
    return 0;
}
