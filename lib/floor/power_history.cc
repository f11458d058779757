/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "power_history.h"
#include "base/levels.h"

#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr double TIME_QUANTILE = 0.2;
constexpr double NORMAL_QUANTILE = -0.8416; // the same of the normal distribution

} // namespace

power_history::power_history(const spectrogram& source, int pool)
    : d_source(source),
      d_pool(pool),
      d_n_points(source.n_bins() / pool),
      d_block_rows(std::max(1, static_cast<int>(std::lround(BLOCK_S / source.row_s())))),
      d_looks(0.95 * d_block_rows * std::max(1.0, 0.51 * pool)),
      d_powers(static_cast<size_t>(KEPT) * d_n_points),
      d_begins(KEPT),
      d_sum(d_n_points, 0.0f)
{
}

void power_history::restart()
{
    d_count = d_rows = 0;
    std::fill(d_sum.begin(), d_sum.end(), 0.0f);
}

bool power_history::add_row()
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
        d_begin = d_source.end() - 1;
    if (++d_rows < d_block_rows)
        return false;
    end_block();
    return true;
}

bool power_history::end_early()
{
    if (d_rows == 0)
        return false;
    end_block();
    return true;
}

void power_history::end_block()
{
    float* to = block(d_count);
    const float scale = 1.0f / (static_cast<float>(d_rows) * static_cast<float>(d_pool));
    for (int i = 0; i < d_n_points; i++)
        to[i] = d_sum[i] * scale;
    d_begins[d_count % KEPT] = d_begin;
    std::fill(d_sum.begin(), d_sum.end(), 0.0f);
    d_rows = 0;
    d_count++;
}

std::vector<float> power_history::quantiles() const
{
    const double q = is_short() ? 0.5 : TIME_QUANTILE;
    const double z = is_short() ? 0.0 : NORMAL_QUANTILE;
    const double wilson =
        1.0 - 1.0 / (9.0 * d_looks) + z * std::sqrt(1.0 / (9.0 * d_looks));
    const float unbiased = static_cast<float>(1.0 / (wilson * wilson * wilson));
    std::vector<float> values(kept()), result(d_n_points);
    for (int i = 0; i < d_n_points; i++) {
        for (int b = 0; b < kept(); b++)
            values[b] = block(b)[i];
        result[i] = std::max(static_cast<float>(quantile(values, q)) * unbiased, LEAST);
    }
    return result;
}

void power_history::keep_latest(int n)
{
    std::vector<float> powers;
    std::vector<uint64_t> begins;
    for (int64_t i = d_count - n; i < d_count; i++) {
        powers.insert(powers.end(), block(i), block(i) + d_n_points);
        begins.push_back(d_begins[i % KEPT]);
    }
    std::copy(powers.begin(), powers.end(), d_powers.begin());
    std::copy(begins.begin(), begins.end(), d_begins.begin());
    d_count = n;
}

void power_history::scale_before(uint64_t sample, float factor)
{
    for (auto i = std::max<int64_t>(0, d_count - KEPT);
         i < d_count && d_source.row_begin(d_begins[i % KEPT]) < sample;
         i++) {
        const bool is_last = i + 1 == d_count;
        const uint64_t end = is_last ? d_begin : d_begins[(i + 1) % KEPT];
        if (d_source.row_end(end - 1) > sample && i > 0)
            std::copy_n(block(i - 1), d_n_points, block(i));
        else
            std::for_each(
                block(i), block(i) + d_n_points, [&](float& p) { p *= factor; });
    }
    if (d_source.row_begin(d_begin) < sample) {
        std::fill(d_sum.begin(), d_sum.end(), 0.0f);
        d_rows = 0;
        d_begin = d_source.end();
    }
}

} // namespace rfattn
} // namespace gr
