/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_EMISSION_TRACKER_H
#define INCLUDED_RFATTN_EMISSION_TRACKER_H

#include "base/emission.h"
#include "fit/burst_fit.h"

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
    //! s: what ended earlier explains nothing any more. A component of the slowest map,
    //! whose rows take 2 s, is closed two rows after its last.
    static constexpr double MEMORY_S = 5.0;

    /*!
     * \param least_likelihood of a burst; see cell_map::component::likelihood()
     */
    emission_tracker(double rate,
                     double least_likelihood,
                     const burst_fit& fit,
                     const noise_floor& floor);

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
    void remember(const box& found) { d_seen.push_back(found); }

    //! Follows the bursts that are on the air, and ends what is over.
    void follow(double now);

    //! Ends all emissions.
    void end_all(double now);

    void restart(uint64_t segment, uint64_t sample_start);

    //! Samples of the segment, from a sample to another, that were near full scale. They
    //! follow those of the call before.
    void add_overload(double start, double end);

    //! Whether a burst overloads the receiver at some time from a sample to another.
    //! Where it is overloaded most of the time the answer is no.
    bool is_overloaded(double start, double end) const;

    /*!
     * Whether a candidate is part of a burst that is known already.
     *
     * \param c its box
     * \param cell a box as large as a cell of its map
     * \param excess its energy, in units of independent cells
     */
    bool explains(const box& c, const box& cell, double excess, double now) const;

    //! Whether noise seldom has as much power in a box.
    bool is_likely(const box& b) const;

    //! Likelihood of the bursts that ended within a box.
    double known_likelihood(const box& where) const;

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
    struct known_burst {
        box where;
        double excess; // mean over the band
        skirt spill;
        uint64_t id;
    };
    struct live {
        emission report;
        box band; // of its bursts; start and end of the latest
        bool on_air = false;
        bool fills_band = false;
        bool has_paused = false;          // within the burst on the air
        bool has_weak_side_bands = false; // see burst_fit::band_fit
        bool has_subcarrier = false;      // on both sides: a VOR, FM in stereo
        bool is_voice = false;            // of which parts had been found one by one
        double level = 0.0;               // of the burst on the air: mean excess
        double pause = 0.0;               // samples: longest within a burst
        double pulse_s = 0.0;             // see burst_fit::envelope
        double effective_width = 0.0;     // see burst_fit::band_fit
        double fitted_width = 0.0;        // Hz: of the latest fit
        double peak = 0.0;                // Hz: see burst_fit::band_fit
        skirt spill;
        double last_on = 0.0;
        double latest_end = 0.0; // of its bursts that ended
        double reported = 0.0;   // sample of the latest report
        double fitted = 0.0;     // sample at which the band was measured last
        double pieces = 0.0;     // samples that band, excess and power are means over
        double excess = 0.0, power = 0.0;
        double busy = 0.0;         // samples of all bursts that ended
        double brief = 0.0;        // of those that are soon forgotten
        std::deque<double> starts; // of the latest bursts
    };

    // What a burst is of an emission: nothing, a part, or one that widens its band.
    enum class part { NONE, WITHIN, WIDENS };

    live* find(const burst_fit::band_fit& fit);
    bool has_line_of(const live& e, const burst_fit::band_fit& fit) const;
    static bool is_on_air_at(const live& e, const box& burst);
    bool is_part_of_another(const burst_fit::band_fit& fit);
    bool join_tone(const burst_fit::band_fit& fit, double now);
    part part_of(const live& e, const burst_fit::band_fit& fit) const;
    bool is_piece(const live& e, const box& burst, double apart) const;
    bool is_side_band(const live& e, const box& burst, double apart) const;
    bool is_beside(const box& found, const box& burst) const;
    bool is_spilt(const box& burst, bool on_air) const;
    bool is_keyed_with_another(const box& burst) const;
    double excess_beside(const box& burst, const box& band) const;
    bool is_known(const live& e, const box& burst) const;
    bool is_sum(const box& burst, double now) const;
    void extend(box& burst) const;
    double known_energy(const box& where, double now, double longest) const;
    live& begin(const box& burst);
    void add_burst(live& e, const burst_fit::band_fit& fit, double now);
    void open_burst(live& e, const burst_fit::band_fit& fit, double now);
    void close_burst(live& e, const box& burst, double now);
    void list_burst(live& e, const box& burst, emission::state what, double now);
    static double own_level(const live& e, const burst_fit::neighbours& others);
    static bool is_too_strong_for(const live& carrier, bool with_it, double power);
    void follow_burst(live& e, double now);
    bool is_covered(const live& e, double now) const;
    void end_spilt(double now);
    void absorb(live& a, live& b, double now);
    void merge_same(double now);
    void merge_subcarriers(double now);
    void merge_voices(double now);
    bool are_tones(const live& a, const live& b, double now) const;
    bool is_image(const live& e) const;

    burst_fit::neighbours others_on_air(uint64_t id, const box& own) const;
    void measure(live& e, const burst_fit::band_fit& fit);
    void report(live& e, emission::state what, double now);
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
    uint64_t d_segment = 0;
    uint64_t d_segment_start = 0; // absolute
    uint64_t d_next_id = 1;
    std::vector<live> d_live;
    std::deque<known_burst> d_recent;
    std::deque<box> d_seen;
    std::deque<std::pair<double, double>> d_overloads;
    std::vector<mask> d_masks;
    bool d_skirts_changed = false;
    bool d_has_another = false; // that began since spilt ones were looked for
    std::vector<emission> d_reports;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_EMISSION_TRACKER_H
