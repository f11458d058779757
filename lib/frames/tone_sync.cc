/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "tone_sync.h"
#include "words/chance.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr uint64_t PARTS = 4; // of a symbol
constexpr size_t FINER = 4;   // bins of a tone
constexpr size_t TONES = 8, SPAN = FINER * (TONES - 1);
constexpr uint64_t BLOCK = 7, DISTANCE = 36;     // symbols, and from block to block
constexpr uint64_t BEHIND = PARTS * (BLOCK - 1); // spectra of a block
constexpr uint64_t KEPT = PARTS * (2 * DISTANCE + BLOCK);
constexpr float ALL = 255.0f; // score where the known tones have all power
constexpr size_t BLOCKS = 3;
constexpr int LEAST_SCORE = 64;       // of a block: noise seldom has it
constexpr double MOST_WIDTH = 6000.0; // Hz
constexpr double BEYOND = 2.0;        // tones
constexpr double SHARED =
    0.5; // of tones or emission, whichever is narrower, with the other
constexpr double LEAST_RATE = 1.5; // samples a second, of the width of all tones

uint8_t as_score(float share)
{
    return static_cast<uint8_t>(ALL * std::min(share, 1.0f) + 0.5f);
}

// Bits of a sum of scores: those of noise, or of other tones that are as clear, where
// these are fewer. 0: too few to count.
double bits_of(size_t blocks, int score, int clearness)
{
    static const auto of_noise = [] {
        std::array<std::vector<double>, BLOCKS> made;
        for (size_t k = 0; k < BLOCKS; k++)
            for (size_t value = 0; value <= (k + 1) * 255; value++)
                made[k].push_back(chance::share_bits(
                    (k + 1) * BLOCK,
                    static_cast<double>(value) /
                        (static_cast<double>(k + 1) * static_cast<double>(ALL)),
                    TONES));
        return made;
    }();
    const double bits = of_noise[blocks - 1][static_cast<size_t>(score)];
    const auto count = static_cast<double>(blocks * BLOCK);
    const double right = std::min(1.0, score / std::max(1.0, 1.0 * clearness));
    const auto wrong = static_cast<size_t>(std::lround(count * (1.0 - right)));
    const double of_tones = chance::match_bits(blocks * BLOCK + 1, wrong, TONES);
    return std::min(bits, of_tones);
}

} // namespace

tone_clock::tone_clock(
    double rate, double centre, double baud, double lower, double upper)
    : d_baud(baud),
      d_symbol(rate / baud),
      d_size(static_cast<size_t>(std::lround(FINER * d_symbol))),
      d_bins(std::min(
          d_size, static_cast<size_t>(std::ceil(FINER * (upper - lower) / baud)) + 1)),
      d_low(std::max(std::floor(FINER * lower / baud),
                     -std::floor(0.5 * static_cast<double>(d_size)))),
      d_centre(centre),
      d_fft(static_cast<int>(d_size), FFTW_FORWARD),
      d_power(PARTS * BLOCK, d_bins),
      d_shares(PARTS * BLOCK, d_bins),
      d_strongest(PARTS * BLOCK, d_bins),
      d_clearness(KEPT, d_bins)
{
}

void tone_clock::add(const tone_format& format)
{
    if (!format.vector.empty()) {
        d_vectors.emplace_back(format, d_bins, PARTS, FINER);
        return;
    }
    const bool alike = std::all_of(format.blocks.begin(),
                                   format.blocks.end(),
                                   [&](const auto& b) { return b == format.blocks[0]; });
    const size_t kinds = alike ? 1 : format.blocks.size();
    d_searches.push_back({ &format,
                           proof(0.0, 1, 2 * DISTANCE + BLOCK),
                           0.0,
                           { kinds, tone_rows<uint8_t>(KEPT, d_bins) } });
}

void tone_clock::take_rows(const tone_clock& other)
{
    const auto moved = static_cast<ptrdiff_t>(
        std::lround(FINER * (d_centre - other.d_centre) / d_baud + d_low - other.d_low));
    d_power.copy(other.d_power, moved);
    d_shares.copy(other.d_shares, moved);
    d_strongest.copy(other.d_strongest, moved);
    d_clearness.copy(other.d_clearness, moved);
    for (size_t k = 0; k < d_searches.size(); k++)
        for (size_t kind = 0; kind < d_searches[k].scores.size(); kind++)
            d_searches[k].scores[kind].copy(other.d_searches[k].scores[kind], moved);
    auto theirs = other.d_vectors.begin();
    for (auto& vector : d_vectors)
        vector.take_rows(*theirs++, moved);
}

