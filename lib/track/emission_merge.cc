/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Emissions on the air that are parts of one signal become one.

#include "emission_tracker.h"
#include "fit/fit_limits.h"
#include "tracker_limits.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr double TONE_RATIO = 2.0; // of widths and of levels of two tones, at most
constexpr double TONE_WIDTHS = 1.5;
constexpr double TONES_S = 0.4;
// Noise takes from the correlation; independent powers come so far in 1 of 30,000
// windows.
constexpr double WEAK_COMPLEMENT = -0.4;
constexpr double VOICE_S = 4.0;          // of speech that is compared
constexpr double LEAST_VOICE_HZ = 100.0; // of a part; a keyed carrier is narrower
constexpr double SUBCARRIER_OFF_HZ = 200.0;
constexpr double LEAST_CARRIER = 8.0;      // powers of a subcarrier
constexpr double SUBCARRIERS_DIFFER = 2.0; // in power, at most

// What modulates a carrier so that it shows on both sides, with nothing between them.
struct subcarrier {
    double hz;
    double least_width, most_width;                 // Hz
    double least_carrier_width, most_carrier_width; // Hz
    double most_ratio;   // of that width to its own, and the reverse
    double most_carrier; // powers of it
};

constexpr subcarrier SUBCARRIERS[] = {
    // of a VOR: ICAO Annex 10, volume I, 3.3.5
    { 9960.0, 500.0, 2500.0, 0.0, 2500.0, 100.0, 400.0 },
    // FM broadcasting in silence or low speech (ITU-R BS.450): the pilot tone, the double
    // of its frequency, and RDS, each where the one before belongs to the carrier already
    { 19e3, 0.0, 12e3, 0.0, 12e3, 2.0, 100.0 },
    { 38e3, 0.0, 12e3, 36e3, 52e3, 1e3, 1e5 },
    { 57e3, 0.0, 12e3, 36e3, 90e3, 1e3, 1e5 },
};

// Whether both widths, or both levels, may be those of tones of one signal.
bool are_alike(double a, double b)
{
    return std::max(a, b) <= TONE_RATIO * std::min(a, b);
}

} // namespace

// b was a part of a, which is on the air.
void emission_tracker::absorb(live& a, live& b, double now)
{
    widen(a.band, b.band);
    a.last_on = std::max(a.last_on, b.last_on);
    b.on_air = false;
    report(b, emission::state::END, now);
}

// Of two bands on the air that cover each other, or are the tones of one signal, the
// later was a part of the earlier.
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
            const bool is_same = common >= SAME_BAND * narrow && wide <= 4.0 * narrow;
            if (!is_same && !are_tones(a, b, now))
                continue;
            a.band.start = std::min(a.band.start, b.band.start);
            a.fitted = 0.0;
            absorb(a, b, now);
        }
}

void emission_tracker::merge_subcarriers(double now)
{
    const auto middle = [](const live& e) { return 0.5 * (e.band.lower + e.band.upper); };
    const auto power = [](const live& e) { return e.level * e.band.width(); };
    const auto is_side = [&](const subcarrier& s, const live& c, const live& e) {
        const double off = std::abs(middle(e) - middle(c)) - s.hz;
        if (!e.on_air || std::abs(off) >= SUBCARRIER_OFF_HZ) // nearly all
            return false;
        const double ratio = power(c) / power(e), width = e.band.width();
        const double wider = std::max(width / c.band.width(), c.band.width() / width);
        return width > s.least_width && width < s.most_width && wider < s.most_ratio &&
               ratio > LEAST_CARRIER && ratio < s.most_carrier;
    };
    const auto merge = [&](const subcarrier& s, live& c) {
        live *below = nullptr, *above = nullptr;
        for (auto& e : d_live)
            if (is_side(s, c, e))
                (middle(e) < middle(c) ? below : above) = &e;
        if (!below || !above)
            return;
        const double differ = power(*below) / power(*above);
        if (differ > SUBCARRIERS_DIFFER || differ * SUBCARRIERS_DIFFER < 1.0)
            return;
        const double all = power(c) + power(*below) + power(*above);
        c.band.lower = below->band.lower;
        c.band.upper = above->band.upper;
        c.level = all / c.band.width();
        c.has_subcarrier = true;
        c.fitted = 0.0;
        for (live* e : { below, above }) {
            e->on_air = false;
            report(*e, emission::state::END, now);
        }
    };
    for (auto& c : d_live)
        for (const auto& s : SUBCARRIERS)
            if (c.on_air && c.band.width() >= s.least_carrier_width &&
                c.band.width() <= s.most_carrier_width)
                merge(s, c);
}

