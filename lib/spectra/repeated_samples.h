/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_REPEATED_SAMPLES_H
#define INCLUDED_RFATTN_REPEATED_SAMPLES_H

#include <gnuradio/gr_complex.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace gr {
namespace rfattn {

/*!
 * \brief Finds samples that repeat those one period before, as of a driver that hands out
 * one buffer again and again.
 *
 * It keeps some samples in a row, the mark, and looks for where exactly these come again.
 * Where they came twice after the same time, all since then is repeated. Noise in steps
 * of 8 bits, of one step rms, has the mark again by chance once in 10^30 samples.
 * Samples that are all equal have no mark.
 *
 * `count` may be called from any thread.
 */
class repeated_samples {
public:
    //! \param longest period that is found, in samples. To save time a quarter of the
    //! samples is looked at, as long as nothing is repeated.
    explicit repeated_samples(uint64_t longest) : d_longest(longest) { restart(); }

    void restart();

    //! Adds samples behind those before.
    void add(const gr_complex* samples, size_t count);

    //! How many samples up to the newest are repeated; 0 where that one is not.
    uint64_t count() const { return d_count; }

private:
    void take(const gr_complex& sample);
    void find_mark();

    const uint64_t d_longest;
    std::array<gr_complex, 32> d_mark;
    size_t d_kept;     // of the mark
    size_t d_matched;  // of the mark, by the newest samples
    uint64_t d_since;  // the end of the mark, the newest time
    uint64_t d_period; // 0: not known
    uint64_t d_rest;   // samples that are not looked at
    std::atomic<uint64_t> d_count{ 0 };
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_REPEATED_SAMPLES_H
