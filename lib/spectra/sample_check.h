/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SAMPLE_CHECK_H
#define INCLUDED_RFATTN_SAMPLE_CHECK_H

#include "stretches.h"

#include <gnuradio/gr_complex.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace gr {
namespace rfattn {

/*!
 * \brief Counts the samples that a receiver did not measure: saturated and non-finite
 * ones.
 *
 * A sample is non-finite where I or Q is NaN, infinite or beyond 1e12 times full scale:
 * of those, single-precision powers are not finite. It is saturated where the larger of
 * I and Q reaches 0.99 of full scale.
 *
 * Counts may be read from any thread.
 */
class sample_check {
public:
    //! \param join samples: non-finite ones closer than that are one stretch
    explicit sample_check(uint64_t join) : d_join(join) {}

    //! Forgets everything.
    void restart();

    /*!
     * Counts samples, each once.
     *
     * \param first number of the first one; not lower than in the call before
     * \return whether any is non-finite
     */
    bool add(const gr_complex* samples, size_t count, uint64_t first);

    //! Whether a stretch of non-finite samples touches those from `begin` to before
    //! `end`.
    bool touches(uint64_t begin, uint64_t end) const
    {
        return d_stretches.touch(begin, end);
    }

    //! Forgets the stretches that end before a sample.
    void forget(uint64_t before) { d_stretches.forget(before); }

    //! Copies samples; non-finite ones become zero.
    static void copy_finite(const gr_complex* from, size_t count, gr_complex* to);

    uint64_t non_finite() const { return d_non_finite; }
    uint64_t saturated() const { return d_saturated; }

private:
    const uint64_t d_join;
    stretches d_stretches;
    std::atomic<uint64_t> d_non_finite{ 0 };
    std::atomic<uint64_t> d_saturated{ 0 };
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SAMPLE_CHECK_H