// Speech on a single sideband is found vowel by vowel, and consonant by consonant: what
// gets louder and softer at once becomes one.
void emission_tracker::merge_voices(double now)
{
    const auto may_be_part = [](const live& e) {
        return e.report.what != emission::state::END && e.band.width() > LEAST_VOICE_HZ;
    };
    for (auto& a : d_live)
        for (auto& b : d_live) {
            if (a.report.id == b.report.id || !a.on_air || a.fitted != now ||
                !may_be_part(a) || !may_be_part(b) ||
                (b.on_air && b.report.id < a.report.id))
                continue;
            box both = a.band;
            widen(both, b.band);
            both.start = std::max(0.0, now - VOICE_S * d_rate);
            both.end = now;
            if (both.width() > VOICE_HZ || apart_hz(a.band, b.band) <= 0.0 ||
                !d_fit.are_one_voice(a.band, b.band, both))
                continue;
            absorb(a, b, now);
            a.is_voice = true;
        }
}

// Whether two bands on the air are the tones of one signal: equally wide and strong, and
// where one has power the other has less. Weak ones are found one by one.
bool emission_tracker::are_tones(const live& a, const live& b, double now) const
{
    const double wide = std::max(a.band.width(), b.band.width());
    const double apart =
        0.5 * std::abs(a.band.lower + a.band.upper - b.band.lower - b.band.upper);
    if (a.fitted != now && b.fitted != now)
        return false;
    if (!are_alike(a.band.width(), b.band.width()) || !are_alike(a.level, b.level) ||
        apart < TONE_WIDTHS * wide || apart > MOST_SHIFT_HZ)
        return false;
    const auto lately = [&](const live& e) {
        box piece = e.band;
        piece.start = std::max({ a.band.start, b.band.start, now - TONES_S * d_rate });
        piece.end = std::min(a.last_on, b.last_on);
        return piece;
    };
    return d_fit.alternate(lately(a), lately(b), WEAK_COMPLEMENT);
}

// Where something lies between the tones of a burst, as the receiver's offset, they are
// found one by one. Whether it is the other tone of a burst that ended with it, which
// then has both.
bool emission_tracker::join_tone(const burst_fit::band_fit& fit, double now)
{
    const box& b = fit.where;
    const double excess = d_fit.measure_strength(b).excess;
    const auto is_tone = [&](const live& e) {
        const box& a = e.band;
        const double tolerance = TOGETHER_S * d_rate, apart = apart_hz(a, b);
        const double narrow = std::min(a.width(), b.width());
        return !e.on_air && std::abs(a.start - b.start) < tolerance &&
               std::abs(a.end - b.end) < tolerance && apart > 0.0 &&
               apart < TONES_APART * narrow && apart < MOST_SHIFT_HZ &&
               are_alike(a.width(), b.width()) && are_alike(excess, e.level) &&
               d_fit.alternate(a, b);
    };
    const auto found = std::find_if(d_live.begin(), d_live.end(), is_tone);
    if (found == d_live.end())
        return false;
    live& e = *found;
    burst_fit::band_fit both = fit;
    widen(both.where, e.band);
    if (e.report.burst_count == 1)
        e.pieces = 0.0;
    measure(e, both);
    for (auto& k : d_recent)
        if (k.id == e.report.id && k.where.end == e.latest_end)
            widen(k.where, both.where);
    report(e, emission::state::UPDATE, now);
    return true;
}

} // namespace rfattn
} // namespace gr
