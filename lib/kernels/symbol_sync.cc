/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "symbol_sync.h"

#include <gnuradio/math.h>
#include <volk/volk.h>

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

using method = sync_format::method;

constexpr double LEAST_SAMPLES = 1.5; // of a symbol
constexpr size_t TAPS = 33;
constexpr double MARGIN = 0.15;                            // of the width, on both sides
constexpr float MOST_POWER = 1e12f;                        // of a sample; full scale is 1
constexpr size_t ERASED = 4096;                            // samples at a time
constexpr float LEAST_PERIODIC = 0.88f, LEAST_ANY = 0.92f; // correlation
constexpr uint64_t FLAGS = 0x7E7E7E, FLAGS_MASK = 0xFFFFFF;
constexpr size_t PREAMBLE = 16;
constexpr size_t TRAINED = 16, FLAG_BITS = 8; // of AIS
constexpr uint64_t TURNS_A_LOOK = 8;
constexpr float MEMORY = 32.0f;  // symbols
constexpr uint64_t SETTLING = 8; // symbols
constexpr float BETTER = 1.02f;  // opening of the eye

// A low pass of a Hamming window; none where it would pass all.
std::vector<float> low_pass(double edge)
{
    std::vector<float> taps;
    if (edge >= 0.45)
        return taps;
    double sum = 0.0;
    const auto half = static_cast<double>(TAPS / 2);
    for (size_t n = 0; n < TAPS; n++) {
        const double t = static_cast<double>(n) - half;
        const double x = 2.0 * GR_M_PI * edge * t;
        const double window = 0.54 + 0.46 * std::cos(GR_M_PI * t / (half + 1.0));
        taps.push_back(static_cast<float>(window * (t == 0.0 ? 1.0 : std::sin(x) / x)));
        sum += taps.back();
    }
    for (float& tap : taps)
        tap /= static_cast<float>(sum);
    return taps;
}

template <class T>
T between(const std::vector<T>& values, double place)
{
    const auto n = static_cast<size_t>(place);
    return values[n] + (place - static_cast<double>(n)) * (values[n + 1] - values[n]);
}

} // namespace

void symbol_row::add(float level)
{
    const size_t size = d_sums.size(), place = d_count % size;
    const size_t before = (place + size - 1) % size;
    d_sums[place] = d_sums[before] + level;
    d_powers[place] = d_powers[before] + level * level;
    d_levels[d_count % KEPT] = d_levels[d_count % KEPT + KEPT] = level;
    d_count++;
    if (d_count % size == 0)
        start_sums_anew();
    const auto known = std::min<uint64_t>(d_count, KEPT);
    const float from_mean = level - mean(known, 0);
    d_opening = from_mean * from_mean;
    const bool above = from_mean > 0.0f;
    add_bit(above == d_was_above);
    d_was_above = above;
}

void symbol_row::add_mean(std::complex<double> mean)
{
    const gr_complex turn(mean * std::conj(d_before));
    d_before = mean;
    d_opening = static_cast<float>(std::norm(mean));
    const size_t size = d_sums.size(), place = d_count % size;
    const size_t before = (place + size - 1) % size;
    const float power = std::norm(turn), magnitude = std::sqrt(power);
    d_sums[place] = d_sums[before] + magnitude;
    d_powers[place] = d_powers[before] + power;
    d_doubled[place] =
        d_doubled[before] + std::complex<double>(turn * turn / (magnitude + 1e-30f));
    d_turns[d_count % KEPT] = d_turns[d_count % KEPT + KEPT] = turn;
    d_count++;
    if (d_count % size == 0)
        start_sums_anew();
    if (d_count % TURNS_A_LOOK == 0)
        follow_offset();
    add_bit(std::real(turn * std::conj(d_axis)) > 0.0f);
}

// An offset of the frequency turns all symbols alike: by half the angle that they have
// when doubled, or the opposite; the one nearer to the last is taken.
void symbol_row::follow_offset()
{
    const size_t size = d_doubled.size(), last = (d_count - 1) % size;
    const auto all = d_doubled[last] -
                     d_doubled[(last + size - std::min<uint64_t>(d_count, KEPT)) % size];
    const auto half = static_cast<float>(0.5 * std::arg(all));
    const gr_complex axis = std::polar(1.0f, half);
    d_axis = std::real(axis * std::conj(d_axis)) < 0.0f ? -axis : axis;
}

