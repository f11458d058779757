/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SCENE_H
#define INCLUDED_RFATTN_SCENE_H

#include "base/emission.h"
#include "fit/burst_fit.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace gr {
namespace rfattn {

//! A burst that ended.
struct known_burst {
    box where;
    double excess; // mean over the band
    skirt spill;
    uint64_t id;             // of its emission
    double likelihood = 0.0; // of a cell
    uint64_t revision = 0;   // of the scene, since when it is what it is
};

//! An emission that may have more bursts, or has one on the air.
struct live_emission {
    emission report;
    box band; // band of its bursts; start and end of the latest
    bool on_air = false;
    bool fills_band = false;
    bool has_paused = false;          // whether the burst on the air has paused
    bool has_weak_side_bands = false; // see burst_fit::band_fit
    bool has_subcarrier = false;      // whether it has subcarriers: a VOR, FM in stereo
    std::optional<box> core;          // the band before it was found modulated beyond
    double level = 0.0;               // mean excess of the burst on the air
    double pause = 0.0;               // samples: longest within a burst
    double pulse_s = 0.0;             // see burst_fit::envelope
    double effective_width = 0.0;     // see burst_fit::band_fit
    box latest;                       // band by the latest fit
    std::optional<box> spread; // the band with what it spreads for moments, far weaker
    std::shared_ptr<const band_shape> shape; // spectrum of its clearest burst
    skirt spill;
    double last_on = 0.0;
    double latest_end = 0.0; // latest end of its bursts
    double reported = 0.0;   // sample of the latest report
    double fitted = 0.0;     // sample at which the band was measured last
    double pieces = 0.0;     // samples that band, excess and power are means over
    double excess = 0.0, power = 0.0;
    double busy = 0.0;         // samples of all bursts that ended
    double brief = 0.0;        // samples of those that are soon forgotten
    std::deque<double> starts; // starts of the latest bursts
    uint64_t revision = 0;     // of the scene, since when its burst is what it is

    bool is_over() const { return report.what == emission::state::END; }
};

//! A burst that was measured.
struct measured_burst {
    burst_fit::band_fit fit;
    double excess; // mean over its band
    bool on_air;
    uint64_t id = 0; // of its emission; 0 where it has none yet

    const box& where() const { return fit.where; }
    double power() const { return excess * fit.where.width(); }
};

//! \brief What the tracker knows when it decides what a candidate or a burst is.
struct scene {
    static constexpr double RECENT_S = 0.8; // time after which a short burst is forgotten
    static constexpr double LASTING_S = 0.008; // length of the longest short burst
    //! After it any burst is forgotten. A component of the slowest map, whose rows take
    //! 2 s, is closed two rows after its last.
    static constexpr double MEMORY_S = 5.0;

    double rate; // Hz
    const burst_fit& fit;
    double now = 0.0;           // samples of the segment so far
    uint64_t segment_start = 0; // absolute
    std::vector<live_emission> live{};
    std::deque<known_burst> recent{}; // by rising revision
    //! Candidates that were looked at, by rising revision.
    struct seen_box {
        box where;
        uint64_t revision;
    };
    std::deque<seen_box> seen{};
    uint64_t revision = 1; // rises with every change

    void restart(uint64_t sample_start);

    void add_recent(known_burst k);
    void add_seen(const box& where) { seen.push_back({ where, ++revision }); }

    //! Forgets what ended too long ago to explain anything.
    void forget();

    //! Whether the burst of an emission that is on the air has begun before another ends:
    //! what lies earlier may be found later.
    static bool is_on_air_at(const live_emission& e, const box& burst);

    //! Emissions on the air but one, or two. One that covers its band may be the same
    //! signal.
    burst_fit::neighbours
    others_on_air(uint64_t id, const box& own, uint64_t second = 0) const;

    //! Energy, in units of independent cells, of the bursts up to a length that ended
    //! within a box. What was forgotten is taken to be as frequent as on average.
    double known_energy(const box& where, double longest) const;

    //! Likelihood of the bursts that ended within a box.
    double known_likelihood(const box& where) const;
};

//! The band that frequency modulation may reach, around that of most of the power.
box reach_of(const live_emission& e, double widths = 1.0);

//! Whether so much power, with a carrier or without it, is more than what modulates that
//! has: the side bands of amplitude modulation have half of the carrier's at most.
bool is_too_strong_for(const live_emission& carrier, bool with_it, double power);

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SCENE_H
