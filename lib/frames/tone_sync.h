/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_TONE_SYNC_H
#define INCLUDED_RFATTN_TONE_SYNC_H

#include "base/estimated_fft.h"
#include "tone_rows.h"
#include "tone_vector.h"
#include "words/proof.h"
#include "words/sync_words.h"

#include <list>
#include <memory>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Looks for the known tones of messages at one symbol rate, of any station in an
 * emission.
 *
 * A spectrum of each quarter of a symbol has four bins for each tone. A block of known
 * tones scores the mean share that its tones have in the power of all eight; for noise
 * that is an eighth. How improbable the mean score of one, two or three blocks is, is
 * added up in a `proof`. Formats with a known bit in each symbol are looked for by
 * `tone_vector`. Between blocks samples may be missing, and the
 * channel may be another.
 */
class tone_clock {
public:
    //! \param rate,centre of the channel, Hz
    //! \param lower,upper where tones may lie, Hz from the centre
    tone_clock(double rate, double centre, double baud, double lower, double upper);

    double baud() const { return d_baud; }
    void add(const tone_format& format);
    //! Takes what was seen in another channel, as far as the frequencies are also those
    //! of this one; `other` has the same formats.
    void take_rows(const tone_clock& other);
    //! Also takes what that proved of the emission.
    void continue_from(const tone_clock& earlier);

    //! Takes samples, the first of which has number `first` in the channel.
    void run(uint64_t first, const gr_complex* samples, size_t count);

    //! Nothing comes any more.
    void finish();

    sync_found found() const;

private:
    struct search {
        const tone_format* format;
        proof evidence;
        double looks;
        std::vector<tone_rows<uint8_t>>
            scores; // 255 is all power; of each block that differs
    };

    void add_spectrum();
    void share_powers(const float* power);
    void look(search& s);
    void measure_clearness(uint64_t first);
    void score(const std::vector<int>& block, uint64_t first, uint8_t* scores);

    const double d_baud;
    const double d_symbol; // samples
    const size_t d_size;   // of a spectrum
    const size_t d_bins;
    const double d_low; // first bin, of the transform
    const double d_centre;
    estimated_fft d_fft;
    std::vector<gr_complex> d_held;
    uint64_t d_first = 0;           // sample of these
    uint64_t d_row = 0;             // next spectrum, a quarter of a symbol each
    tone_rows<float> d_power;       // of the last block
    tone_rows<float> d_shares;      // 1 / power of eight tones from a bin on
    tone_rows<float> d_strongest;   // share of the strongest of these
    tone_rows<uint8_t> d_clearness; // mean of these in a block, 255: all
    std::vector<search> d_searches;
    std::list<tone_vector> d_vectors;
    std::vector<float> d_sums; // of a block
};

//! The same for all rates of `tone_formats`.
class tone_sync {
public:
    //! Hz. The channel of an emission so wide is flat over about 340 Hz: it holds all
    //! tones of the widest format, 178 Hz, on either side of one that is an emission.
    static constexpr double LEAST_WIDTH = 250.0;

    //! \param rate,centre of the channel, Hz
    //! \param lower,upper edges of the emission, Hz from the centre
    tone_sync(double rate, double centre, double lower, double upper);

    bool has_formats() const { return !d_clocks.empty(); }
    //! Continues with what was seen in the channel before.
    void continue_from(const tone_sync& earlier)
    {
        take(earlier, &tone_clock::continue_from);
    }
    //! Takes what another emission's channel showed until now.
    void take_rows(const tone_sync& other) { take(other, &tone_clock::take_rows); }
    void add(uint64_t first, const gr_complex* samples, size_t count);
    //! Nothing comes any more.
    void finish();
    sync_found found() const;

private:
    void take(const tone_sync& other, void (tone_clock::*what)(const tone_clock&));

    std::vector<std::unique_ptr<tone_clock>> d_clocks;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_TONE_SYNC_H
