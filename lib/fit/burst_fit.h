/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_BURST_FIT_H
#define INCLUDED_RFATTN_BURST_FIT_H

#include "band_shape.h"
#include "base/box.h"
#include "decisions.h"
#include "floor/bin_noise.h"
#include "skirt.h"
#include "spectra/spectrogram.h"

#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Edges and strength of a signal, measured on the rows that spectrograms keep.
 *
 * Does not decide whether there is a signal: give it a box that holds one.
 */
class burst_fit {
public:
    //! Another signal that is on the air.
    struct neighbour {
        double lower, upper; // Hz
        skirt spill;
        double level; // mean excess

        //! Whether it is a line that leaks where a wider band with a level is measured.
        bool leaks_into(double width, double level) const;
        bool is_narrow_in(double width) const;
    };
    using neighbours = std::vector<neighbour>;

    //! \param all from the coarsest to the finest resolution; all must outlive this
    burst_fit(double rate,
              const spectrograms& all,
              const bin_noise& noise,
              const decisions& d);

    //! Mean power by bin over a time, in units of the floor, less 1.
    struct profile {
        const spectrogram* source;
        int first_bin;
        std::vector<float> excess;
        double looks; // independent values in each
    };
    profile measure(const box& b, double lower, double upper) const;

    /*!
     * Fits the edges in frequency: the band where the mean power density exceeds half of
     * the floor, or holds 99 % of the power if that is narrower. What lies on both sides
     * of a carrier, each the mirror image of the other, belongs to it beyond gaps.
     *
     * \param b the box; the band around it is searched, too
     * \param others other signals: their bands are left out, their skirts are noise
     */
    struct band_fit {
        box where;
        skirt spill;
        double effective_width = 0.0;              // Hz: of a flat spectrum as peaked
        double seen_lower = 0.0, seen_upper = 0.0; // Hz: of all above the noise
        bool is_empty = false;            // nothing is left in it without the others
        bool has_weak_side_bands = false; // whether a line has most of the power
        std::shared_ptr<const band_shape> shape{}; // none where it is empty
    };
    band_fit fit_band(const box& b, const neighbours& others) const;

    //! Stretches of time in which the band of `b` is occupied, within `b` and around it.
    //! What lines among the others fill counts for nothing, where enough of it is left.
    struct envelope {
        std::vector<box> bursts;
        double level;            // mean excess over the bins of the band while occupied
        double pause;            // samples: longest within a burst
        double pulse_s;          // median length of what lies between pauses
        bool has_paused = false; // however short
    };
    envelope fit_times(const box& b,
                       double before,
                       double after,
                       const neighbours& others = {},
                       double level = 0.0,
                       double pause = 0.0,
                       double effective_width = 1e12) const;

    //! The longest stretch of a box in which no much stronger signal lies over its band.
    box longest_uncovered(const box& b) const;

    //! Parts of a box that belong to different signals; the box itself where it is one.
    std::vector<box> split(const box& b) const;

    //! Mean excess over the band during the box, and its power above the floor.
    struct strength {
        double excess, power;
    };
    strength measure_strength(const box& b) const;

    //! Whether two bands are tones of one signal: where one has power, the other has
    //! none.
    bool alternate(const box& a, const box& b) const;

    //! Correlation of the powers of two bands from a sample to another, from -1 to 1:
    //! below 0 where a signal is now in one and now in the other; 0 where it changes so
    //! seldom that it may come by chance.
    double power_correlation(const box& a, const box& b, double start, double end) const;

    //! Whether a weak band has power in the pulses of a strong one, three or more, and
    //! has none between them. What lies within one of the others is left out.
    bool comes_with(const box& weak, const box& strong, neighbours others) const;
    //! Sample before which pulses are forgotten.
    double forgotten() const;

    /*!
     * Longest pause within a burst, s.
     *
     * \param width of its band, Hz
     * \param pulse_s median length of what lies between pauses
     * \param effective_width see band_fit; pulses short for it are keyed
     */
    double longest_pause_s(double width, double pulse_s, double effective_width) const;

    const spectrogram& for_time(double width) const;
    const spectrogram& for_band(const box& b) const;
    //! Samples.
    double longest_row() const { return d_all.back()->size(); }

private:
    skirt measure_skirt(const profile& p,
                        const std::vector<bool>& foreign,
                        const band_fit& fit,
                        double level) const;
    std::vector<float> row_powers(const spectrogram& s,
                                  double lower,
                                  double upper,
                                  uint64_t first,
                                  uint64_t end,
                                  const std::vector<bool>& left_out = {}) const;
    neighbours lines_among(const neighbours& others, const box& b) const;
    static std::vector<bool>
    bins_of(const spectrogram& s, const box& b, const neighbours& lines);
    static std::vector<bool>
    bins_filled(const spectrogram& s, const box& b, const neighbours& others);
    struct part {
        box where;
        double peak; // highest power density, in units of the floor
        box core;    // band where its density is above a tenth of the peak
    };
    std::vector<part> ridges(const box& b) const;
    bool go_together(const part& p, const part& q) const;
    static void join(part& p, const part& q);
    static bool look_like_tones(const part& p, const part& q);
    bool are_tones(const part& p, const part& q) const;
    void join_tones(std::vector<part>& parts) const;
    void join_pulses(std::vector<part>& parts) const;
    struct timing {
        bool is_known;
        double starts, ends;       // samples between those of two bands
        bool start_seen, end_seen; // whether those of the first band are seen
        double row;                // samples: length of a row
    };
    timing compare_times(const box& a, const box& b) const;

    const double d_rate;
    const spectrograms& d_all;
    const bin_noise& d_noise;
    const decisions& d_decisions;
};

//! Bins to smooth over, so that noise of `looks` values a bin stays below half of the
//! floor; at most `most`.
int bins_for(double looks, int most);

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_BURST_FIT_H