// Sums from now on, so that what was strong takes no precision from what is weak.
void symbol_row::start_sums_anew()
{
    const size_t last = (d_count - 1) % d_sums.size();
    const auto subtract = [last](auto& sums) {
        const auto all = sums[last];
        for (auto& sum : sums)
            sum -= all;
    };
    subtract(d_sums);
    subtract(d_powers);
    subtract(d_doubled);
}

void symbol_row::add_bit(bool bit)
{
    d_bits = d_bits << 1 | (bit ? 1 : 0);
    d_clear = d_clear << 1 | ((d_bits ^ d_bits >> 12 ^ d_bits >> 17) & 1);
}

double symbol_row::sum(const std::array<double, 2 * KEPT>& sums,
                       size_t count,
                       size_t behind) const
{
    const size_t last = (d_count - 1 - behind) % sums.size();
    return sums[last] - sums[(last + sums.size() - count) % sums.size()];
}

const float* symbol_row::levels(size_t count, size_t behind) const
{
    return &d_levels[(d_count - 1) % KEPT + KEPT + 1 - count - behind];
}

bool symbol_row::alternates(size_t count, size_t behind) const
{
    if (d_count < count + behind)
        return false;
    std::vector<float> word;
    for (size_t k = 0; k < count; k++)
        word.push_back((k % 2 ? 1.0f : -1.0f) / std::sqrt(static_cast<float>(count)));
    return std::abs(correlation(word, behind)) >= LEAST_ANY;
}

float symbol_row::mean(size_t count, size_t behind) const
{
    return static_cast<float>(sum(d_sums, count, behind) / static_cast<double>(count));
}

float symbol_row::correlation(const std::vector<float>& word, size_t behind) const
{
    const size_t count = word.size();
    const double mean = sum(d_sums, count, behind) / static_cast<double>(count);
    const double spread =
        sum(d_powers, count, behind) - static_cast<double>(count) * mean * mean;
    float product = 0.0f;
    volk_32f_x2_dot_prod_32f(
        &product, levels(count, behind), word.data(), static_cast<unsigned>(count));
    return spread > 1e-9 ? product / static_cast<float>(std::sqrt(spread)) : 0.0f;
}

int symbol_row::wrong_sizes(const std::vector<float>& word, size_t behind) const
{
    const size_t count = word.size();
    const float middle = mean(count, behind);
    const float* const found = levels(count + behind, 0);
    float scale = 0.0f, outer = 0.0f;
    for (size_t k = 0; k < count; k++) {
        scale += found[k] * word[k];
        outer = std::max(outer, std::abs(word[k]));
    }
    const float between = outer * 2.0f / 3.0f; // the inner levels, and the outer ones
    int wrong = 0;
    for (size_t k = 0; k < count + behind; k++) {
        const bool is_outer = std::abs(found[k] - middle) > between * std::abs(scale);
        const bool should = k >= count || std::abs(word[k]) > between;
        wrong += is_outer != should;
    }
    return wrong;
}

float symbol_row::correlation(const std::vector<gr_complex>& word, bool is_centred) const
{
    const size_t count = word.size();
    const double power = sum(d_powers, count);
    gr_complex product{};
    volk_32fc_x2_conjugate_dot_prod_32fc(
        &product,
        &d_turns[(d_count - 1) % KEPT + KEPT + 1 - count],
        word.data(),
        static_cast<unsigned>(count));
    if (is_centred && std::abs(product.real()) < std::abs(product.imag()))
        return 0.0f;
    return power > 0.0 ? std::abs(product) / static_cast<float>(std::sqrt(power)) : 0.0f;
}