void tone_clock::continue_from(const tone_clock& earlier)
{
    take_rows(earlier);
    for (size_t k = 0; k < d_searches.size(); k++) {
        d_searches[k].evidence = earlier.d_searches[k].evidence;
        d_searches[k].looks = earlier.d_searches[k].looks;
    }
    auto before = earlier.d_vectors.begin();
    for (auto& vector : d_vectors)
        vector.take_proof(*before++);
}

void tone_clock::run(uint64_t first, const gr_complex* samples, size_t count)
{
    const double part = d_symbol / PARTS; // samples of a row
    if (first != d_first + d_held.size()) {
        d_held.clear();
        d_first = first;
        d_row = static_cast<uint64_t>(std::ceil(static_cast<double>(first) / part));
    }
    d_held.insert(d_held.end(), samples, samples + count);
    const auto length = static_cast<size_t>(std::lround(d_symbol));
    ptrdiff_t used = 0;
    for (;; d_row++) {
        const auto begin =
            static_cast<uint64_t>(std::llround(static_cast<double>(d_row) * part));
        const uint64_t skipped = std::max(d_first, begin) - d_first;
        if (skipped + length > d_held.size())
            break;
        used = static_cast<ptrdiff_t>(skipped);
        std::copy_n(d_held.begin() + used, length, d_fft.input());
        std::fill(d_fft.input() + length, d_fft.input() + d_size, gr_complex());
        d_fft.execute();
        add_spectrum();
        if (d_row >= BEHIND && !d_searches.empty())
            measure_clearness(d_row - BEHIND);
        for (auto& s : d_searches)
            look(s);
    }
    d_held.erase(d_held.begin(), d_held.begin() + used);
    d_first += static_cast<uint64_t>(used);
}

void tone_clock::add_spectrum()
{
    float* const power = d_power.begin(d_row);
    const auto size = static_cast<ptrdiff_t>(d_size);
    for (size_t k = 0; k < d_bins; k++) {
        const ptrdiff_t bin = static_cast<ptrdiff_t>(d_low) + static_cast<ptrdiff_t>(k);
        const float value =
            std::norm(d_fft.output()[static_cast<size_t>((bin % size + size) % size)]);
        power[k] = std::isfinite(value) ? value : 0.0f;
    }
    if (!d_searches.empty())
        share_powers(power);
    for (auto& vector : d_vectors)
        vector.add(d_row, power);
}

void tone_clock::share_powers(const float* power)
{
    float* const shares = d_shares.begin(d_row);
    float* const strongest = d_strongest.begin(d_row);
    for (size_t k = 0; k + SPAN < d_bins; k++) {
        float all = 1e-30f, most = 0.0f;
        for (size_t tone = 0; tone < TONES; tone++) {
            all += power[k + FINER * tone];
            most = std::max(most, power[k + FINER * tone]);
        }
        shares[k] = 1.0f / all;
        strongest[k] = most / all;
    }
}

// Of one block that begins with spectrum `first`, for all bins of its lowest tone; what
// is missing scores 0.
void tone_clock::score(const std::vector<int>& block, uint64_t first, uint8_t* scores)
{
    const size_t bins = d_bins - std::min(d_bins, SPAN);
    d_sums.assign(d_bins, 0.0f);
    for (uint64_t k = 0; k < BLOCK; k++) {
        const float* const all = d_power.at(first + PARTS * k);
        if (!all)
            continue;
        const float* const power = all + FINER * static_cast<size_t>(block[k]);
        const float* const shares = d_shares.at(first + PARTS * k);
        for (size_t bin = 0; bin < bins; bin++)
            d_sums[bin] += power[bin] * shares[bin] / BLOCK;
    }
    std::transform(d_sums.begin(), d_sums.end(), scores, as_score);
}

// How much of the power is in one tone, in the block that begins with spectrum `first`.
void tone_clock::measure_clearness(uint64_t first)
{
    d_sums.assign(d_bins, 0.0f);
    for (uint64_t k = 0; k < BLOCK; k++) {
        const float* const strongest = d_strongest.at(first + PARTS * k);
        if (!strongest)
            continue;
        for (size_t bin = 0; bin < d_bins; bin++)
            d_sums[bin] += strongest[bin] / BLOCK;
    }
    std::transform(d_sums.begin(), d_sums.end(), d_clearness.begin(first), as_score);
}

