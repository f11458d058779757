/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "floor_curve.h"
#include "base/levels.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr double STIFFNESS = 0.6;  // of the band: what is narrower is no floor
constexpr double ASYMMETRY = 1e-3; // weight of what lies above the curve
constexpr double SLOPE = 10.0; // weight of its slope: where nothing is known it is flat
constexpr double NEAR_DB = 0.6, NEAR_SIGMAS = 5.0; // from the curve: points of noise
constexpr int BESIDE = 4; // pieces beside a signal that the ripple under it follows

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

} // namespace

double scatter(const curve& y)
{
    std::vector<float> steps;
    for (size_t i = 1; i < y.size(); i++)
        steps.push_back(static_cast<float>(std::abs(y[i] - y[i - 1])));
    return steps.empty() ? 0.0 : quantile(steps, 0.5) / 0.954;
}

curve lower_curve(curve y)
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

std::vector<float> medians_of_pieces(const std::vector<float>& values, int n)
{
    n = std::min(n, static_cast<int>(values.size()));
    std::vector<float> medians(n);
    for (int k = 0; k < n; k++) {
        const auto first = values.begin() + static_cast<long>(k * values.size() / n);
        const auto end = values.begin() + static_cast<long>((k + 1) * values.size() / n);
        medians[k] = static_cast<float>(quantile({ first, end }, 0.5));
    }
    return medians;
}

std::vector<float> without_narrow(const std::vector<float>& values, int width)
{
    const int n = static_cast<int>(values.size()), before = width / 2;
    const auto within = [&](const std::vector<float>& v, int from) {
        return std::pair(v.begin() + std::clamp(from, 0, n - 1),
                         v.begin() + std::clamp(from + width, 1, n));
    };
    std::vector<float> lowest(n), result(n);
    for (int i = 0; i < n; i++) {
        const auto [first, end] = within(values, i - before);
        lowest[i] = *std::min_element(first, end);
    }
    for (int i = 0; i < n; i++) {
        const auto [first, end] = within(lowest, i - width + 1 + before);
        result[i] = *std::max_element(first, end);
    }
    return result;
}

float between(const std::vector<float>& pieces, double i, int n)
{
    const int last = static_cast<int>(pieces.size()) - 1;
    const double x =
        std::clamp((i + 0.5) * (last + 1) / n - 0.5, 0.0, static_cast<double>(last));
    const int k = std::min(static_cast<int>(x), std::max(0, last - 1));
    const float part = static_cast<float>(x - k);
    return pieces[k] * (1.0f - part) + pieces[std::min(k + 1, last)] * part;
}

void draw_line(std::vector<float>& values, int first, int end, float before, float after)
{
    for (int i = first; i < end; i++)
        values[i] = before + (after - before) * static_cast<float>(i - first + 1) /
                                 static_cast<float>(end - first + 1);
}

float upper_side(const std::vector<float>& values, int i)
{
    const int last = static_cast<int>(values.size()) - 1;
    const float most =
        std::max(values[std::max(0, i - 1)], values[std::min(last, i + 1)]);
    return most > STEP * values[i] ? most : values[i];
}

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
        draw_line(ripple, first, end, before, end < n ? after : before);
    }
}

curve levels_of_pieces(const std::vector<float>& values, int n)
{
    const auto first = [&](int i) {
        return values.begin() +
               static_cast<long>(i * static_cast<int64_t>(values.size()) / n);
    };
    curve y(n);
    for (int i = 0; i < n; i++)
        y[i] = level_db(quantile({ first(i), first(i + 1) }, 0.4));
    return y;
}

std::vector<float> curve_below(const curve& y, int from, int to, int points)
{
    const int n = static_cast<int>(y.size());
    const curve inside(y.begin() + from, y.begin() + to);
    const auto inner = lower_curve(inside);
    // The curve lies below the noise by its scatter: move it to the middle of the points
    // near it.
    std::vector<float> near;
    const double reach = std::max(NEAR_DB, NEAR_SIGMAS * scatter(inside));
    for (int i = 0; i < to - from; i++)
        if (std::abs(inside[i] - inner[i]) < reach)
            near.push_back(static_cast<float>(inside[i] - inner[i]));
    const double shift = near.size() > 4 ? quantile(near, 0.4) : 0.0;
    const std::vector<float> smooth(inner.begin(), inner.end());
    std::vector<float> result(points);
    for (int i = 0; i < points; i++) {
        const double x = (i + 0.5) * n / points - 0.5 - from;
        result[i] = static_cast<float>(
            std::pow(10.0, (between(smooth, x, to - from) + shift) / 10.0));
    }
    return result;
}

void follow_ripple(std::vector<float>& floor,
                   const std::vector<float>& power,
                   int from,
                   int to)
{
    const int n = static_cast<int>(floor.size());
    auto ripple = medians_of_pieces(power, LOCAL_PIECES); // they scatter less
    for (size_t k = 0; k < ripple.size(); k++) {
        const auto middle = static_cast<int>((2 * k + 1) * n / (2 * ripple.size()));
        const bool is_inside = middle >= from && middle < to;
        ripple[k] = is_inside ? ripple[k] / floor[middle] : RIPPLE;
    }
    bridge(ripple, RIPPLE);
    for (int i = 0; i < n; i++)
        floor[i] *= between(ripple, i, n);
}

} // namespace rfattn
} // namespace gr
