/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SPECTROGRAM_H
#define INCLUDED_RFATTN_SPECTROGRAM_H

#include "base/estimated_fft.h"

#include <gnuradio/gr_complex.h>

#include <algorithm>
#include <cstdint>
#include <volk/volk_alloc.hh>

namespace gr {
namespace rfattn {

/*!
 * \brief The last rows of a spectrogram: power densities of frames that overlap by half.
 *
 * A row is |X|^2 / (rate * sum w^2) of a Hann-windowed frame, in units of power per Hz,
 * so that white noise reads the same at every resolution. Bins ascend in frequency. Bins
 * near 0 Hz, where a receiver's own offset lies, are replaced by the lesser neighbour; in
 * bins that are wider than the offset, what is stronger and not as steady stays.
 *
 * Row r begins at sample r * hop(). Rows are kept in a ring; the caller must not ask for
 * one that has left it.
 */
class spectrogram {
public:
    /*!
     * \param rate samples a second, Hz
     * \param resolution wanted distance of bins, Hz
     * \param kept_s how long rows are kept, s
     * \param one_sided keep bins from 0 Hz up, doubled: for real signals
     */
    spectrogram(double rate, double resolution, double kept_s, bool one_sided);

    //! Adds the row of the frame that begins at `samples`, of size() samples.
    void add(const gr_complex* samples);

    //! Adds a row without a frame, of no power.
    void add_empty();

    //! Replaces a row that is kept.
    void replace(uint64_t r, const std::vector<float>& power);

    //! Forgets all rows.
    void restart()
    {
        d_rows = d_first = 0;
        d_has_frame = false;
    }

    //! Forgets the rows that begin before a sample.
    void forget_before(uint64_t sample)
    {
        d_first = std::min(d_rows, (sample + hop() - 1) / hop());
    }

    //! Multiplies the power of a row that is kept.
    void scale(uint64_t r, float factor);

    //! Multiplies the power before a sample, as if the gain had been another until then.
    void scale_before(uint64_t sample, float factor);

    int size() const { return d_size; }         // samples of a frame
    uint64_t hop() const { return d_size / 2; } // samples from frame to frame
    int n_bins() const { return d_n_bins; }
    double bin_hz() const { return d_bin_hz; }
    double row_s() const { return static_cast<double>(hop()) / d_rate; }

    //! Frequency of the lower edge of a bin, Hz, relative to the centre of the band.
    double lower_edge(double bin) const { return d_first_hz + bin * d_bin_hz; }
    //! The bin, as a real number, whose lower edge lies at a frequency.
    double bin_of(double frequency) const { return (frequency - d_first_hz) / d_bin_hz; }
    //! The same, rounded to a bin that exists.
    int bin_at(double frequency) const
    {
        return static_cast<int>(std::clamp(bin_of(frequency), 0.0, d_n_bins - 1.0));
    }

    uint64_t end() const { return d_rows; } // one past the last row
    uint64_t begin() const
    {
        return std::max(d_first, d_rows > d_capacity ? d_rows - d_capacity : 0);
    }
    const float* row(uint64_t r) const { return &d_ring[(r % d_capacity) * d_n_bins]; }
    //! Samples of a row: the first, and the one past the last.
    uint64_t row_begin(uint64_t r) const { return r * hop(); }
    uint64_t row_end(uint64_t r) const { return r * hop() + d_size; }

    //! The row whose middle is nearest to a sample, among those kept.
    uint64_t row_at(double sample) const;
    //! Sample in the middle of a row.
    double middle(double r) const
    {
        return r * static_cast<double>(hop()) + 0.5 * d_size;
    }

private:
    bool has_wide_bins() const;
    void remove_offset();
    void replace_dc(float* row);
    void keep_unsteady(float* bins, int n, float least);

    const double d_rate;
    const int d_size;
    const bool d_one_sided;
    const int d_n_bins;
    const double d_bin_hz;
    const double d_first_hz;
    const int d_dc_bins; // bins on each side of 0 Hz
    const uint64_t d_capacity;
    uint64_t d_rows = 0;
    uint64_t d_first = 0;     // first row that is kept
    bool d_has_frame = false; // whether a frame came since the restart
    estimated_fft d_fft;
    volk::vector<float> d_window;
    volk::vector<float> d_ring;
    gr_complex d_offset;         // offset of the receiver in the bin of 0 Hz
    std::vector<float> d_steady; // power in the bins of the receiver's offset
};

//! The least even number >= n with no prime factor above 5: an FFT of it is fast.
int smooth_size(double n);

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SPECTROGRAM_H
