/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_FILTER_BANK_H
#define INCLUDED_RFATTN_FILTER_BANK_H

#include "base/estimated_fft.h"

#include <gnuradio/gr_complex.h>

#include <cstdint>
#include <map>
#include <memory>
#include <vector>
#include <volk/volk_alloc.hh>

namespace gr {
namespace rfattn {

/*!
 * \brief Overlap-save filter bank: channels of any centre and of many widths from one
 * band, by one forward FFT of `size` samples and an inverse FFT of M bins a channel.
 *
 * Block b brings the channel samples of the time of the band's samples b * hop() to
 * (b + 1) * hop() - 1, where hop() is three quarters of the size; it needs the band's
 * samples from margin() before to margin() after these, an eighth of the size each. A
 * channel of M bins has the rate M / size of the band's, and its sample u lies at the
 * time of the band's sample u * size / M, exactly: the filter has no delay. So each block
 * can be computed without the one before, and only those of channels that are needed are.
 *
 * # Response
 * It is the same for each channel, in units of its rate R: flat within 0.002 dB to
 * 0.34 R from the centre, 0.1 dB down at 0.36 R, 6 dB at 0.417 R, and 72 dB from 0.492 R
 * on. Everything further away comes back, aliased, 72 dB weaker or more. An emission half
 * as wide as its channel is thus flat with a margin of a third of its half width on both
 * sides. The impulse
 * response, a sinc in a Kaiser window, is 32 channel samples long and fits the overlap
 * from MIN_BINS bins up. Where a channel reaches over the edge of the band, its response
 * is 6 dB down there instead. A channel of `size` bins is the band itself, unfiltered.
 *
 * The centre need not lie on a bin: the response is laid around it, the phase of each
 * block is corrected by a multiple of an eighth turn, and a rotator at the channel's rate
 * removes the rest, which is less than half a bin.
 *
 * Nothing is allocated after the first block of a channel of each width and, for spectra
 * that are kept, after as many blocks as are kept. The class keeps no samples from block
 * to block: the caller has them.
 */
class filter_bank {
public:
    //! Bins of the narrowest channel.
    static constexpr int MIN_BINS = 128;

    //! A band that the bank cuts out.
    struct channel {
        int bins = 0;                // M
        int bin = 0;                 // bin of the band at its centre
        double offset = 0.0;         // distance of its centre from that bin, bins
        volk::vector<float> weights; // weights of the bins, from -M / 2 up

        double centre() const { return bin + offset; }
        int samples() const { return bins / 4 * 3; } // in a block
    };

    /*!
     * \param size samples of the forward FFT: a multiple of 8, >= MIN_BINS
     * \param kept blocks of which the spectrum is kept, the latest: one that begins again
     * is not transformed again
     */
    explicit filter_bank(int size, size_t kept = 0);

    //! The size that gives bins of about 600 Hz: a power of two, 512 to 2^18.
    static int size_for(double sample_rate);

    //! The smallest difference in ratio: 4, 5, 6 or 7 times a power of two, >= MIN_BINS.
    static int nearest_size(double bins);

    //! Amplitude at a distance from the centre, in units of the channel's rate, of a
    //! channel that lies within the band.
    static double response(double distance);

    int size() const { return d_size; }
    int hop() const { return d_size / 4 * 3; }
    int margin() const { return d_size / 8; }

    //! \param centre in bins, from -size / 2 to size / 2
    //! \param bins a multiple of 8 from MIN_BINS; the whole band where it is >= size
    channel make_channel(double centre, int bins) const;

    /*!
     * \param samples the `size` samples from number * hop() - margin() on, aligned as
     * VOLK aligns them; they are read by extract()
     * \param version of a block whose samples were others before
     */
    void begin_block(int64_t number, const gr_complex* samples, uint64_t version = 0);

    //! The blocks that begin from now on are those of another stream.
    void restart();

    //! Writes the samples() of a channel in the block, from number * samples() on.
    void extract(const channel& c, gr_complex* out);

private:
    // A block that was transformed.
    struct kept_block {
        int64_t number = -1;
        uint64_t version = 0;
        volk::vector<gr_complex> spectrum;
    };

    void transform();
    void copy_weighted(const channel& c, gr_complex* bins) const;
    void rotate(const channel& c, const gr_complex* in, gr_complex* out) const;
    estimated_fft& inverse(int bins);

    const int d_size;
    estimated_fft d_forward;
    const gr_complex* d_spectrum = nullptr; // spectrum; null until it is needed
    int64_t d_number = 0;                   // number of the block
    uint64_t d_version = 0;
    const gr_complex* d_samples = nullptr;
    std::vector<kept_block> d_kept; // blocks kept, at their number modulo the count
    std::map<int, std::unique_ptr<estimated_fft>>
        d_inverse; // inverse transforms by their size
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_FILTER_BANK_H
