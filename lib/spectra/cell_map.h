/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_CELL_MAP_H
#define INCLUDED_RFATTN_CELL_MAP_H

#include <cstdint>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Connected cells of one map that lie above the noise.
 *
 * A map is a spectrogram whose cells are means over bins and rows, in units of the noise
 * floor. Cells above a threshold that touch, also by a corner or over one row without,
 * make a component. Rows come one after the other; a component is closed when two rows
 * added nothing to it.
 */
class cell_map {
public:
    struct component {
        int first_bin, end_bin;      // of the spectrogram
        uint64_t first_row, end_row; // of the spectrogram
        double energy = 0.0;         // above the floor, in units of independent cells
        double cells = 0.0;          // independent ones
        bool open = true;

        //! Logarithm of the likelihood ratio of a noise-like signal to noise alone.
        double likelihood() const;
    };

    /*!
     * \param n_bins of the spectrogram
     * \param pool_bins, pool_rows bins and rows of the spectrogram in a cell
     * \param looks independent values that the mean of a cell is over
     */
    cell_map(int n_bins, int pool_bins, int pool_rows, double looks);

    /*!
     * Adds a row of pooled bins, each the sum of `rows` rows of the mean of pool_bins.
     *
     * \param sums [n_cells()]
     * \param end_row the row of the spectrogram after the last of these
     */
    void add(const float* sums, uint64_t end_row);

    //! Appends the components of at least a likelihood; with those closed by the last
    //! add.
    void collect(double least_likelihood, std::vector<component>& to) const;

    //! Forgets the components that were closed.
    void forget_closed() { d_closed.clear(); }

    void restart();

    int n_cells() const { return d_n_cells; }
    int pool_bins() const { return d_pool_bins; }
    int pool_rows() const { return d_pool_rows; }

private:
    struct run {
        int first, end, component;
    };

    int root(int i);
    void link(const run& a, int& number);
    void merge(int into, int from);

    const int d_n_bins;
    const int d_n_cells;
    const int d_pool_bins;
    const int d_pool_rows;
    const double d_looks;
    const float d_threshold;
    std::vector<component> d_open;
    std::vector<int> d_parent; // parents of d_open
    std::vector<run> d_last, d_before, d_now;
    std::vector<component> d_closed;
};

//! Independent values among n neighbouring bins of a Hann window.
double independent_bins(double n);

//! Independent values among n rows of frames that overlap by half.
double independent_rows(double n);

//! Mean over `looks` values of exponential noise of mean 1 that is exceeded with
//! probability p.
double noise_quantile(double looks, double p);

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_CELL_MAP_H