bool symbol_tracker::add(float opening)
{
    const uint64_t part = d_count % PARTS;
    const float weight =
        std::max(1.0f / MEMORY, 1.0f / static_cast<float>(d_count / PARTS + 1));
    d_openings[part] += weight * (opening - d_openings[part]);
    if (d_count++ != d_next)
        return false;
    d_next += PARTS;
    if (d_count < d_moved + PARTS * SETTLING)
        return true;
    const uint64_t later = part + 1, earlier = part + PARTS - 1;
    const uint64_t best = of(later) > of(earlier) ? later : earlier;
    if (of(best) > BETTER * of(part)) {
        d_next += best == later ? 1 : -1;
        d_moved = d_count;
    }
    return true;
}

symbol_clock::symbol_clock(double baud, double period, bool is_phase)
    : d_baud(baud),
      d_period(period),
      d_is_phase(is_phase)
{
}

void symbol_clock::add(const sync_format& format)
{
    const bool is_checked = format.is_checked || format.how == method::HDLC;
    d_has_checked |= is_checked;
    const bool is_any = format.period == 0.0 && !is_checked;
    d_searches.push_back({ &format,
                           is_checked,
                           sync_hits(format.period, format.needed),
                           is_any ? LEAST_ANY : LEAST_PERIODIC,
                           0.5 * static_cast<double>(is_checked ? hdlc_reader::LEAST_BITS
                                                                : format.length()) });
}

void symbol_clock::restart()
{
    d_before += d_step / PARTS + symbol_row::KEPT;
    d_step = 0;
    d_rows.fill(symbol_row());
    d_tracker = symbol_tracker();
    for (auto& s : d_searches)
        s.frames.fill(frame());
}

uint64_t symbol_clock::needed() const
{
    return static_cast<uint64_t>(static_cast<double>(d_step) * d_period / PARTS);
}

void symbol_clock::run(const std::vector<double>& phase,
                       const std::vector<std::complex<double>>& sums,
                       uint64_t first)
{
    const double last = static_cast<double>(first + phase.size()) - 2.0;
    for (;; d_step++) {
        const double begin = static_cast<double>(d_step) * d_period / PARTS;
        if (begin + d_period > last)
            return;
        const double place = begin - static_cast<double>(first);
        const auto add_to = [&](symbol_row& row) {
            if (d_is_phase)
                row.add_mean(between(sums, place + d_period) - between(sums, place));
            else
                row.add(static_cast<float>(
                    (between(phase, place + d_period) - between(phase, place)) /
                    (2.0 * GR_M_PI)));
        };
        symbol_row& row = d_rows[d_step % PARTS];
        add_to(row);
        look(d_step % PARTS);
        if (d_has_checked && d_tracker.add(row.opening())) {
            add_to(d_rows[PARTS]);
            look(PARTS);
        }
    }
}

void symbol_clock::look(size_t row)
{
    const double symbol = static_cast<double>(d_before) +
                          static_cast<double>(d_step) / static_cast<double>(PARTS);
    for (auto& s : d_searches)
        if (s.is_checked ? has_frame(s, row) : row < PARTS && matches(s, d_rows[row]))
            s.hits.add(symbol,
                       s.apart,
                       s.format->has_preamble &&
                           d_rows[row].alternates(PREAMBLE, s.format->length()));
}

// A 1 where nothing changes.
bool symbol_clock::has_frame(search& s, size_t number) const
{
    const symbol_row& row = d_rows[number];
    frame& f = s.frames[number];
    const bool was_above = f.is_above;
    f.is_above = row.last() > f.middle;
    bool bit = f.is_above == was_above;
    if (s.format->how == method::HDLC)
        bit = ((bits_of(s, row) & 1) != 0) != f.is_inverted;
    const bool is_complete = f.reader.add(bit);
    if (is_complete || (!f.reader.is_reading() && begins(s, row, f)))
        f.reader.begin(); // the last flag of a frame may be the first one of the next
    return is_complete;
}

// Whether a frame begins with the next symbol, and how to read it.
bool symbol_clock::begins(const search& s, const symbol_row& row, frame& f) const
{
    if (s.format->how == method::HDLC) {
        const uint64_t last = bits_of(s, row) & FLAGS_MASK;
        f.is_inverted = d_is_phase && last == (~FLAGS & FLAGS_MASK);
        return last == FLAGS || f.is_inverted;
    }
    if (!matches(s, row))
        return false;
    f.middle = row.mean(TRAINED, FLAG_BITS);
    f.is_above = row.last() > f.middle;
    return true;
}

