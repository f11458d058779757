/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "emission_tracker.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace gr {
namespace rfattn {

namespace {

constexpr double SILENCE_S = 2.0; // an emission lives on without a burst
constexpr double SILENCE_PERIODS = 3.0;
constexpr double LONGEST_SILENCE_S = 30.0;
constexpr double SAME_BAND = 0.6; // of the narrower band
constexpr double SAME_WIDTH = 2.5;
constexpr double RECENT_S = 0.8;        // bursts that explain late candidates;
constexpr double KNOWN_SHARE = 0.35;    // of the energy of a box, by bursts within it
constexpr double LASTING_S = 0.008;     // those in slow maps, too, if longer than this
constexpr double FIT_EVERY_S = 0.05;    // of a burst on the air
constexpr double REPORT_EVERY_S = 0.25; // of a burst on the air
constexpr double UNSEEN_S = 0.05;       // what begins earlier may have begun before
constexpr double TOGETHER_S = 0.004;
constexpr double CLICK_S = 0.01;     // around the edge of a burst
constexpr double CLICK_MARGIN = 8.0; // 2.7 by the window where it is largest, 3 by noise
constexpr uint64_t MANY_BURSTS = 3;
constexpr double SLOW_S = 0.003;     // length of a cell of a slow map
constexpr double ACTIVE_S = 0.1;     // since the last of them
constexpr double GUARD_HZ = 2000.0;  // at most
constexpr double GUARD = 0.1;        // of the width, beside a band on the air
constexpr double NEAR_RATIO = 100.0; // of powers: what is so much weaker, right beside
constexpr double NEAR_WIDTHS = 1.5, NEAR_HZ = 10e3;
constexpr double SPILT_RATIO = 20.0;  // or begins and ends with it,
constexpr double SPILT_DENSITY = 5.0; // and has so much less density,
constexpr double SPILT_WIDTHS = 3.0, SPILT_HZ = 50e3;
constexpr double SPILT_S = 0.008, MOST_SMEAR_S = 0.1;
constexpr double PIECE_GAP = 0.15; // of the narrower of two pieces
constexpr double PIECE_RATIO = 2.0;
constexpr double LEAST_PIECE_HZ = 4000.0; // narrower signals are not found in pieces
constexpr double FILLING_SHARE = 0.75;    // of the band: what is wider fills all of it
constexpr double FILLING_PAUSE_S = 0.02;  // within what fills the band: frames of TDD
constexpr double STEADY_S = 0.35;         // a narrow signal without a pause for so long
constexpr double STEADY_PAUSE_S = 0.1;    // is over after one as long as this
constexpr double SKIRT_MARGIN = 1.5;      // of the energy that a skirt holds on average
constexpr double SKIRT_WIDTHS = 20.0;
constexpr double SKIRT_DB = 45.0;    // below a burst, within so many widths,
constexpr double SPUR_DB = 50.0;     // or anywhere
constexpr double OVERLOADED_S = 0.5; // overload for half of such a time says nothing
constexpr double SKIRT_S = 0.02;
constexpr size_t PERIODS = 32;       // starts that a period is the median of
constexpr double LEAST_EXCESS = 0.4; // weaker ones are errors of the floor
constexpr double FLOOR_ERROR = 0.15; // of the floor, that it may be wrong by
constexpr double LEAST_IMAGE_DB = 20.0, MOST_IMAGE_DB = 60.0;
constexpr double IMAGE_S = 0.02;     // between the starts of a signal and its image
constexpr double LEAST_DC_HZ = 50e3; // wider bands are no receiver's offset

double db(double ratio)
{
    return 10.0 * std::log10(std::max(ratio, 1e-20));
}

// Whether one of the others lies within a box.
bool holds(const box& b, const burst_fit::neighbours& others)
{
    return std::any_of(others.begin(), others.end(), [&](const auto& other) {
        return other.lower > b.lower && other.upper < b.upper;
    });
}

// Energy that a burst leaves in the band of `c` when it is switched on or off, over its
// power, s: a step in the amplitude has the spectrum 1 / (2 pi f).
double click_share(const box& burst, const box& c, const box& cell)
{
    const auto beyond = [&](double from, double to) {
        const double least = std::max(from, 0.5 * cell.width());
        return to > least ? 1.0 / least - 1.0 / to : 0.0;
    };
    return (beyond(c.lower - burst.upper, c.upper - burst.upper) +
            beyond(burst.lower - c.upper, burst.lower - c.lower)) /
           (4.0 * M_PI * M_PI);
}

// A burst may be found after a later one.
void add_start(std::deque<double>& starts, double start)
{
    starts.insert(std::upper_bound(starts.begin(), starts.end(), start), start);
}

} // namespace

emission_tracker::emission_tracker(double rate,
                                   double least_likelihood,
                                   const burst_fit& fit,
                                   const noise_floor& floor)
    : d_rate(rate),
      d_least_likelihood(least_likelihood),
      d_fit(fit),
      d_floor(floor)
{
}

void emission_tracker::restart(uint64_t segment, uint64_t sample_start)
{
    d_segment = segment;
    d_segment_start = sample_start;
    d_live.clear();
    d_recent.clear();
    d_seen.clear();
    d_overloads.clear();
    d_masks.clear();
}

bool emission_tracker::explains(const box& c,
                                const box& cell,
                                double excess,
                                double now) const
{
    // A map blurs a burst by the size of its cells.
    const auto covers = [&](const box& b, double end) {
        const double time =
            overlap(c.start, c.end, b.start - cell.duration(), end + cell.duration());
        const double band =
            overlap(c.lower, c.upper, b.lower - cell.width(), b.upper + cell.width());
        return time > 0.5 * c.duration() && band > 0.5 * c.width();
    };
    const auto is_part = [&](const box& b, double end, const skirt& spill) {
        if (covers(b, end))
            return true;
        const double time =
            overlap(c.start, c.end, b.start - cell.duration(), end + cell.duration());
        if (time < 0.5 * c.duration())
            return false;
        // Its skirts, or it holds the burst and little more.
        const double spilt =
            spill.over(c.lower - 0.5 * cell.width(), c.upper + 0.5 * cell.width());
        return excess < SKIRT_MARGIN * time / d_rate * spilt ||
               (b.lower > c.lower - cell.width() && b.upper < c.upper + cell.width() &&
                c.width() < 2.0 * b.width() + cell.width());
    };
    const auto is_click = [&](const box& b, double end, double level) {
        const auto size = static_cast<double>(d_fit.for_time(b.width()).size());
        const double near = cell.duration() + size + CLICK_S * d_rate;
        const auto is_around = [&](double edge) {
            return std::abs(c.start - edge) < near || std::abs(c.end - edge) < near;
        };
        // Beside the burst: within its band is what it holds itself.
        return overlap(c.lower, c.upper, b.lower, b.upper) <= 0.0 &&
               (is_around(b.start) || is_around(end)) &&
               excess < CLICK_MARGIN * level * b.width() * click_share(b, c, cell);
    };
    for (const auto& e : d_live)
        if (e.on_air &&
            (is_part(e.band, now, e.spill) || is_click(e.band, e.last_on, e.level)))
            return true;
    for (const auto& b : d_recent)
        if (is_part(b.where, b.where.end, b.spill) ||
            is_click(b.where, b.where.end, b.excess))
            return true;
    const double cells = std::max(1.0, c.duration() / d_rate * c.width());
    // Skirts, spurs and what a converter adds: far below a burst, and not before it.
    const auto is_skirt = [&](const box& b, double level, double end) {
        const double apart = std::max(c.lower, b.lower) - std::min(c.upper, b.upper);
        const double below = db(level * cells / std::max(excess, 1e-9));
        return c.start > b.start - SKIRT_S * d_rate && c.start < end &&
               below > (apart < SKIRT_WIDTHS * b.width() ? SKIRT_DB : SPUR_DB);
    };
    for (const auto& e : d_live)
        if (e.on_air && is_skirt(e.band, e.level, now))
            return true;
    for (const auto& b : d_recent)
        if (is_skirt(b.where, b.excess, b.where.end))
            return true;
    // What slow maps make of the bursts of a wider emission.
    for (const auto& e : d_live)
        if (e.report.burst_count >= MANY_BURSTS && cell.duration() > SLOW_S * d_rate &&
            c.width() < 0.8 * e.band.width() && now - e.band.end < ACTIVE_S * d_rate &&
            excess / cells < 2.0 * e.level &&
            overlap(c.lower, c.upper, e.band.lower, e.band.upper) > 0.8 * c.width())
            return true;
    if (known_energy(c, now, 1e30) > KNOWN_SHARE * excess)
        return true;
    for (const auto& b : d_seen)
        if (covers(b, b.end))
            return true;
    return false;
}

bool emission_tracker::is_overloaded(double start, double end) const
{
    double within = 0.0, lately = 0.0;
    for (auto o = d_overloads.rbegin(); o != d_overloads.rend(); ++o) {
        if (o->second < end - OVERLOADED_S * d_rate)
            break;
        within += overlap(o->first, o->second, start, end);
        lately += o->second - o->first;
    }
    return within > 0.0 && lately < 0.5 * OVERLOADED_S * d_rate;
}

// Emissions on the air but one. One that covers its band may be the same signal.
burst_fit::neighbours emission_tracker::others_on_air(uint64_t id, const box& own) const
{
    burst_fit::neighbours others;
    for (const auto& e : d_live)
        if (e.on_air && e.report.id != id &&
            overlap(e.band.lower, e.band.upper, own.lower, own.upper) <=
                0.5 * own.width())
            others.push_back({ e.band.lower, e.band.upper, e.spill });
    return others;
}

void emission_tracker::add_skirts(const spectrogram& s, float* inverse) const
{
    for (const auto& e : d_live) {
        if (!e.on_air)
            continue;
        const int first = s.bin_at(e.spill.lower()), last = s.bin_at(e.spill.upper());
        for (int i = first; i <= last; i++) {
            const double edge = s.lower_edge(i);
            const double noise = e.spill.over(edge, edge + s.bin_hz()) / s.bin_hz();
            inverse[i] /= static_cast<float>(1.0 + noise);
        }
    }
}

bool emission_tracker::skirts_changed()
{
    return std::exchange(d_skirts_changed, false);
}

// Energy, in units of independent cells, of the bursts up to a length that ended within a
// box. What was forgotten is taken to be as frequent as on average.
double emission_tracker::known_energy(const box& c, double now, double longest) const
{
    double sum = 0.0;
    const double oldest = now - RECENT_S * d_rate;
    for (const auto& b : d_recent)
        if (b.where.duration() < longest &&
            (b.where.end > oldest || b.where.duration() >= LASTING_S * d_rate))
            sum += overlap(c.start, c.end, b.where.start, b.where.end) / d_rate *
                   overlap(c.lower, c.upper, b.where.lower, b.where.upper) * b.excess;
    for (const auto& e : d_live) {
        if (e.report.burst_count < MANY_BURSTS || e.starts.empty())
            continue;
        const double first = static_cast<double>(e.report.sample_start - d_segment_start);
        const double duty = e.brief / std::max(1.0, e.latest_end - first);
        sum += overlap(c.start, c.end, first, std::min(oldest, e.latest_end)) / d_rate *
               overlap(c.lower, c.upper, e.band.lower, e.band.upper) * e.excess * duty;
    }
    return sum;
}

double emission_tracker::known_likelihood(const box& c) const
{
    double sum = 0.0;
    for (const auto& b : d_recent) {
        const double time = overlap(c.start, c.end, b.where.start, b.where.end) / d_rate;
        const double cells =
            time * overlap(c.lower, c.upper, b.where.lower, b.where.upper);
        if (cells > 0.0 && b.where.duration() < 0.5 * c.duration())
            sum += cells * (b.excess - std::log1p(b.excess));
    }
    return sum;
}

bool emission_tracker::is_likely(const box& b) const
{
    const double cells = std::max(1.0, b.duration() / d_rate * b.width());
    const double excess = d_fit.measure_strength(b).excess;
    const double energy = (excess - FLOOR_ERROR) * cells;
    return excess > LEAST_EXCESS &&
           energy - cells * std::log1p(energy / cells) > d_least_likelihood;
}

void emission_tracker::add(const box& found, double now, double least)
{
    const auto others = others_on_air(0, found);
    const auto found_fit = d_fit.fit_band(found, others);
    const box& band = found_fit.where;
    const double margin = std::max(0.25 * found.duration(), 0.01 * d_rate);
    auto times = d_fit.fit_times(band,
                                 margin,
                                 std::max(margin, now - found.end),
                                 0.0,
                                 0.0,
                                 found_fit.effective_width);
    if (times.bursts.empty()) {
        box b = band;
        b.end = std::min(b.end, now);
        times.bursts.push_back(b);
    }
    // Measured again without the pauses.
    for (auto& b : times.bursts) {
        if (overlap(b.start,
                    b.end,
                    found.start - 0.1 * found.duration(),
                    found.end + 0.1 * found.duration()) <= 0.0)
            continue;
        auto fit = d_fit.fit_band(b, others);
        d_fit.widen_keyed(fit);
        b = fit.where;
        if (b.duration() < least || !is_likely(b) || (fit.is_empty && holds(b, others)))
            continue;
        const auto& rows = d_fit.for_time(b.width());
        const bool on_air =
            b.end > now - times.pause - 2.0 * rows.size() && &b == &times.bursts.back();
        if (is_part_of_another(b) || is_beside(found, b) || is_sum(b, now) ||
            is_spilt(b, on_air))
            continue;
        extend(b);
        live* e = find(b);
        if (!e)
            e = &begin(b);
        if (e->on_air || is_known(*e, b))
            continue;
        e->pause = times.pause;
        e->pulse_s = times.pulse_s;
        e->effective_width = found_fit.effective_width;
        const burst_fit::band_fit fitted{ b, fit.spill, fit.effective_width };
        if (on_air)
            open_burst(*e, fitted, now);
        else
            add_burst(*e, fitted, now);
    }
    update_masks();
}

void emission_tracker::add_filling(const box& band, double now)
{
    auto fit = d_fit.fit_band(band, {});
    if (fit.is_empty)
        return;
    if (fit.where.width() > FILLING_SHARE * band.width())
        fit.where = band;
    fit.where.end = now;
    auto& e = begin(fit.where);
    e.fills_band = true;
    e.pause = longest_pause(e);
    open_burst(e, fit, now);
    update_masks();
}

// Whether a burst right beside a band on the air, and no stronger, is one more piece of
// it.
bool emission_tracker::is_piece(const live& e, const box& b, double apart) const
{
    const double narrow = std::min(b.width(), e.band.width());
    const double wide = std::max(b.width(), e.band.width());
    return narrow > LEAST_PIECE_HZ && apart > -0.5 * narrow &&
           apart < std::min(PIECE_GAP * narrow, 0.05 * wide) &&
           d_fit.measure_strength(b).excess < PIECE_RATIO * e.level;
}

// Whether a burst lies in a band that is on the air, or holds such a band and little
// more.
bool emission_tracker::is_part_of_another(const box& b)
{
    for (auto& e : d_live) {
        if (!e.on_air)
            continue;
        const double common = overlap(b.lower, b.upper, e.band.lower, e.band.upper);
        if (common > 0.5 * b.width())
            return true;
        const double narrow = std::min(b.width(), e.band.width());
        const double apart =
            std::max(b.lower, e.band.lower) - std::min(b.upper, e.band.upper);
        // Two tones that begin together, say.
        const bool together = b.start > UNSEEN_S * d_rate && apart < 1.5 * narrow &&
                              std::abs(b.start - e.band.start) < TOGETHER_S * d_rate;
        const bool is_weak = d_fit.measure_strength(b).excess * PIECE_RATIO < e.level;
        const bool is_one = is_piece(e, b, apart);
        if (is_one && is_weak)
            return true;
        if (together || is_one ||
            (common > 0.5 * e.band.width() && b.width() < 3.0 * e.fitted_width)) {
            e.band.lower = std::min(e.band.lower, b.lower);
            e.band.upper = std::max(e.band.upper, b.upper);
            e.pause = std::min(e.pause, longest_pause(e)); // shorter in a wider band
            return true;
        }
    }
    return false;
}

// Whether the fit left what was found for an emission on the air beside it.
bool emission_tracker::is_beside(const box& found, const box& b) const
{
    const auto is_fitted = [&](const live& e) {
        return e.on_air && overlap(e.band.lower, e.band.upper, b.lower, b.upper) > 0.0;
    };
    return overlap(b.lower, b.upper, found.lower, found.upper) <= 0.0 &&
           std::any_of(d_live.begin(), d_live.end(), is_fitted);
}

// Whether much stronger signals spill it: it is as strong as their skirts, lies right
// beside them, or begins and ends with their bursts.
bool emission_tracker::is_spilt(const box& b, bool on_air) const
{
    const double excess = d_fit.measure_strength(b).excess;
    const double power = excess * b.width();
    const double smear = std::min(MOST_SMEAR_S, 25.0 / (excess * excess) / b.width());
    const double tolerance =
        std::max(std::min(SPILT_S * d_rate, 0.25 * b.duration()), smear * d_rate);
    double spilt = 0.0;
    std::vector<uint64_t> begun; // emissions, one of whose bursts began with it
    const auto compare = [&](const known_burst& k, bool last_on_air) {
        const double time = overlap(b.start, b.end, k.where.start, k.where.end);
        spilt += time / b.duration() * k.spill.over(b.lower, b.upper);
        const double apart =
            std::max(b.lower, k.where.lower) - std::min(b.upper, k.where.upper);
        if (k.excess < SPILT_DENSITY * excess)
            return false;
        const double below = k.excess * k.where.width() / power;
        if (below > NEAR_RATIO && time > 0.8 * b.duration() && apart > 0.0 &&
            apart < std::min(NEAR_WIDTHS * k.where.width(), NEAR_HZ))
            return true;
        if (below < SPILT_RATIO ||
            apart > std::max(SPILT_WIDTHS * k.where.width(), SPILT_HZ))
            return false;
        if (std::abs(k.where.start - b.start) < tolerance && b.start > UNSEEN_S * d_rate)
            begun.push_back(k.id);
        const bool with_it = last_on_air == on_air &&
                             (on_air || std::abs(k.where.end - b.end) < tolerance);
        return with_it && std::find(begun.begin(), begun.end(), k.id) != begun.end();
    };
    for (const auto& k : d_recent)
        if (compare(k, false))
            return true;
    for (const auto& e : d_live)
        if (e.on_air && compare({ e.band, e.level, e.spill, e.report.id }, true))
            return true;
    return power < SKIRT_MARGIN * spilt;
}

// Whether shorter bursts that are known hold much of its energy.
bool emission_tracker::is_sum(const box& b, double now) const
{
    const double cells = b.duration() / d_rate * b.width();
    return known_energy(b, now, 0.5 * b.duration()) >
           KNOWN_SHARE * cells * d_fit.measure_strength(b).excess;
}

// A burst in the band of a wider emission is one of its own where the whole band is as
// strong as usual: noise has cut pieces from it.
void emission_tracker::extend(box& b) const
{
    for (const auto& e : d_live) {
        const double common = overlap(b.lower, b.upper, e.band.lower, e.band.upper);
        if (e.on_air || e.report.burst_count < MANY_BURSTS || common < 0.8 * b.width() ||
            b.width() > e.band.width())
            continue;
        const box whole{ b.start, b.end, e.band.lower, e.band.upper };
        if (d_fit.measure_strength(b).excess < 2.0 * e.excess &&
            d_fit.measure_strength(whole).excess > 0.5 * e.excess) {
            b = whole;
            return;
        }
    }
}

// Whether most of a burst lies within one of the same emission.
bool emission_tracker::is_known(const live& e, const box& b) const
{
    for (const auto& k : d_recent)
        if (k.id == e.report.id && overlap(k.where.start, k.where.end, b.start, b.end) >
                                       0.3 * std::min(b.duration(), k.where.duration()))
            return true;
    return false;
}

emission_tracker::live* emission_tracker::find(const box& b)
{
    live* best = nullptr;
    double largest = 0.0;
    for (auto& e : d_live) {
        const double common = overlap(b.lower, b.upper, e.band.lower, e.band.upper);
        const double narrow = std::min(b.width(), e.band.width());
        const double wide = std::max(b.width(), e.band.width());
        if (common < SAME_BAND * narrow || wide > SAME_WIDTH * narrow)
            continue;
        if (common / wide > largest) {
            largest = common / wide;
            best = &e;
        }
    }
    return best;
}

emission_tracker::live& emission_tracker::begin(const box& b)
{
    live e;
    e.report.id = d_next_id++;
    e.report.segment = d_segment;
    e.report.sample_start =
        d_segment_start + static_cast<uint64_t>(std::max(0.0, b.start));
    e.band = b;
    d_live.push_back(e);
    return d_live.back();
}

// Means over the time of all bursts.
void emission_tracker::measure(live& e, const burst_fit::band_fit& fit)
{
    const box& b = fit.where;
    e.spill = fit.spill;
    e.fitted_width = b.width();
    if (fit.effective_width > 0.0)
        e.effective_width = fit.effective_width;
    const auto strength = d_fit.measure_strength(b);
    const double n = std::min(b.duration(), 0.5 * d_rate);
    const double share = n / (e.pieces + n);
    e.pieces += n;
    e.band.lower += share * (b.lower - e.band.lower);
    e.band.upper += share * (b.upper - e.band.upper);
    e.band.start = b.start;
    e.band.end = b.end;
    e.excess += share * (strength.excess - e.excess);
    e.power += share * (strength.power - e.power);
    e.level = strength.excess;
}

void emission_tracker::open_burst(live& e, const burst_fit::band_fit& fit, double now)
{
    const box& b = fit.where;
    measure(e, fit);
    e.on_air = d_skirts_changed = true;
    e.has_paused = false;
    e.last_on = b.end;
    e.fitted = now;
    add_start(e.starts, b.start);
    report(e,
           e.report.burst_count || e.starts.size() > 1 ? emission::state::UPDATE
                                                       : emission::state::NEW,
           now);
}

void emission_tracker::add_burst(live& e, const burst_fit::band_fit& fit, double now)
{
    const box& b = fit.where;
    measure(e, fit);
    add_start(e.starts, b.start);
    close_burst(e, b, now);
}

void emission_tracker::close_burst(live& e, const box& b, double now)
{
    const bool first = e.report.burst_count == 0 && !e.on_air;
    const double start = std::max(0.0, b.start),
                 end = std::clamp(b.end, start + 1.0, now);
    e.report.bursts.push_back({ d_segment_start + static_cast<uint64_t>(start),
                                static_cast<uint64_t>(end - start) });
    e.report.burst_count++;
    e.report.sample_start =
        std::min(e.report.sample_start, d_segment_start + static_cast<uint64_t>(start));
    e.latest_end = std::max(e.latest_end, end);
    e.busy += end - start;
    if (end - start < LASTING_S * d_rate)
        e.brief += end - start;
    d_skirts_changed |= e.on_air;
    e.on_air = false;
    e.band.start = start;
    e.band.end = end;
    d_recent.push_back({ e.band, e.level, e.spill, e.report.id });
    while (e.starts.size() > PERIODS)
        e.starts.pop_front();
    report(e, first ? emission::state::NEW : emission::state::UPDATE, now);
}

void emission_tracker::follow(double now)
{
    for (auto& e : d_live)
        if (e.on_air)
            follow_burst(e, now);
    merge_same(now);
    const auto is_old = [&](const box& b) {
        return b.end <
               now - (b.duration() < LASTING_S * d_rate ? RECENT_S : MEMORY_S) * d_rate;
    };
    d_recent.erase(std::remove_if(d_recent.begin(),
                                  d_recent.end(),
                                  [&](const auto& b) { return is_old(b.where); }),
                   d_recent.end());
    d_seen.erase(std::remove_if(d_seen.begin(), d_seen.end(), is_old), d_seen.end());
    while (!d_overloads.empty() && d_overloads.front().second < now - 60.0 * d_rate)
        d_overloads.pop_front();
    for (auto& e : d_live)
        if (!e.on_air && now - e.band.end > longest_silence(e) * d_rate)
            report(e, emission::state::END, now);
    d_live.erase(std::remove_if(
                     d_live.begin(),
                     d_live.end(),
                     [](const live& e) { return e.report.what == emission::state::END; }),
                 d_live.end());
    update_masks();
}

// Of two bands on the air that cover each other, the later was a part of the earlier.
void emission_tracker::merge_same(double now)
{
    for (auto& a : d_live)
        for (auto& b : d_live) {
            if (!a.on_air || !b.on_air || a.report.id >= b.report.id)
                continue;
            const double common =
                overlap(a.band.lower, a.band.upper, b.band.lower, b.band.upper);
            const double narrow = std::min(a.band.width(), b.band.width());
            const double wide = std::max(a.band.width(), b.band.width());
            if (common < SAME_BAND * narrow || wide > 4.0 * narrow)
                continue;
            a.band.lower = std::min(a.band.lower, b.band.lower);
            a.band.upper = std::max(a.band.upper, b.band.upper);
            a.band.start = std::min(a.band.start, b.band.start);
            a.last_on = std::max(a.last_on, b.last_on);
            a.fitted = 0.0;
            b.on_air = false;
            report(b, emission::state::END, now);
        }
}

void emission_tracker::follow_burst(live& e, double now)
{
    const auto& rows = d_fit.for_time(e.band.width());
    const double pause = e.pause;
    const double look = std::max({ pause, 4.0 * rows.size(), 0.03 * d_rate });
    box recent = e.band;
    recent.start = std::max(e.band.start, now - look - 2.0 * rows.size());
    recent.end = now;
    const auto times = d_fit.fit_times(recent, 0.0, 0.0, e.level, e.pause);
    bool over = false;
    for (const auto& b : times.bursts) {
        if (b.end < e.last_on)
            continue;
        if (b.start > e.last_on + pause + static_cast<double>(rows.hop())) {
            over = true;
            break;
        }
        e.last_on = std::min(now, b.end);
    }
    e.has_paused |= times.has_paused && now - e.last_on < 2.0 * rows.size();
    const double smear =
        2.0 * rows.size() +
        std::min(0.2, 25.0 / (e.level * e.level + 1e-9) / e.band.width()) * d_rate;
    if (over || now - e.last_on > pause + smear) {
        box whole = e.band;
        whole.end = e.last_on;
        close_burst(e, whole, now);
        // While it was on the air its band was left out of the maps.
        for (const auto& b : times.bursts) {
            if (b.start <= whole.end)
                continue;
            const burst_fit::band_fit fit{ b, e.spill };
            if (b.end > now - pause - 2.0 * rows.size())
                open_burst(e, fit, now);
            else
                add_burst(e, fit, now);
        }
        return;
    }
    e.band.end = now;
    // Only what is on the air is measured.
    if (now - e.fitted < FIT_EVERY_S * d_rate || now - e.last_on > 2.0 * rows.size())
        return;
    box piece = e.band;
    piece.start = std::max(e.band.start, e.last_on - 0.4 * d_rate);
    piece.end = e.last_on;
    const double start = e.band.start;
    auto fit = d_fit.fit_band(piece, others_on_air(e.report.id, e.band));
    d_fit.widen_keyed(fit);
    if (e.fills_band) { // what is lost of it in an echo comes back
        fit.where.lower = e.band.lower;
        fit.where.upper = e.band.upper;
    }
    measure(e, fit);
    d_skirts_changed = true;
    e.pause = longest_pause(e);
    if (!e.has_paused && e.last_on - start > STEADY_S * d_rate)
        e.pause = std::min(e.pause, std::max(STEADY_PAUSE_S * d_rate, least_pause(e)));
    e.band.start = start;
    e.fitted = now;
    // Weaker than it seemed at first: an error of the floor.
    if (e.excess < LEAST_EXCESS && e.report.burst_count == 0) {
        e.on_air = false;
        report(e, emission::state::END, now);
        return;
    }
    if (now - e.reported >= REPORT_EVERY_S * d_rate)
        report(e, emission::state::UPDATE, now);
}

// Samples that the rows of its band resolve.
double emission_tracker::least_pause(const live& e) const
{
    return 2.5 * static_cast<double>(d_fit.for_time(e.band.width()).hop());
}

// Samples: within a burst of its present band.
double emission_tracker::longest_pause(const live& e) const
{
    if (e.fills_band)
        return FILLING_PAUSE_S * d_rate;
    return std::max(
        burst_fit::longest_pause_s(e.band.width(), e.pulse_s, e.effective_width) * d_rate,
        least_pause(e));
}

std::optional<double> emission_tracker::period_s(const live& e) const
{
    if (e.starts.size() < 3)
        return std::nullopt;
    std::vector<double> periods;
    for (size_t i = 1; i < e.starts.size(); i++)
        periods.push_back((e.starts[i] - e.starts[i - 1]) / d_rate);
    std::nth_element(
        periods.begin(), periods.begin() + periods.size() / 2, periods.end());
    return periods[periods.size() / 2];
}

double emission_tracker::longest_silence(const live& e) const
{
    return std::clamp(
        SILENCE_PERIODS * period_s(e).value_or(0.0), SILENCE_S, LONGEST_SILENCE_S);
}

void emission_tracker::end_all(double now)
{
    for (auto& e : d_live) {
        if (e.on_air)
            close_burst(
                e,
                { e.band.start, std::min(now, e.last_on), e.band.lower, e.band.upper },
                now);
        report(e, emission::state::END, now);
    }
    d_live.clear();
    d_masks.clear();
}

// Whether a much stronger emission lies at the mirror image of the band, at the same
// time.
bool emission_tracker::is_image(const live& e) const
{
    for (const auto& m : d_live) {
        const double common =
            overlap(-e.band.upper, -e.band.lower, m.band.lower, m.band.upper);
        const double above = db(m.excess / std::max(e.excess, 1e-9));
        if (m.report.id != e.report.id && m.on_air == e.on_air &&
            common > SAME_BAND * std::max(e.band.width(), m.band.width()) &&
            above > LEAST_IMAGE_DB && above < MOST_IMAGE_DB &&
            std::abs(m.band.start - e.band.start) < IMAGE_S * d_rate)
            return true;
    }
    return false;
}

void emission_tracker::report(live& e, emission::state what, double now)
{
    auto& r = e.report;
    e.reported = now;
    r.what = what;
    r.sample_now = d_segment_start + static_cast<uint64_t>(now);
    const double start = static_cast<double>(r.sample_start - d_segment_start);
    const double end = e.on_air ? now : std::max(e.latest_end, e.band.end);
    r.sample_count = static_cast<uint64_t>(std::max(1.0, end - start));
    r.freq_lower = e.band.lower;
    r.freq_upper = e.band.upper;
    r.snr_db = db(e.excess);
    r.power_db = db(e.power);
    const double busy = e.busy + (e.on_air ? now - e.band.start : 0.0);
    const double span =
        what == emission::state::END ? end - start : std::max(end, now) - start;
    r.duty = std::clamp(busy / std::max(1.0, span), 0.0, 1.0);
    if (const auto period = period_s(e))
        r.period_s = period;
    r.burst_start.reset();
    if (e.on_air)
        r.burst_start =
            d_segment_start + static_cast<uint64_t>(std::max(0.0, e.band.start));
    r.flags = 0;
    if (e.band.lower < d_floor.lower() || e.band.upper > d_floor.upper())
        r.flags |= emission::EDGE;
    if (e.band.lower < 0.0 && e.band.upper > 0.0 && e.band.width() < LEAST_DC_HZ)
        r.flags |= emission::DC;
    if (is_image(e))
        r.flags |= emission::IMAGE;
    for (const auto& [from, to] : d_overloads)
        if (overlap(from, to, start, end) > 0.0)
            r.flags |= emission::OVERLOAD;
    d_reports.push_back(r);
    r.bursts.clear();
}

void emission_tracker::update_masks()
{
    d_masks.clear();
    for (const auto& e : d_live) {
        if (!e.on_air)
            continue;
        const double guard = std::min(GUARD * e.band.width(), GUARD_HZ) +
                             2.0 * d_fit.for_band(e.band).bin_hz();
        d_masks.push_back(
            { e.band.lower - guard, e.band.upper + guard, e.band, e.level });
    }
}

// The side lobes of a Hann window fall with the sixth power of the distance.
std::pair<double, double> emission_tracker::mask::edges(double bin_hz) const
{
    const double width = band.width();
    const double in_a_bin = excess * width / std::max(width, 1.5 * bin_hz);
    const double reach = std::pow(std::max(0.0, in_a_bin), 1.0 / 6.0) * bin_hz;
    return { std::min(lower, band.lower - reach), std::max(upper, band.upper + reach) };
}

void emission_tracker::take_reports(std::vector<emission>& to)
{
    to.insert(to.end(), d_reports.begin(), d_reports.end());
    d_reports.clear();
}

} // namespace rfattn
} // namespace gr
