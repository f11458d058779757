/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SAMPLE_RING_H
#define INCLUDED_RFATTN_SAMPLE_RING_H

#include <gnuradio/gr_complex.h>

#include <algorithm>
#include <cstdint>
#include <volk/volk_alloc.hh>

namespace gr {
namespace rfattn {

//! The latest `capacity` samples of a stream, by their absolute numbers.
class sample_ring {
public:
    explicit sample_ring(size_t capacity) : d_samples(capacity) {}

    //! Forgets everything; the next sample has this number.
    void restart(uint64_t first) { d_end = first; }

    size_t capacity() const { return d_samples.size(); }
    //! Number of the next sample.
    uint64_t end() const { return d_end; }

    //! Adds samples, at most `capacity`.
    void add(const gr_complex* samples, size_t count)
    {
        const size_t place = d_end % d_samples.size();
        const size_t n = std::min(count, d_samples.size() - place);
        std::copy_n(samples, n, d_samples.begin() + place);
        std::copy_n(samples + n, count - n, d_samples.begin());
        d_end += count;
    }

    //! Samples that are there, from number `first` on; null where they are in two pieces.
    const gr_complex* find(uint64_t first, size_t count) const
    {
        const size_t place = first % d_samples.size();
        return place + count <= d_samples.size() ? &d_samples[place] : nullptr;
    }

    //! Copies samples that are there, from number `first` on.
    void copy(uint64_t first, size_t count, gr_complex* out) const
    {
        const size_t place = first % d_samples.size();
        const size_t n = std::min(count, d_samples.size() - place);
        std::copy_n(d_samples.begin() + place, n, out);
        std::copy_n(d_samples.begin(), count - n, out + n);
    }

private:
    volk::vector<gr_complex> d_samples;
    uint64_t d_end = 0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SAMPLE_RING_H
