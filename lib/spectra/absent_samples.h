/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_ABSENT_SAMPLES_H
#define INCLUDED_RFATTN_ABSENT_SAMPLES_H

#include "stretches.h"

#include <gnuradio/gr_complex.h>

#include <cstddef>
#include <cstdint>

namespace gr {
namespace rfattn {

/*!
 * \brief Finds samples that no receiver measured: they are exactly equal for some time.
 *
 * A receiver has noise, so that its samples differ. One that is muted, a squelch, padding
 * and gaps that a driver fills repeat one value. Samples are numbered from the last
 * restart.
 */
class absent_samples {
public:
    //! \param least so many equal samples in a row are absent, 2 or more
    explicit absent_samples(size_t least) : d_least(least) { restart(); }

    void restart();

    //! Adds samples behind those before, at most `least`.
    void add(const gr_complex* samples, size_t count);

    //! Samples of which it is known whether they are absent: all but the latest, where
    //! these repeat the one before.
    uint64_t known() const { return is_absent() ? d_end : d_end - d_repeats; }

    //! Whether all samples from `begin` to before `end` are absent.
    bool cover(uint64_t begin, uint64_t end) const { return d_found.cover(begin, end); }

    //! Whether some of these samples are absent.
    bool touch(uint64_t begin, uint64_t end) const { return d_found.touch(begin, end); }

    //! Makes the absent ones zero: beside others a constant would be a step, which has
    //! power at all frequencies.
    void blank(gr_complex* samples, uint64_t first, size_t count) const;

    //! The first sample that is not absent.
    uint64_t first_present() const { return d_first_present; }

    uint64_t count() const { return d_count; } // absent ones

    //! Forgets which samples before one were absent.
    void forget(uint64_t before) { d_found.forget(before); }

private:
    void repeat(size_t count);
    bool is_absent() const { return d_repeats + 1 >= d_least; } // the latest sample

    const size_t d_least;
    stretches d_found;
    gr_complex d_last;
    uint64_t d_end;     // samples so far
    uint64_t d_repeats; // number of latest samples equal to the one before
    uint64_t d_count;
    uint64_t d_first_present;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_ABSENT_SAMPLES_H
