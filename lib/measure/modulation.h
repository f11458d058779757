/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_MODULATION_H
#define INCLUDED_RFATTN_MODULATION_H

#include "base/estimated_fft.h"

#include <gnuradio/gr_complex.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief What the blocks of one emission's samples add up to; see modulation_meter.
 *
 * A block counts by the square of its power relative to the strongest one, so that noise
 * around a burst counts little.
 */
struct modulation_sums {
    uint64_t blocks = 0;
    double strongest = 0.0; // power of a block
    double weight = 0.0;
    double carrier = 0.0;           // share of the power in the strongest line
    double envelope = 0.0;          // mean |x|^4, where mean |x|^2 is 1
    double square = 0.0;            // variance of the frequency, cycles^2
    double fourth = 0.0;            // its fourth power
    std::vector<float> power_lines; // spectrum of the power
    std::vector<float> shift_lines; // spectrum of the frequency's square
    std::vector<float> lines_2;     // spectrum of x^2
    std::vector<float> lines_4;     // spectrum of x^4

    //! Multiplies all sums.
    void scale(double factor);
};

/*!
 * \brief Measures blocks of an emission's samples for signs of its modulation.
 *
 * All follow from the emission's samples x without those of its neighbours, in blocks of
 * 512 samples. Between any two of them another is interpolated: the power and the
 * frequency of x take up twice the width of x itself. Digital modulation has spectral
 * lines at its symbol rate in the power of x and in the square of its frequency, and
 * lines in x^2 and x^4 that depend on how many phases there are (Gardner, "Exploitation
 * of spectral redundancy in cyclostationary signals", IEEE Signal Processing Magazine 8,
 * 1991).
 *
 * Holds no samples from block to block, so that many emissions can share one.
 */
class modulation_meter {
public:
    static constexpr size_t BLOCK = 512;
    static constexpr int FINER = 2; //!< rate after the interpolation over that before
    static constexpr size_t FINE = FINER * BLOCK; //!< samples after the interpolation

    modulation_meter();

    /*!
     * Adds a block to the sums. A block without power, or with samples that are not
     * finite, does not count.
     *
     * \param samples BLOCK of them
     * \param lower,upper edges of the emission, cycles per sample
     */
    void
    add(const gr_complex* samples, double lower, double upper, modulation_sums& sums);

private:
    double interpolate(const gr_complex* samples, double lower, double upper);
    double strongest_line() const;
    void add_frequency(double weight, modulation_sums& sums);
    void add_real_lines(double weight, modulation_sums& sums);
    void add_power_of_samples(double weight, std::vector<float>& lines);

    estimated_fft d_forward; // transform of BLOCK samples
    estimated_fft d_inverse; // transform of FINE samples, as all below
    estimated_fft d_lines;
    std::vector<float> d_window;
    std::vector<gr_complex> d_samples; // samples of the emission alone, mean power 1
    std::vector<float> d_shift;        // square of its frequency, weighted by its power
};

//! The strongest spectral line: its bin, and its power over that of its surroundings.
struct spectral_line {
    double bin = 0.0;
    double ratio = 0.0;

    //! \param power of a transform's bins
    //! \param first,last bins to look at; bin -1 is the last of the transform
    static spectral_line of(const std::vector<float>& power, double first, double last);
};

/*!
 * \brief Numbers that describe the modulation of an emission, for a model.
 *
 * | name | value |
 * |---|---|
 * | measured | log2(1 + blocks measured) / 4; while it is 0, all others are |
 * | carrier | 1 + log10(share of the power in the strongest three bins of 512) |
 * | envelope | mean of the squared power over the square of its mean, minus 1.5 |
 * | deviation | 4 (standard deviation of the frequency / width) - 1 |
 * | levels | log2(kurtosis of the frequency) - 1 |
 * | am_rate | log2(line in the power, Hz / 4800) / 2 |
 * | am_line | (that line over its surroundings, dB - 10) / 10 |
 * | fm_rate, fm_line | the same of the squared frequency |
 * | square_line, fourth_line | the strongest line in x^2 and x^4, dB, likewise |
 *
 * Each is limited to +-4. After k blocks, k / 32 are left out, so that a long signal
 * costs little; blocks before the last 256 or so fade.
 */
class modulation {
public:
    static constexpr size_t COUNT = 11;
    static constexpr std::array<const char*, COUNT> NAMES = {
        "measured", "carrier", "envelope", "deviation",   "levels",     "am_rate",
        "am_line",  "fm_rate", "fm_line",  "square_line", "fourth_line"
    };

    //! Begins with another channel; what was measured is forgotten.
    //! \param rate Hz
    //! \param lower,upper edges of the emission, Hz from the centre of the channel
    void restart(double rate, double lower, double upper);

    //! Takes `count` samples of the channel, the first of which has number `first`.
    void
    add(uint64_t first, const gr_complex* samples, size_t count, modulation_meter& meter);

    //! As of the last block.
    const std::array<float, COUNT>& values() const { return d_values; }

private:
    void evaluate();

    double d_rate = 1.0;
    double d_lower = 0.0;
    double d_upper = 0.0;
    uint64_t d_next = 0; // number of the sample that follows
    size_t d_rest = 0;   // samples to leave out
    std::vector<gr_complex> d_held;
    modulation_sums d_sums;
    std::array<float, COUNT> d_values{};
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_MODULATION_H
