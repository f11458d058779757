/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "floor_curve.h"
#include "base/levels.h"

#include <algorithm>

namespace gr {
namespace rfattn {

namespace {

constexpr float STEP = 1.3f; // least ratio of neighbouring points that is a step
constexpr double LOW = 0.35;

} // namespace

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

float between(const std::vector<float>& pieces, double i, int n)
{
    const int last = static_cast<int>(pieces.size()) - 1;
    const double x =
        std::clamp((i + 0.5) * (last + 1) / n - 0.5, 0.0, static_cast<double>(last));
    const int k = std::min(static_cast<int>(x), std::max(0, last - 1));
    const float part = static_cast<float>(x - k);
    return pieces[k] * (1.0f - part) + pieces[std::min(k + 1, last)] * part;
}

float upper_side(const std::vector<float>& values, int i)
{
    const int last = static_cast<int>(values.size()) - 1;
    const float most =
        std::max(values[std::max(0, i - 1)], values[std::min(last, i + 1)]);
    return most > STEP * values[i] ? most : values[i];
}

curve levels_of_pieces(const std::vector<float>& values, int n)
{
    const auto first = [&](int i) {
        return values.begin() +
               static_cast<long>(i * static_cast<int64_t>(values.size()) / n);
    };
    curve y(n);
    std::vector<float> below(n);
    for (int i = 0; i < n; i++) {
        y[i] = level_db(quantile({ first(i), first(i + 1) }, LOW));
        below[i] = static_cast<float>(
            level_db(quantile({ first(i), first(i + 1) }, 0.5)) - y[i]);
    }
    const double usual = quantile(below, 0.5); // level of most pieces: noise alone
    for (auto& level : y)
        level += usual;
    return y;
}

} // namespace rfattn
} // namespace gr
