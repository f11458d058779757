/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_POWER_SPECTRUM_H
#define INCLUDED_RFATTN_POWER_SPECTRUM_H

#include <gnuradio/block.h>
#include <gnuradio/rfattn/api.h>

#include <cstdint>
#include <memory>
#include <string>

namespace gr {
namespace rfattn {

/*!
 * \brief Power spectra of overlapping, adjacent or spaced frames of samples: tokens.
 *
 * # Stream input
 * complex64, any rate, full scale 1.0.
 *
 * # Stream output
 * float32[n_bins], one token each hop * averaging samples: the mean power of `averaging`
 * frames of fft_size samples that start hop samples apart, in dB (floor -200) or linear.
 * Power is |X|^2 / (sum w)^2: a full-scale complex tone on a bin centre reads 0 dB in its
 * bin before pooling; white noise of power P reads P * sum(w^2) / (sum w)^2 in every bin.
 *
 * # Tags in
 * rx_time, rx_rate or rx_freq after the first sample of a segment is a gap, and begins a
 * new segment at its sample. No frame spans two segments; samples and frames that do not
 * make a token before the gap are discarded. Several such tags on one sample are one gap.
 *
 * # Tags out
 * - rfattn:segment, first token of each segment that has a token: dictionary of segment
 *   (number, counts every gap), retunes and overflows (those gaps by kind: changes of
 *   rx_freq, and others), sample_start, samples_per_token, token_samples (uint64);
 *   front_end, a dictionary of all parameters: fft_size, hop, n_bins, averaging (uint64),
 *   window, scale, dc, sides (symbols); rx_rate, rx_freq (double, Hz) and rx_time (tuple
 *   of uint64 s, double s; of sample_start) where known. A gap that does not restate
 *   rx_time has it from the last one by counting samples.
 * - rfattn:arrival_ns, first token of each work call: uint64, when that call began
 *   (steady clock); holds until the next.
 * - rfattn:non_finite, each token that looks at a sample in which I or Q is NaN, infinite
 *   or beyond 1e12: true. Such a token may read the floor.
 *
 * No other tag is passed on.
 *
 * # GNU Radio Companion
 * The parameters must be those of the model's front end, which `gr-rfattn models` lists.
 * The defaults fit the shipped models on complex input. On real input these take fft_size
 * 256, hop 128, n_bins 128, sides "one".
 */
class RFATTN_API power_spectrum : virtual public gr::block {
public:
    typedef std::shared_ptr<power_spectrum> sptr;

    struct settings {
        //! samples in a frame: a power of two from 8 to 65536
        int fft_size = 128;
        //! samples from frame to frame, >= 1; below fft_size frames overlap, above it
        //! samples are skipped
        int hop = 64;
        //! values in a token: a power of two up to the bins kept, which are fft_size
        //! two-sided and fft_size / 2 one-sided; each is the mean linear power of
        //! neighbouring bins
        int n_bins = 128;
        //! hann, hamming, blackman, blackmanharris, flattop or rectangular (symmetric, as
        //! gr::fft::window builds it)
        std::string window = "hann";
        //! frames in a token, >= 1; they are summed in float32, which is good to 0.005 dB
        //! for 1e5 frames and to 0.05 dB for 1e6
        int averaging = 1;
        //! "db" or "linear"
        std::string scale = "db";
        //! "keep", or "remove": the mean of bins -2 and 2 stands for bins -1, 0 and 1
        //! (one-sided: bin 2 for bins 0 and 1)
        std::string dc = "keep";
        //! "two": DC in the middle; "one": for real signals carried as complex, bins 0 to
        //! fft_size / 2 - 1, doubled power but in bin 0: a full-scale real tone reads
        //! -3.01 dB
        std::string sides = "two";
    };

    //! \throws std::invalid_argument naming the parameter, the rule and the value
    static sptr make(const settings& s);
    static sptr make() { return make(settings()); }

    //! Samples from the start of a token to the start of the next: hop * averaging.
    virtual uint64_t samples_per_token() const = 0;

    //! Samples that a token looks at: fft_size + (averaging - 1) * hop.
    virtual uint64_t token_samples() const = 0;

    //! Segments begun in this run, or in the last one: gaps so far and one more.
    virtual uint64_t segments() const = 0;

    //! Of those, the segments that began with another rx_freq than the one before.
    virtual uint64_t retunes() const = 0;

    //! Samples of this run, or of the last one, in which I or Q was NaN, infinite or
    //! beyond 1e12.
    virtual uint64_t samples_non_finite() const = 0;

    //! Other samples, in which I or Q reached 0.99 of full scale.
    virtual uint64_t samples_saturated() const = 0;

    //! Why the last run ended with an error; empty when it did not.
    virtual std::string error() const = 0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_POWER_SPECTRUM_H
