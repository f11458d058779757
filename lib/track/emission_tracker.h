/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_EMISSION_TRACKER_H
#define INCLUDED_RFATTN_EMISSION_TRACKER_H

#include "base/emission.h"
#include "explanations.h"
#include "fit/burst_fit.h"
#include "fit/decisions.h"
#include "floor/noise_floor.h"
#include "scene.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Keeps the emissions of a band: joins their bursts, ends what is over, reports.
 *
 * A burst belongs to the live emission whose band is about its own, or which has the same
 * strong line; otherwise it begins another. An emission ends when it was off the air for
 * longer than three of its periods, and 2 s at least.
 */
class emission_tracker {
public:
    /*!
     * \param least_likelihood of a burst; see cell_map::component::likelihood()
     */
    emission_tracker(double rate,
                     double least_likelihood,
                     const burst_fit& fit,
                     const noise_floor& floor,
                     const decisions& d);

    /*!
     * A signal was found.
     *
     * \param found where; measured here
     * \param now samples of the segment so far
     * \param least samples of all its bursts, at least: else none is added
     */
    void add(const box& found, double now, double least = 0.0);

    /*!
     * A signal fills the band, or most of it, since the segment began.
     *
     * \param band edges that hold it; measured here
     */
    void add_filling(const box& band, double now);

    //! A signal that was found needs no other explanation from now on.
    void remember(const box& found) { d_scene.add_seen(found); }

    //! Follows the bursts that are on the air, and ends what is over.
    void follow(double now);

    //! Ends all emissions.
    void end_all(double now);

    void restart(uint64_t segment, uint64_t sample_start);

    //! Samples of the segment, from a sample to another, that were near full scale. They
    //! follow those of the call before.
    void add_overload(double start, double end);

    //! Whether noise seldom has as much power in a box.
    bool is_likely(const box& b) const
    {
        return is_likely(b, d_fit.measure_strength(b).excess);
    }

    //! What is known at a time, for the decisions about candidates.
    const scene& known(double now)
    {
        d_scene.now = now;
        return d_scene;
    }

    /*!
     * Multiplies the reciprocal of the floor so that the skirts of what is on the air
     * count as noise.
     *
     * \param inverse by bin of the spectrogram
     */
    void add_skirts(const spectrogram& s, float* inverse) const;

    //! Whether add_skirts() would add others than at the last call of this.
    bool skirts_changed();

    //! A burst that is on the air, with a guard.
    struct mask {
        double lower, upper; // Hz
        box band;
        double excess; // mean over the band

        //! Lower and upper edge, Hz, in a spectrogram whose window leaks.
        std::pair<double, double> edges(double bin_hz) const;
    };
    const std::vector<mask>& masks() const { return d_masks; }

    //! Takes the reports made since the last call.
    void take_reports(std::vector<emission>& to);

private:
    using live = live_emission;

    bool is_likely(const box& b, double excess) const;

    burst_fit::envelope find_bursts(const box& found,
                                    const burst_fit::band_fit& whole,
                                    const burst_fit::neighbours& others);
    bool explain(const measured_burst& m);
    void place(burst_fit::band_fit fit,
               const burst_fit::envelope& times,
               double effective_width,
               bool on_air);
    template <typename score>
    live* most(score&& score_of);
    live* find(const burst_fit::band_fit& fit);
    bool is_known(const live& e, const box& burst) const;
    live& begin(const box& burst);
    void add_burst(live& e, const burst_fit::band_fit& fit);
    static void add_start(live& e, double start);
    void open_burst(live& e, const burst_fit::band_fit& fit);
    void close_burst(live& e, const box& burst);
    void list_burst(live& e, const box& burst, emission::state what);
    static double own_level(const live& e, const burst_fit::neighbours& others);
    void follow_burst(live& e);
    void absorb(live& a, live& b);
    static void add_spread(live& e, const box& b);
    void merge_same();
    void merge_parts();
    part part_again(const live& b, const live& a) const;
    void merge_subcarriers();
    bool is_image(const live& e) const;
    std::optional<uint64_t> spilt_by_another(const live& e) const;

    void measure(live& e, const burst_fit::band_fit& fit);
    void report(live& e, emission::state what);
    bool has_overload(double start, double end) const;
    std::optional<double> period_s(const live& e) const; // median; of 3 bursts or more
    double least_pause(const live& e) const;
    double longest_pause(const live& e) const;
    double longest_silence(const live& e) const;
    void update_masks();

    const double d_rate;
    const double d_least_likelihood;
    const burst_fit& d_fit;
    const noise_floor& d_floor;
    const decisions& d_decisions;
    scene d_scene;
    uint64_t d_segment = 0;
    uint64_t d_next_id = 1;
    std::deque<std::pair<double, double>> d_overloads;
    std::vector<mask> d_masks;
    bool d_skirts_changed = false;
    std::vector<emission> d_reports;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_EMISSION_TRACKER_H