uint64_t symbol_clock::bits_of(const search& s, const symbol_row& row)
{
    return s.format->is_scrambled ? row.clear_bits() : row.bits();
}

bool symbol_clock::matches(const search& s, const symbol_row& row) const
{
    const size_t outer = s.format->outer;
    for (const auto& word : s.format->levels)
        if (row.count() >= word.size() + outer &&
            std::abs(row.correlation(word, outer)) >= s.least &&
            (outer == 0 || row.wrong_sizes(word, outer) == 0))
            return true;
    for (const auto& word : s.format->turns)
        if (row.count() > word.size() &&
            row.correlation(word, s.format->is_centred) >= s.least)
            return true;
    return false;
}

sync_found symbol_clock::found() const
{
    sync_found best;
    for (const auto& s : d_searches)
        best = sync_found::better(best, { s.format->name, s.hits.certain() });
    return best;
}

symbol_sync::symbol_sync(double rate, double lower, double upper)
    : d_rate(rate),
      d_taps(low_pass(
          (std::max(std::abs(lower), std::abs(upper)) + MARGIN * (upper - lower)) / rate))
{
    const double width = upper - lower;
    for (const auto& format : sync_formats()) {
        const bool fits = format.least_width <= width && width <= format.most_width;
        if (!fits || rate < LEAST_SAMPLES * format.baud)
            continue;
        const bool is_phase = format.how == method::TURNS || format.is_phase;
        clock_of(format.baud, is_phase).add(format);
    }
    break_off();
}

symbol_clock& symbol_sync::clock_of(double baud, bool is_phase)
{
    for (auto& clock : d_clocks)
        if (clock.baud() == baud && clock.is_phase() == is_phase)
            return clock;
    return d_clocks.emplace_back(baud, d_rate / baud, is_phase);
}

void symbol_sync::break_off()
{
    d_held.assign(d_taps.empty() ? 0 : d_taps.size() - 1, gr_complex());
    d_last = gr_complex();
    d_first = 0;
    d_phase.clear();
    d_sums.clear();
    for (auto& clock : d_clocks)
        clock.restart();
}

void symbol_sync::add(const gr_complex* samples, size_t count)
{
    d_held.insert(d_held.end(), samples, samples + count);
    double phase = d_phase.empty() ? 0.0 : d_phase.back();
    std::complex<double> sum = d_sums.empty() ? 0.0 : d_sums.back();
    for (size_t n = 0; n < count; n++) {
        gr_complex now = d_held[n];
        if (!d_taps.empty())
            volk_32fc_32f_dot_prod_32fc(
                &now, &d_held[n], d_taps.data(), static_cast<unsigned>(d_taps.size()));
        if (!(std::norm(now) <= MOST_POWER)) // or not a number
            now = gr_complex();
        const gr_complex turn = now * std::conj(d_last);
        phase += gr::fast_atan2f(turn.imag(), turn.real());
        sum += std::complex<double>(now);
        d_last = now;
        d_phase.push_back(phase);
        d_sums.push_back(sum);
    }
    d_held.erase(d_held.begin(), d_held.begin() + static_cast<ptrdiff_t>(count));
    for (auto& clock : d_clocks)
        clock.run(d_phase, d_sums, d_first);
    drop_used();
}

// Many at a time, since what stays is moved.
void symbol_sync::drop_used()
{
    uint64_t needed = d_first + d_phase.size();
    for (const auto& clock : d_clocks)
        needed = std::min(needed, clock.needed());
    if (needed < d_first + ERASED)
        return;
    const auto used = static_cast<ptrdiff_t>(needed - d_first);
    d_phase.erase(d_phase.begin(), d_phase.begin() + used);
    d_sums.erase(d_sums.begin(), d_sums.begin() + used);
    const auto all = d_sums.empty() ? 0.0 : d_sums.back();
    for (auto& sum : d_sums) // sums from now on, as in symbol_row
        sum -= all;
    d_first = needed;
}

sync_found symbol_sync::found() const
{
    sync_found best;
    for (const auto& clock : d_clocks)
        best = sync_found::better(best, clock.found());
    return best;
}

} // namespace rfattn
} // namespace gr
