/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "noise_floor.h"
#include "audio_floor.h"
#include "base/levels.h"
#include "floor_curve.h"
#include "pass_band.h"
#include "spectra/cell_map.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace gr {
namespace rfattn {

namespace {

constexpr int LEAST_PIECES = 48;
constexpr float STOP_BAND = 0.063f;   // of the flat part: 12 dB below it
constexpr float LEAST_PASSED = 1e-4f; // of the flat part: nothing received is weaker
constexpr double LOBES = 0.03;        // of the band: a filter's lobes in it are narrower
constexpr float RAISED = 2.0f;        // of what is there: the floor of a stop band
constexpr double POINT_HZ = 2000.0;   // width of a point, where the bins allow it
constexpr int LEAST_POINTS = 96;
constexpr int KEPT_BLOCKS = 64; // about 2 s
constexpr double TIME_QUANTILE = 0.2;
constexpr int FEW_BLOCKS =
    12; // whose low quantile scatters too much: their median is taken
constexpr double FINE_HZ = 50.0; // bins of slow rows, so that a block is one row
constexpr double LIFT_SIGMAS = 2.5;
constexpr int ROUNDS = 3; // in which the response is learned
constexpr double JUMP_DB = 1.5;
constexpr int JUMP_BLOCKS = 3;
constexpr int CURVE_POINTS = 128;
constexpr int PIECE_POINTS = 8;    // in a point of the curve, so that it scatters little
constexpr float LEAST_FALL = 0.5f; // of the floor, where a filter is left out
constexpr double LEAST_BESIDE = 0.5; // of the points beside it, at the floor
constexpr float LEAST = 1e-30f;

int pool_of(const spectrogram& s, bool is_audio)
{
    if (is_audio)
        return 4;
    const int by_width = static_cast<int>(POINT_HZ / s.bin_hz());
    return std::max(1, std::min(by_width, s.n_bins() / LEAST_POINTS));
}

float median_of_three(const std::vector<float>& values, int i)
{
    const int last = static_cast<int>(values.size()) - 1;
    const float a = values[std::max(0, i - 1)], b = values[i],
                c = values[std::min(last, i + 1)];
    return std::max(std::min(a, b), std::min(std::max(a, b), c));
}

} // namespace

noise_floor::noise_floor(const spectrogram& source, bool one_sided)
    : d_source(source),
      d_one_sided(one_sided),
      d_is_audio(one_sided && source.bin_hz() < 50.0),
      d_pool(pool_of(source, d_is_audio)),
      d_n_points(source.n_bins() / d_pool),
      d_block_rows(std::max(1, static_cast<int>(std::lround(BLOCK_S / source.row_s())))),
      d_sum(d_n_points, 0.0f),
      d_response(d_n_points),
      d_floor(d_n_points, 1.0f),
      d_level(d_n_points, 1.0f)
{
    d_ring.resize(static_cast<size_t>(KEPT_BLOCKS) * d_n_points);
    d_ring_rows.resize(KEPT_BLOCKS);
    restart();
}

void noise_floor::restart()
{
    d_blocks = d_rows = d_age = d_checked = d_jumps = 0;
    std::fill(d_sum.begin(), d_sum.end(), 0.0f);
    d_lower = d_source.lower_edge(0);
    d_upper = d_source.lower_edge(d_source.n_bins());
    d_noise_share = 1.0f;
    d_has_filter = true;
    d_response.restart();
    d_signals.clear();
}

bool noise_floor::leave_out_filter()
{
    const float before = d_flat_level;
    const double lower = d_lower, upper = d_upper;
    d_has_filter = false;
    estimate();
    int beside = 0, at_floor = 0;
    for (int i = 0; i < d_n_points; i++) {
        const double f = point_edge(i) + 0.5 * point_hz();
        if (f < d_lower || f > d_upper || (f > lower && f < upper))
            continue;
        beside++;
        at_floor += d_level[i] < RIPPLE * d_floor[i];
    }
    if (d_flat_level < LEAST_FALL * before && at_floor > LEAST_BESIDE * beside)
        return true;
    d_has_filter = true;
    estimate();
    return false;
}

void noise_floor::set_signal_share(double share)
{
    d_noise_share = static_cast<float>(1.0 - share);
}

void noise_floor::add_row()
{
    const float* row = d_source.row(d_source.end() - 1);
    for (int i = 0; i < d_n_points; i++) {
        const float* __restrict p = row + static_cast<size_t>(i) * d_pool;
        float sum = 0.0f;
        for (int k = 0; k < d_pool; k++)
            sum += p[k];
        d_sum[i] += sum;
    }
    if (d_rows == 0)
        d_row = d_source.end() - 1;
    if (++d_rows == d_block_rows)
        end_block(d_rows);
}

void noise_floor::end_block(int rows)
{
    float* block = &d_ring[static_cast<size_t>(d_blocks % KEPT_BLOCKS) * d_n_points];
    const float scale = 1.0f / (static_cast<float>(rows) * static_cast<float>(d_pool));
    for (int i = 0; i < d_n_points; i++)
        block[i] = d_sum[i] * scale;
    d_ring_rows[d_blocks % KEPT_BLOCKS] = d_row;
    std::fill(d_sum.begin(), d_sum.end(), 0.0f);
    d_rows = 0;
    d_blocks++;
    d_age++;
}

void noise_floor::scale_before(uint64_t sample, float factor)
{
    for (auto* values : { &d_even, &d_curve, &d_floor, &d_level })
        for (auto& value : *values)
            value *= factor;
    d_flat_level *= factor;
    const auto block = [&](int64_t i) {
        return d_ring.begin() + static_cast<long>(i % KEPT_BLOCKS) * d_n_points;
    };
    for (auto i = std::max<int64_t>(0, d_blocks - KEPT_BLOCKS);
         i < d_blocks && d_source.row_begin(d_ring_rows[i % KEPT_BLOCKS]) < sample;
         i++) {
        const bool is_last = i + 1 == d_blocks;
        const uint64_t end = is_last ? d_row : d_ring_rows[(i + 1) % KEPT_BLOCKS];
        if (d_source.row_end(end - 1) > sample && i > 0)
            std::copy_n(block(i - 1), d_n_points, block(i)); // it holds both gains
        else
            std::for_each(
                block(i), block(i) + d_n_points, [&](float& p) { p *= factor; });
    }
    d_jumps = 0;
    if (d_source.row_begin(d_row) < sample) {
        std::fill(d_sum.begin(), d_sum.end(), 0.0f);
        d_rows = 0;
        d_row = d_source.end();
    }
}

// A signal that takes the place of a filter's noise may fade: what is beside it counts.
bool noise_floor::is_steady(int i) const
{
    return d_has_filter || d_level[i] < RIPPLE * d_floor[i];
}

double noise_floor::usual(double lower, double upper) const
{
    const int first = std::min(point_at(lower), d_n_points - 1);
    const int end = std::max(point_at(upper), first + 1);
    double sum = 0.0;
    for (int i = first; i < end; i++) {
        if (!is_steady(i))
            return 0.0;
        sum += d_level[i];
    }
    return sum / d_lift / (end - first);
}

bool noise_floor::jumped()
{
    if (d_blocks < WARM_BLOCKS || d_age == d_checked)
        return false;
    d_checked = d_age;
    const float* block =
        &d_ring[static_cast<size_t>((d_blocks - 1) % KEPT_BLOCKS) * d_n_points];
    std::vector<float> ratio;
    for (int i = 0; i < d_n_points; i++)
        if (is_steady(i))
            ratio.push_back(block[i] / d_level[i]);
    if (ratio.empty())
        return false;
    // Few values have a median below their mean.
    const double usual =
        level_db(noise_quantile(looks(), 0.5)) - (d_is_audio ? AUDIO_LIFT_DB : 0.0);
    const double middle = level_db(quantile(ratio, 0.5)) - usual,
                 low = level_db(quantile(ratio, 0.25));
    d_jumps = low > JUMP_DB || middle < -JUMP_DB ? d_jumps + 1 : 0;
    if (d_jumps < JUMP_BLOCKS)
        return false;
    d_fell = middle < -JUMP_DB;
    // The blocks since the jump are the history from now on.
    std::vector<float> kept;
    std::vector<uint64_t> rows;
    for (int i = JUMP_BLOCKS; i > 0; i--) {
        const auto at =
            d_ring.begin() + static_cast<long>((d_blocks - i) % KEPT_BLOCKS) * d_n_points;
        kept.insert(kept.end(), at, at + d_n_points);
        rows.push_back(d_ring_rows[(d_blocks - i) % KEPT_BLOCKS]);
    }
    std::copy(kept.begin(), kept.end(), d_ring.begin());
    std::copy(rows.begin(), rows.end(), d_ring_rows.begin());
    d_blocks = JUMP_BLOCKS;
    d_jumps = 0;
    d_signals.clear();
    return true;
}

bool noise_floor::estimate(bool early)
{
    if (early && d_rows > 0 && d_blocks < WARM_BLOCKS)
        end_block(d_rows);
    const int n_blocks = static_cast<int>(std::min<int64_t>(d_blocks, KEPT_BLOCKS));
    if (n_blocks == 0)
        return false;
    d_age = d_checked = 0;
    const auto time = quantiles(n_blocks);
    d_even = d_response.without(time);
    fit(d_even);
    d_response.apply(d_floor);
    lift(n_blocks);
    lower_below_signal();
    for (int i = 0; i < d_n_points; i++)
        d_level[i] =
            d_floor[i] > RAISED * time[i] ? time[i] : std::max(d_floor[i], time[i]);
    return true;
}

void noise_floor::lower_below_signal()
{
    const int from = std::min(point_at(d_lower), d_n_points - 1);
    const int to = std::max(point_at(d_upper), from + 1);
    const auto level = static_cast<float>(
        quantile({ d_floor.begin() + from, d_floor.begin() + to }, 0.5));
    if (level < std::sqrt(d_noise_share) * d_flat_level) // half way down, in dB
        d_noise_share = 1.0f;
    d_flat_level = level;
    if (d_noise_share < 1.0f)
        for (auto& value : d_floor)
            value = std::min(value, d_noise_share * level);
}

// Independent values that a point of a block is the mean of.
double noise_floor::looks() const
{
    return 0.95 * d_block_rows * std::max(1.0, 0.51 * d_pool);
}

// A floor of few values scatters, and noise stands out where it is too low: until enough
// blocks came, all of it is higher.
void noise_floor::lift(int n_blocks)
{
    if (d_source.bin_hz() > FINE_HZ)
        return;
    const double near = d_is_audio ? AUDIO_HZ / point_hz() : 1.0; // half of its points
    const double more = error_of(near, n_blocks) - error_of(near, KEPT_BLOCKS);
    d_lift = 1.0 + LIFT_SIGMAS * more;
    for (auto& value : d_floor)
        value *= static_cast<float>(d_lift);
}

// The low quantile over time, divided by what it is of the mean in noise alone.
std::vector<float> noise_floor::quantiles(int n_blocks) const
{
    const double looks = this->looks();
    const bool few = n_blocks < FEW_BLOCKS;
    const double q = few ? 0.5 : TIME_QUANTILE;
    const double z = few ? 0.0 : -0.8416; // of the normal distribution
    const double wilson = 1.0 - 1.0 / (9.0 * looks) + z * std::sqrt(1.0 / (9.0 * looks));
    const float unbiased = static_cast<float>(1.0 / (wilson * wilson * wilson));
    std::vector<float> values(n_blocks), result(d_n_points);
    for (int i = 0; i < d_n_points; i++) {
        for (int b = 0; b < n_blocks; b++)
            values[b] = d_ring[static_cast<size_t>(b) * d_n_points + i];
        result[i] = std::max(static_cast<float>(quantile(values, q)) * unbiased, LEAST);
    }
    return result;
}

void noise_floor::fit(const std::vector<float>& time)
{
    if (d_is_audio) {
        const auto before = std::exchange(d_floor, audio_floor(time, point_hz()));
        for (const auto& [lower, upper] : d_signals)
            if (const int first = point_at(lower), last = point_at(upper);
                !d_is_known_below)
                lower_hump(d_floor, point_hz(), first, last);
            else
                for (int i = first; i < last; i++)
                    d_floor[i] = std::min(d_floor[i], before[i]);
        return;
    }
    // A curve of few points: each a low quantile of a piece of the band.
    const int n = std::clamp(
        d_n_points / PIECE_POINTS, std::min(LEAST_PIECES, d_n_points), CURVE_POINTS);
    const auto first = [&](int i) {
        return static_cast<int>(int64_t(i) * d_n_points / n);
    };
    const auto y = levels_of_pieces(time, n);
    const auto most = unfiltered_band(n);
    const auto flat = d_has_filter ? find_pass_band(y, d_one_sided) : most;
    d_is_filtered = flat.end < most.end;
    const int from = first(flat.first), to = first(flat.end);
    d_curve = curve_below(y, flat.first, flat.end, d_n_points);
    d_floor = d_curve;
    follow_ripple(d_floor, time, from, to);
    d_lower = point_edge(from);
    d_upper = point_edge(to);
    follow_slope(time, from - 1, -1);
    follow_slope(time, to, 1);
    widen_steps(from, to);
}

noise_floor::bands noise_floor::audio_rises() const
{
    bands found;
    for (const auto& [first, last] : audio_humps(d_floor, point_hz()))
        found.emplace_back(point_edge(first), point_edge(last));
    return found;
}

void noise_floor::keep_below(bands signals, bool known)
{
    d_signals = std::move(signals);
    d_is_known_below = known;
}

// Standard deviation of the mean of so many points and blocks of noise.
double noise_floor::error_of(double points, int64_t n_blocks) const
{
    return 1.4 / std::sqrt(looks() * points * static_cast<double>(n_blocks));
}

void noise_floor::learn_response(
    const std::function<bool(noise_or_signal, double, double)>& holds)
{
    const double error = error_of(1.0, std::min<int64_t>(d_blocks, KEPT_BLOCKS));
    std::map<std::tuple<noise_or_signal, int, int>, bool> judged;
    const auto verdict = [&](noise_or_signal what, int first, int end) {
        const auto [place, is_new] = judged.try_emplace({ what, first, end }, false);
        if (is_new)
            place->second = holds(what, point_edge(first), point_edge(end));
        return place->second;
    };
    for (int round = 0; round < ROUNDS; round++) {
        auto ratio = d_even;
        for (int i = 0; i < d_n_points; i++)
            ratio[i] /= d_curve[i];
        if (!d_response.learn(ratio, error, verdict))
            return;
        estimate();
    }
}

int noise_floor::point_at(double frequency) const
{
    const double i = (frequency - point_edge(0)) / point_hz();
    return std::clamp(static_cast<int>(std::lround(i)), 0, d_n_points);
}

// Outside of the flat part noise only falls, down to the stop band: what rises is signal.
// In a stop band the floor is the highest quantile near by, so that nothing is found but
// what pauses: the lobes of a filter stand between zeros.
void noise_floor::follow_slope(const std::vector<float>& time, int from, int step)
{
    const auto inside = std::clamp(from - step, 0, d_n_points - 1);
    const float pass = d_floor[inside], stop = pass * STOP_BAND;
    float least = pass;
    int first = from; // of the stop band
    for (int i = from; i >= 0 && i < d_n_points; i += step) {
        const float here = median_of_three(time, i);
        least = std::min(least, here);
        d_curve[i] = least;
        d_floor[i] = least < stop || here < RIPPLE * least ? here : least;
        if (least >= stop)
            first = i + step;
    }
    const int reach = static_cast<int>(LOBES * d_n_points);
    const auto lobes = d_floor;
    for (int i = first; i >= 0 && i < d_n_points; i += step)
        for (int k = std::max(0, i - reach); k <= std::min(d_n_points - 1, i + reach);
             k++)
            if ((k - first) * step >= 0)
                d_floor[i] = std::max({ d_floor[i], lobes[k], pass * LEAST_PASSED });
}

// Beside a step the floor is that of its upper side: no point resolves a steep slope.
void noise_floor::widen_steps(int from, int to)
{
    const auto narrow = d_floor;
    for (int i = 0; i < d_n_points; i++)
        if (i < from || i >= to)
            d_floor[i] = upper_side(narrow, i);
}

float noise_floor::at(double frequency) const
{
    const double x = d_source.bin_of(frequency) / d_pool - 0.5;
    const double clamped = std::clamp(x, 0.0, d_n_points - 1.0);
    const int k = std::min(static_cast<int>(clamped), std::max(0, d_n_points - 2));
    const float part = static_cast<float>(clamped - k);
    if (d_n_points == 1)
        return d_floor[0];
    return d_floor[k] * (1.0f - part) + d_floor[k + 1] * part;
}

} // namespace rfattn
} // namespace gr
