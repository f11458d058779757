/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "cell_map.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr double GROW_PROBABILITY = 3e-3;

// Of the standard normal distribution (Abramowitz and Stegun 26.2.23).
double normal_quantile(double p)
{
    const double t = std::sqrt(-2.0 * std::log(p));
    return t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                   (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
}

// Among n values whose powers correlate with the next and the next but one.
double independent(double n, double near, double far)
{
    return n <= 1.0 ? 1.0
                    : n / (1.0 + 2.0 * ((n - 1.0) / n * near + (n - 2.0) / n * far));
}

} // namespace

double independent_bins(double n)
{
    return independent(n, 0.444, 0.028);
}

double independent_rows(double n)
{
    return independent(n, 0.028, 0.0);
}

// By Wilson and Hilferty's cube root of a gamma distribution.
double noise_quantile(double looks, double p)
{
    const double v = 1.0 / (9.0 * looks);
    const double root = 1.0 - v + normal_quantile(p) * std::sqrt(v);
    return root * root * root;
}

double cell_map::component::likelihood() const
{
    return energy > 0.0 ? energy - cells * std::log1p(energy / cells) : 0.0;
}

cell_map::cell_map(int n_bins, int pool_bins, int pool_rows, double looks)
    : d_n_bins(n_bins),
      d_n_cells(n_bins / pool_bins),
      d_pool_bins(pool_bins),
      d_pool_rows(pool_rows),
      d_looks(looks),
      d_threshold(static_cast<float>(noise_quantile(looks, GROW_PROBABILITY) * pool_rows))
{
}

void cell_map::restart()
{
    d_open.clear();
    d_parent.clear();
    d_last.clear();
    d_before.clear();
    d_closed.clear();
}

int cell_map::root(int i)
{
    while (d_parent[i] != i)
        i = d_parent[i] = d_parent[d_parent[i]];
    return i;
}

void cell_map::merge(int into, int from)
{
    component& a = d_open[into];
    const component& b = d_open[from];
    a.first_bin = std::min(a.first_bin, b.first_bin);
    a.end_bin = std::max(a.end_bin, b.end_bin);
    a.first_row = std::min(a.first_row, b.first_row);
    a.end_row = std::max(a.end_row, b.end_row);
    a.energy += b.energy;
    a.cells += b.cells;
    d_parent[from] = into;
}

// A run of the present row touches run `a`: both belong together.
void cell_map::link(const run& a, int& number)
{
    const int other = root(a.component);
    if (number < 0)
        number = other;
    else if (number != other) {
        const int into = std::min(number, other);
        merge(into, std::max(number, other));
        number = into;
    }
}

void cell_map::add(const float* sums, uint64_t end_row)
{
    const uint64_t first_row = end_row - d_pool_rows;
    d_now.clear();
    size_t last = 0, before = 0; // runs of earlier rows that end before the present one
    for (int i = 0; i < d_n_cells;) {
        if (!(sums[i] > d_threshold)) {
            i++;
            continue;
        }
        const int first = i;
        double sum = 0.0;
        for (; i < d_n_cells && sums[i] > d_threshold; i++)
            sum += sums[i];
        int number = -1; // number of the component
        while (last < d_last.size() && d_last[last].end < first)
            last++;
        for (size_t k = last; k < d_last.size() && d_last[k].first <= i; k++)
            link(d_last[k], number);
        while (before < d_before.size() && d_before[before].end < first)
            before++;
        for (size_t k = before; k < d_before.size() && d_before[k].first <= i; k++)
            link(d_before[k], number);
        if (number < 0) {
            number = static_cast<int>(d_open.size());
            d_open.push_back(
                { first * d_pool_bins, i * d_pool_bins, first_row, end_row });
            d_parent.push_back(number);
        }
        auto& c = d_open[number];
        c.first_bin = std::min(c.first_bin, first * d_pool_bins);
        c.end_bin = std::max(c.end_bin, i * d_pool_bins);
        c.end_row = end_row;
        const double n = (i - first) * d_looks;
        c.cells += n;
        c.energy += sum / d_pool_rows * d_looks - n;
        d_now.push_back({ first, i, number });
    }
    // Close what two rows brought nothing to, and number the rest anew.
    std::vector<int> moved(d_open.size(), -1);
    std::vector<component> open;
    for (size_t i = 0; i < d_open.size(); i++) {
        if (d_parent[i] != static_cast<int>(i))
            continue;
        if (d_open[i].end_row + 2 * d_pool_rows <= end_row) {
            d_open[i].open = false;
            d_closed.push_back(d_open[i]);
        } else {
            moved[i] = static_cast<int>(open.size());
            open.push_back(d_open[i]);
        }
    }
    const auto renumber = [&](std::vector<run>& runs) {
        size_t kept = 0;
        for (auto r : runs) {
            r.component = moved[root(r.component)];
            if (r.component >= 0)
                runs[kept++] = r;
        }
        runs.resize(kept);
    };
    renumber(d_last);
    renumber(d_now);
    d_open.swap(open);
    d_parent.resize(d_open.size());
    for (size_t i = 0; i < d_parent.size(); i++)
        d_parent[i] = static_cast<int>(i);
    d_before.swap(d_last);
    d_last.swap(d_now);
}

void cell_map::collect(double least, std::vector<component>& to) const
{
    for (const auto* list : { &d_open, &d_closed })
        for (const auto& c : *list)
            if (c.likelihood() >= least)
                to.push_back(c);
}

} // namespace rfattn
} // namespace gr
