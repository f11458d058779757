/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "estimated_fft.h"

#include <gnuradio/fft/fft.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace gr {
namespace rfattn {

namespace {

// FFTW takes a plan that any other block has measured before it estimates one. Here it
// has none while an instance exists; the caller holds the planner's mutex.
class no_wisdom {
public:
    no_wisdom() : d_wisdom(fftwf_export_wisdom_to_string(), std::free)
    {
        fftwf_forget_wisdom();
    }

    ~no_wisdom()
    {
        fftwf_forget_wisdom();
        if (d_wisdom)
            fftwf_import_wisdom_from_string(d_wisdom.get());
    }

    no_wisdom(const no_wisdom&) = delete;
    no_wisdom& operator=(const no_wisdom&) = delete;

private:
    std::unique_ptr<char, decltype(&std::free)> d_wisdom;
};

// FFTW plans with as many threads as any block has asked for last, which slows small
// transforms and rounds differently. Here it plans with one while an instance exists; the
// caller holds the planner's mutex. Where nobody has asked for threads nothing is set,
// because the first call destroys all plans that were made before.
class one_thread {
public:
    one_thread() : d_asked_for(fftwf_planner_nthreads()) { plan_with(1); }
    ~one_thread() { plan_with(d_asked_for); }

    one_thread(const one_thread&) = delete;
    one_thread& operator=(const one_thread&) = delete;

private:
    void plan_with(int threads) const
    {
        if (d_asked_for != 1)
            fftwf_plan_with_nthreads(threads);
    }

    const int d_asked_for;
};

} // namespace

// Plans are kept: emissions begin often, and to plan takes a mutex that all blocks share.
// They are kept to the end of the process, where threads of blocks may still run.
estimated_fft::estimated_fft(int size, int direction) : d_in(size), d_out(size)
{
    static std::mutex mutex;
    static auto& plans = *new std::map<std::pair<int, int>, fftwf_plan>;
    const std::lock_guard<std::mutex> lock(mutex);
    auto& plan = plans[{ size, direction }];
    if (!plan) {
        const std::lock_guard<std::mutex> planning(gr::fft::planner::mutex());
        const no_wisdom measured_by_others;
        const one_thread alone;
        plan = fftwf_plan_dft_1d(size, of(d_in), of(d_out), direction, FFTW_ESTIMATE);
    }
    d_plan = plan;
}

} // namespace rfattn
} // namespace gr
