/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "noise_floor.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gr {
namespace rfattn {

namespace {

constexpr double POINT_HZ = 2000.0; // width of a point, where the bins allow it
constexpr int LEAST_POINTS = 96;
constexpr int KEPT_BLOCKS = 64; // about 2 s
constexpr double TIME_QUANTILE = 0.2;
constexpr int FEW_BLOCKS =
    12; // whose low quantile scatters too much: their median is taken
constexpr double EDGE = 0.05;      // of the band, at each end: follows the quantiles
constexpr double STIFFNESS = 0.6;  // of the band: what is narrower is no floor
constexpr double ASYMMETRY = 1e-3; // weight of what lies above the curve
constexpr double SLOPE = 10.0; // weight of its slope: where nothing is known it is flat
constexpr int LOCAL_PIECES = 200;   // of the band: what is narrower is signal
constexpr double AUDIO_HZ = 200.0;  // half of a neighbourhood
constexpr float AUDIO_SCALE = 1.2f; // of its low quantile
constexpr float RIPPLE = 1.35f;     // of the curve
constexpr int BESIDE = 4; // pieces beside a signal that the ripple under it follows
constexpr double PLATEAU_DB = 6.0;
constexpr double PLATEAU_WIDTH = 0.45;
constexpr double PLATEAU_OFFSET = 0.05;
constexpr double JUMP_DB = 1.5;
constexpr int JUMP_BLOCKS = 3;
constexpr int CURVE_POINTS = 128;
constexpr int PIECE_POINTS = 8; // in a point of the curve, so that it scatters little
constexpr int LEAST_PIECES = 8;
constexpr float LEAST = 1e-30f;

using curve = std::vector<double>;

double db(double power)
{
    return 10.0 * std::log10(std::max<double>(power, LEAST));
}

double quantile(std::vector<float> values, double q)
{
    const auto at = values.begin() + static_cast<long>(q * (values.size() - 1));
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

int pool_of(const spectrogram& s, bool is_audio)
{
    if (is_audio)
        return 4;
    const int by_width = static_cast<int>(POINT_HZ / s.bin_hz());
    return std::max(1, std::min(by_width, s.n_bins() / LEAST_POINTS));
}

// Solves (W + lambda D'D + SLOPE E'E) z = W y, D the second difference, E the first, by a
// band Cholesky.
curve smooth(const curve& y, const curve& w, double lambda)
{
    const int n = static_cast<int>(y.size());
    curve d(n), e(n, 0.0), f(n, 0.0), z(n);
    for (int i = 0; i < n; i++) {
        const bool first = i == 0, last = i == n - 1, inner = !first && !last;
        const int squares = (i < n - 2) + 4 * inner + (i >= 2);
        d[i] = w[i] + lambda * squares + SLOPE * (inner ? 2.0 : 1.0);
        if (!last)
            e[i] = -2.0 * lambda * ((i < n - 2) + (i >= 1)) - SLOPE;
        if (i < n - 2)
            f[i] = lambda;
    }
    // LDL' with two off-diagonals.
    curve dd(n), l1(n, 0.0), l2(n, 0.0);
    for (int i = 0; i < n; i++) {
        dd[i] = d[i];
        if (i >= 1)
            dd[i] -= l1[i - 1] * l1[i - 1] * dd[i - 1];
        if (i >= 2)
            dd[i] -= l2[i - 2] * l2[i - 2] * dd[i - 2];
        if (i < n - 1) {
            double v = e[i];
            if (i >= 1)
                v -= l1[i - 1] * l2[i - 1] * dd[i - 1];
            l1[i] = v / dd[i];
        }
        if (i < n - 2)
            l2[i] = f[i] / dd[i];
    }
    for (int i = 0; i < n; i++) {
        z[i] = w[i] * y[i];
        if (i >= 1)
            z[i] -= l1[i - 1] * z[i - 1];
        if (i >= 2)
            z[i] -= l2[i - 2] * z[i - 2];
    }
    for (int i = n - 1; i >= 0; i--) {
        z[i] /= dd[i];
        if (i < n - 1)
            z[i] -= l1[i] * z[i + 1];
        if (i < n - 2)
            z[i] -= l2[i] * z[i + 2];
    }
    return z;
}

// The curve below `y`.
curve lower_curve(const curve& y)
{
    const int n = static_cast<int>(y.size());
    if (n < 4)
        return curve(n, *std::min_element(y.begin(), y.end()));
    const double lambda = std::pow(STIFFNESS * n / (2.0 * M_PI), 4);
    curve w(n, 1.0), z;
    for (int round = 0; round < 20; round++) {
        z = smooth(y, w, lambda);
        for (int i = 0; i < n; i++)
            w[i] = y[i] > z[i] + 0.1 ? ASYMMETRY : 1.0;
    }
    return z;
}

// The longest stretch in which y lies PLATEAU_DB above z.
std::pair<int, int> longest_above(const curve& y, const curve& z)
{
    const int n = static_cast<int>(y.size());
    std::pair<int, int> best{ 0, 0 };
    for (int i = 0; i < n;) {
        int j = i;
        while (j < n && y[j] > z[j] + PLATEAU_DB)
            j++;
        if (j - i > best.second - best.first)
            best = { i, j };
        i = j + 1;
    }
    return best;
}

// Medians of `n` pieces of equal length, or of each value where there are fewer.
std::vector<float> medians_of_pieces(const std::vector<float>& values, int n)
{
    n = std::min<int>(n, values.size());
    std::vector<float> medians(n);
    for (int k = 0; k < n; k++) {
        const auto first = values.begin() + static_cast<long>(k * values.size() / n);
        const auto end = values.begin() + static_cast<long>((k + 1) * values.size() / n);
        medians[k] = static_cast<float>(quantile({ first, end }, 0.5));
    }
    return medians;
}

// The value of a curve of pieces at point i of n.
float between(const std::vector<float>& pieces, int i, int n)
{
    const int last = static_cast<int>(pieces.size()) - 1;
    const double x =
        std::clamp((i + 0.5) * pieces.size() / n - 0.5, 0.0, static_cast<double>(last));
    const int k = std::min(static_cast<int>(x), std::max(0, last - 1));
    const float part = static_cast<float>(x - k);
    return pieces[k] * (1.0f - part) + pieces[std::min(k + 1, last)] * part;
}

// The receiver's ripple is followed; what rises by more is signal. There the ripple is
// that of the values on both sides, of some the least, since signals have skirts.
void bridge(std::vector<float>& ripple, float most)
{
    const int n = static_cast<int>(ripple.size());
    const auto least = [&](int first, int end) {
        float value = most;
        for (int i = std::max(first, 0); i < std::min(end, n); i++)
            value = std::min(value, ripple[i]);
        return value < most ? value : 1.0f;
    };
    for (int first = 0, end = 0; first < n; first = end + 1) {
        for (end = first; end < n && ripple[end] >= most; end++)
            ;
        const float after = least(end, end + BESIDE);
        const float before = first > 0 ? least(first - BESIDE, first) : after;
        for (int i = first; i < end; i++)
            ripple[i] = before + ((end < n ? after : before) - before) *
                                     static_cast<float>(i - first + 1) /
                                     static_cast<float>(end - first + 1);
    }
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
      d_ring(static_cast<size_t>(KEPT_BLOCKS) * d_n_points),
      d_floor(d_n_points, 1.0f)
{
    restart();
}

void noise_floor::restart()
{
    d_rows = d_blocks = d_age = d_checked = d_jumps = 0;
    std::fill(d_sum.begin(), d_sum.end(), 0.0f);
    d_lower = d_source.lower_edge(0);
    d_upper = d_source.lower_edge(d_source.n_bins());
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
    if (++d_rows == d_block_rows)
        end_block(d_rows);
}

void noise_floor::end_block(int rows)
{
    float* block = &d_ring[static_cast<size_t>(d_blocks % KEPT_BLOCKS) * d_n_points];
    const float scale = 1.0f / (static_cast<float>(rows) * d_pool);
    for (int i = 0; i < d_n_points; i++)
        block[i] = d_sum[i] * scale;
    std::fill(d_sum.begin(), d_sum.end(), 0.0f);
    d_rows = 0;
    d_blocks++;
    d_age++;
}

bool noise_floor::jumped()
{
    if (d_blocks < WARM_BLOCKS || d_age == d_checked)
        return false;
    d_checked = d_age;
    const float* block =
        &d_ring[static_cast<size_t>((d_blocks - 1) % KEPT_BLOCKS) * d_n_points];
    std::vector<float> ratio(d_n_points);
    for (int i = 0; i < d_n_points; i++)
        ratio[i] = block[i] / d_floor[i];
    const double middle = db(quantile(ratio, 0.5)), low = db(quantile(ratio, 0.25));
    d_jumps = low > JUMP_DB || middle < -JUMP_DB ? d_jumps + 1 : 0;
    if (d_jumps < JUMP_BLOCKS)
        return false;
    // The blocks since the jump are the history from now on.
    std::vector<float> kept;
    for (int i = JUMP_BLOCKS; i > 0; i--) {
        const auto at =
            d_ring.begin() + static_cast<long>((d_blocks - i) % KEPT_BLOCKS) * d_n_points;
        kept.insert(kept.end(), at, at + d_n_points);
    }
    std::copy(kept.begin(), kept.end(), d_ring.begin());
    d_blocks = JUMP_BLOCKS;
    d_jumps = 0;
    return true;
}

bool noise_floor::estimate(bool early)
{
    if (early && d_rows > 0 && d_blocks < WARM_BLOCKS)
        end_block(d_rows);
    const int n_blocks = std::min(d_blocks, KEPT_BLOCKS);
    if (n_blocks == 0)
        return false;
    d_age = d_checked = 0;
    fit(quantiles(n_blocks));
    return true;
}

// The low quantile over time, divided by what it is of the mean in noise alone.
std::vector<float> noise_floor::quantiles(int n_blocks) const
{
    const double looks = 0.95 * d_block_rows * std::max(1.0, 0.51 * d_pool);
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

// Audio comes through a receiver's filter, whose shape no stiff curve follows: a low
// quantile of the neighbourhood is the floor.
void noise_floor::follow_filter(const std::vector<float>& time)
{
    const int reach =
        std::max(2, static_cast<int>(AUDIO_HZ / (d_pool * d_source.bin_hz())));
    for (int i = 0; i < d_n_points; i++) {
        const int first = std::max(0, i - reach),
                  end = std::min(d_n_points, i + reach + 1);
        const float low = static_cast<float>(
            quantile({ time.begin() + first, time.begin() + end }, 0.3));
        d_floor[i] = std::max(AUDIO_SCALE * low, LEAST);
    }
}

void noise_floor::fit(const std::vector<float>& time)
{
    if (d_is_audio) {
        follow_filter(time);
        return;
    }
    // A curve of few points: each the median of a piece of the band.
    const int n = std::clamp(d_n_points / PIECE_POINTS, LEAST_PIECES, CURVE_POINTS);
    const auto first = [&](int i) {
        return static_cast<int>(int64_t(i) * d_n_points / n);
    };
    curve y(n);
    for (int i = 0; i < n; i++) {
        std::vector<float> piece(time.begin() + first(i), time.begin() + first(i + 1));
        y[i] = db(quantile(piece, 0.4));
    }
    // A plateau in the middle is the pass band of a filter.
    int from = 0, to = n;
    const auto whole = lower_curve(y);
    const auto [low, high] = longest_above(y, whole);
    const double width = static_cast<double>(high - low) / n;
    const double offset = d_one_sided ? static_cast<double>(low) / n
                                      : std::abs(0.5 * (low + high) / n - 0.5);
    if (width >= PLATEAU_WIDTH && offset <= (d_one_sided ? 0.12 : PLATEAU_OFFSET)) {
        from = low;
        to = high;
    }
    const int edge = static_cast<int>(std::lround(EDGE * (to - from)));
    from += edge;
    to -= edge;
    const auto inner = lower_curve(curve(y.begin() + from, y.begin() + to));
    // The curve lies below the noise by its scatter: move it to the middle of the points
    // near it.
    std::vector<float> near;
    for (int i = from; i < to; i++) {
        const double above = y[i] - inner[i - from];
        if (std::abs(above) < 0.6)
            near.push_back(static_cast<float>(above));
    }
    const double shift = near.size() > 4 ? quantile(near, 0.4) : 0.0;

    d_lower = d_source.lower_edge(static_cast<double>(first(from)) * d_pool);
    d_upper = d_source.lower_edge(static_cast<double>(first(to)) * d_pool);
    const auto smooth_at = [&](double i) { // power of the curve at a point
        const double x = (i + 0.5) * n / d_n_points - 0.5 - from;
        const double clamped = std::clamp(x, 0.0, to - from - 1.0);
        const int k = std::min(static_cast<int>(clamped), to - from - 2);
        const double part = clamped - k;
        const double level = inner[k] * (1.0 - part) + inner[k + 1] * part + shift;
        return static_cast<float>(std::pow(10.0, level / 10.0));
    };
    // Medians of neighbours scatter less.
    const auto medians = medians_of_pieces(time, LOCAL_PIECES);
    std::vector<float> ripple(medians.size());
    for (size_t k = 0; k < medians.size(); k++)
        ripple[k] = medians[k] / smooth_at((k + 0.5) * d_n_points / medians.size() - 0.5);
    bridge(ripple, RIPPLE);
    for (int i = 0; i < d_n_points; i++) {
        const double x = (static_cast<double>(i) + 0.5) * n / d_n_points - 0.5 - from;
        d_floor[i] = x < -0.5 || x > to - from - 0.5
                         ? between(medians, i, d_n_points)
                         : smooth_at(i) * between(ripple, i, d_n_points);
    }
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