// Scores the block that the last spectrum completes, with those before it.
void tone_clock::look(search& s)
{
    constexpr uint64_t GAP = PARTS * DISTANCE;
    if (d_row < BEHIND)
        return;
    const uint64_t first = d_row - BEHIND;
    const size_t kinds = s.scores.size();
    for (size_t k = 0; k < kinds; k++)
        score(s.format->blocks[k], first, s.scores[k].begin(first));
    const auto at = [&](size_t place, uint64_t number) {
        return s.scores[place % kinds].at(number);
    };
    const bool has_two = first >= GAP && at(0, first - GAP);
    const bool has_three = first >= 2 * GAP && at(0, first - 2 * GAP);
    const uint64_t second = has_two ? first - GAP : first, third = first - 2 * GAP;
    const uint8_t* const last[] = { at(0, first), at(1, first), at(2, first) };
    const uint8_t* const before[] = { at(0, second), at(1, second) };
    const uint8_t* const oldest = at(0, has_three ? third : first);
    const uint8_t* const clear[] = { d_clearness.at(first),
                                     d_clearness.at(second),
                                     d_clearness.at(has_three ? third : first) };
    double bits = 0.0;
    for (size_t bin = 0; bin + SPAN < d_bins; bin++) {
        const int one = last[0][bin], two = last[1][bin], three = last[2][bin];
        const auto take = [&](size_t blocks, int score, int clearness) {
            if (score >= LEAST_SCORE * static_cast<int>(blocks))
                bits = std::max(bits, bits_of(blocks, score, clearness));
        };
        int all = clear[0][bin];
        take(1, std::max({ one, two, three }), all);
        if (has_three)
            take(2, oldest[bin] + three, all + clear[2][bin]);
        if (!has_two)
            continue;
        all += clear[1][bin];
        take(2, std::max(before[0][bin] + two, before[1][bin] + three), all);
        if (has_three)
            take(3, oldest[bin] + before[1][bin] + three, all + clear[2][bin]);
    }
    s.looks += static_cast<double>(2 * BLOCKS * (d_bins - std::min(d_bins, SPAN)));
    if (bits > 0.0)
        s.evidence.add({ static_cast<double>(first) / PARTS, bits, std::log2(s.looks) });
}

void tone_clock::finish()
{
    for (auto& vector : d_vectors)
        vector.finish();
}

sync_found tone_clock::found() const
{
    return sync_found::better(
        sync_found::best(
            d_searches,
            [](const search& s) { return s.evidence.found(s.format->name, false); }),
        sync_found::best(d_vectors, [](const auto& v) { return v.found(); }));
}

tone_sync::tone_sync(double rate, double centre, double lower, double upper)
{
    if (upper - lower > MOST_WIDTH)
        return;
    for (const auto& format : tone_formats()) {
        const double span = static_cast<double>(format.tones()) * format.baud;
        if (rate < LEAST_RATE * span)
            continue;
        const auto same = [&](const auto& c) { return c->baud() == format.baud; };
        auto place = std::find_if(d_clocks.begin(), d_clocks.end(), same);
        if (place == d_clocks.end()) {
            const double beyond =
                BEYOND * format.baud + span - SHARED * std::min(upper - lower, span);
            d_clocks.push_back(std::make_unique<tone_clock>(
                rate, centre, format.baud, lower - beyond, upper + beyond));
            place = d_clocks.end() - 1;
        }
        (*place)->add(format);
    }
}

void tone_sync::take(const tone_sync& other, void (tone_clock::*what)(const tone_clock&))
{
    for (auto& clock : d_clocks)
        for (const auto& theirs : other.d_clocks)
            if (clock->baud() == theirs->baud())
                (*clock.*what)(*theirs);
}

void tone_sync::add(uint64_t first, const gr_complex* samples, size_t count)
{
    for (auto& clock : d_clocks)
        clock->run(first, samples, count);
}

void tone_sync::finish()
{
    for (auto& clock : d_clocks)
        clock->finish();
}

sync_found tone_sync::found() const
{
    return sync_found::best(d_clocks, [](const auto& clock) { return clock->found(); });
}

} // namespace rfattn
} // namespace gr
