/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include <gnuradio/rfattn/step.h>
#include <gnuradio/rfattn/tags.h>

namespace gr {
namespace rfattn {
namespace step {

namespace {

uint64_t entry(const pmt::pmt_t& step, const pmt::pmt_t& key)
{
    return pmt::to_uint64(pmt::dict_ref(step, key, pmt::PMT_NIL));
}

} // namespace

std::pair<uint64_t, uint64_t> segment_and_count(const pmt::pmt_t& step)
{
    static const pmt::pmt_t segment = pmt::mp(tags::KEY_SEGMENT);
    static const pmt::pmt_t sample_count = pmt::mp(tags::KEY_SAMPLE_COUNT);
    return { entry(step, segment), entry(step, sample_count) };
}

pmt::pmt_t finished(const pmt::pmt_t& step,
                    uint64_t start_ns,
                    uint64_t end_ns,
                    const pmt::pmt_t& costs)
{
    static const pmt::pmt_t start = pmt::mp(tags::KEY_START_NS);
    static const pmt::pmt_t end = pmt::mp(tags::KEY_END_NS);
    // The keys are new: acons, unlike dict_add, does not look for them.
    pmt::pmt_t done = pmt::acons(start, pmt::from_uint64(start_ns), step);
    done = pmt::acons(end, pmt::from_uint64(end_ns), done);
    for (pmt::pmt_t rest = costs; pmt::is_pair(rest); rest = pmt::cdr(rest))
        done = pmt::acons(pmt::caar(rest), pmt::cdar(rest), done);
    return done;
}

} // namespace step
} // namespace rfattn
} // namespace gr
