/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Fills the maps of cells with the rows of the spectrograms.

#include "detector.h"

#include <algorithm>
#include <volk/volk.h>

namespace gr {
namespace rfattn {

namespace {

// Means of two neighbours. It vectorises because the buffers differ.
void pool_pairs(const float* __restrict in, float* __restrict out, int n)
{
    for (int i = 0; i < n; i++)
        out[i] = 0.5f * (in[2 * i] + in[2 * i + 1]);
}

} // namespace

void detector::restart_maps()
{
    for (auto& l : d_layers) {
        l.next = 0;
        for (auto& v : l.levels)
            for (size_t i = 0; i < v.maps.size(); i++) {
                v.maps[i].restart();
                v.rows[i] = 0;
            }
    }
    d_closed.clear();
    d_short.clear();
}

// Gives the rows of a spectrogram before `end` to its maps.
void detector::fill_maps(layer& l, uint64_t end)
{
    std::vector<std::pair<int, int>> on_air; // first and last bin
    for (const auto& mask : d_tracker->masks()) {
        const auto [lower, upper] = mask.edges(l.rows->bin_hz());
        on_air.emplace_back(l.rows->bin_at(lower), l.rows->bin_at(upper));
    }
    for (l.next = std::max(l.next, l.rows->begin()); l.next < end; l.next++) {
        volk_32f_x2_multiply_32f(
            l.row.data(), l.rows->row(l.next), l.inverse_floor.data(), l.rows->n_bins());
        for (const auto& [first, last] : on_air)
            std::fill(l.row.begin() + first, l.row.begin() + last + 1, 1.0f);
        if (&l != &d_layers.front())
            leave_out_shorts(l);
        fill_levels(l);
    }
}

// The bursts that the finest rows in time alone resolve.
void detector::leave_out_shorts(layer& l)
{
    const double start = static_cast<double>(l.next * l.rows->hop());
    for (const auto& b : d_short)
        if (d_decisions.applies(decisions::SHORT, [&] {
                return overlap(b.start, b.end, start, start + l.rows->size()) > 0.0;
            }))
            std::fill(l.row.begin() + l.rows->bin_at(b.lower),
                      l.row.begin() + l.rows->bin_at(b.upper) + 1,
                      1.0f);
}

void detector::fill_levels(layer& l)
{
    float *in = l.row.data(), *out = l.pooled.data();
    int pooled = 1;
    for (auto& v : l.levels) {
        for (; pooled < v.pool_bins; pooled *= 2) {
            pool_pairs(in, out, l.rows->n_bins() / (2 * pooled));
            std::swap(in, out);
        }
        fill_level(v, in, l.next + 1);
    }
}

// Adds a row to the sums of the first map; when these are complete they are added to
// those of the next.
void detector::fill_level(level& v, const float* row, uint64_t end_row)
{
    const float* from = row;
    int rows = 1;
    for (size_t i = 0; i < v.maps.size(); i++) {
        auto& map = v.maps[i];
        if (map.pool_rows() > rows) {
            float* sums = v.sums[i].data();
            if (v.rows[i] == 0)
                std::copy_n(from, map.n_cells(), sums);
            else
                volk_32f_x2_add_32f(sums, sums, from, map.n_cells());
            v.rows[i] += rows;
            if (v.rows[i] < map.pool_rows())
                return;
            rows = v.rows[i];
            v.rows[i] = 0;
            from = sums;
        }
        map.add(from, end_row);
    }
}

} // namespace rfattn
} // namespace gr
