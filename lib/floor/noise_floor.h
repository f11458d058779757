/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_NOISE_FLOOR_H
#define INCLUDED_RFATTN_NOISE_FLOOR_H

#include "power_history.h"
#include "response.h"
#include "spectra/spectrogram.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Noise power density over the band, from time and frequency together.
 *
 * Over time: a low quantile of the mean power of short blocks, over the last seconds.
 * That is the noise below everything that pauses. Over frequency: the most likely curve
 * below these quantiles (see find_response()), which is the noise below what never
 * pauses. It is found again at each estimate, as if nothing had been known, but for what
 * belongs to the receiver: the part of the band that it was once seen to pass.
 *
 * Pulses may come in each block. But there is no more noise than there is power in the
 * pauses, which short rows show: what is more is cut off at the top.
 *
 * On the slopes of a filter the floor only falls; in a stop band it is the highest
 * quantile near by, and at least 40 dB below the pass band, so that nothing is found
 * there but what pauses: lobes of the filter are no signals.
 */
class noise_floor {
public:
    using band = std::pair<double, double>; //!< lower and upper edge, Hz
    using bands = std::vector<band>;

    //! Takes rows of `source`, which must outlive this, and so must `fast`.
    //! \param fast the same with short rows, where there is one
    noise_floor(const spectrogram& source,
                bool one_sided,
                const spectrogram* fast = nullptr);

    //! Adds the latest row of the source.
    void add_row();

    //! Whether enough rows came for a floor.
    bool warm() const { return d_history.count() >= WARM_BLOCKS; }

    /*!
     * Estimates the floor anew.
     *
     * \param early also use the block that is not complete: at the end of the samples
     * \return false where there is nothing to estimate it from
     */
    bool estimate(bool early = false);

    //! Lowers the floor, until the next estimate, where it holds more power than the
    //! pauses between pulses.
    void cut_to_pauses();

    /*!
     * Lowers the floor, from the next estimate on, below a signal that fills the band.
     * It is forgotten when the level of the band falls to about the noise below it.
     *
     * \param share of the power, from 0 to less than 1, that belongs to the signal
     */
    void set_signal_share(double share);

    //! The widest part of the floor that rises above the rest: by a filter, or a signal.
    //! Of no width where none is as wide as a filter may be.
    band raised() const { return edges_of(d_response.with_slopes); }

    //! The same of what never pauses and lies above the floor, unless the receiver is
    //! known to pass more than that.
    band wide_signal() const;

    //! Estimates the floor again, where the widest signal is noise that a filter passes.
    void take_for_filter();

    /*!
     * Estimates the floor again, where what rises is a signal with noise beside it. Then
     * it stays so. Else the floor is as before.
     *
     * \param known it is all a signal; else a filter is as wide as its other side
     * \return whether the floor fell by 3 dB
     */
    bool leave_out(bool known);

    //! Whether both ends of the filter are as far from the middle of the band.
    bool has_even_filter() const;

    //! In audio, where the floor is whatever stays: parts of it that rise above the rest.
    bands audio_rises() const;

    /*!
     * In audio, where the floor is whatever stays: leaves it below the signals of these
     * bands where it is, or is to be lower, until this is called again. It is forgotten
     * when the level jumps.
     *
     * \param known how low is known: it was before they came. Else it is that beside them
     */
    void keep_below(bands signals, bool known);

    const bands& signals() const { return d_signals; }

    bool is_audio() const { return d_is_audio; }

    //! Multiplies all that is known of before a sample, as if the gain had been another
    //! until then. The present floor was estimated before it.
    void scale_before(uint64_t sample, float factor);

    //! The usual power per Hz of a band, with what never pauses; 0 where that is a
    //! signal that may fade.
    double usual(double lower, double upper) const;

    //! Whether the level of the whole band has jumped: the blocks before are forgotten.
    bool jumped();

    //! Whether the latest jump went down.
    bool fell() const { return d_fell; }

    //! Blocks since the last estimate.
    int age() const { return d_age; }

    //! Noise power per Hz at a frequency, Hz relative to the centre.
    float at(double frequency) const;

    int n_points() const { return d_n_points; }
    float point(int i) const { return d_floor[i]; } // noise power per Hz
    //! Whether a signal fills the band, that the floor was lowered below.
    bool is_filled() const { return d_noise_share < 1.0f; }
    //! Lower edge of a point, Hz.
    double point_edge(int i) const
    {
        return d_source.lower_edge(static_cast<double>(i) * d_pool);
    }
    double point_hz() const { return d_pool * d_source.bin_hz(); }

    bool is_one_sided() const { return d_one_sided; }

    //! Edges of the band, Hz.
    double lowest() const { return point_edge(0); }
    double highest() const { return point_edge(d_n_points); }
    //! Edges of its flat part, Hz.
    double lower() const { return d_lower; }
    double upper() const { return d_upper; }
    //! Whether a filter seems to narrow it.
    bool is_filtered() const { return d_is_filtered; }

    //! \param of_other begins with samples of another receiver
    void restart(bool of_other);

    static constexpr int WARM_BLOCKS = 5;

private:
    static constexpr float RIPPLE = 1.35f; // least ratio that is a signal beside noise

    bool is_steady(int i) const;
    void fit(const std::vector<float>& time, int n_blocks);
    void follow_ends(const std::vector<float>& time);
    double error_of(double points, int64_t n_blocks) const;
    int n_pieces() const;
    int point_of(int piece) const; // its first
    double edge_of(int piece) const { return point_edge(point_of(piece)); }
    band edges_of(const std::pair<int, int>& pieces) const;
    int point_at(double frequency) const; // whose lower edge is nearest
    void follow_slope(const std::vector<float>& time, int from, int step);
    void widen_steps(int from, int to);
    void lift(int n_blocks);
    void lower_below_signal();

    const spectrogram& d_source;
    const spectrogram* const d_fast;
    const bool d_one_sided;
    const bool d_is_audio;
    const int d_pool; // bins in a point
    power_history d_history;
    const int d_n_points;
    int d_age = 0;     // blocks since the last estimate
    int d_checked = 0; // age at which jumped() looked last
    int d_jumps = 0;   // blocks in a row that lie elsewhere
    bool d_fell = false;
    bands d_signals; // bands of signals in audio
    bool d_is_known_below = false;
    bool d_has_filter = true;     // whether a filter may be narrower than the band
    float d_noise_share = 1.0f;   // share of noise in the flat part; the rest is a signal
    std::pair<int, int> d_inner;  // pieces within any filter, kept by restart()
    std::pair<int, int> d_passed; // the same when the segment began
    std::pair<int, int> d_signal, d_top; // pieces of one that was taken for a filter
    response d_response{};
    std::vector<float> d_floor; // power per Hz, by point
    std::vector<float> d_level; // the same, with what never pauses
    bool d_is_filtered = false; // whether the last estimate found a filter
    double d_lift = 1.0;        // factor of the floor while few blocks came
    float d_flat_level = 0.0f;  // level of the last estimate before the floor was lowered
    double d_lower = 0.0;
    double d_upper = 0.0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_NOISE_FLOOR_H
