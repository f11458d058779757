/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_OFDM_SYNC_H
#define INCLUDED_RFATTN_OFDM_SYNC_H

#include "comb_search.h"
#include "words/proof.h"
#include "words/sync_words.h"

#include <gnuradio/gr_complex.h>

#include <complex>
#include <cstddef>
#include <list>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Looks for symbols of OFDM with a useful part of a known length, which begin with
 * a copy of its end of another known length.
 *
 * The time of a symbol has a few pieces as long as the copy. How alike each is to what is
 * sent a useful part later is shared evenly among them but in such symbols, also for what
 * repeats all the time. The mean share of one of them is worth bits.
 */
class prefix_search {
public:
    //! \param prefix its length over that of the useful part \param rate Hz
    prefix_search(const prefix_format& format, double prefix, double rate);

    void restart();
    void add(const gr_complex* samples, size_t count);
    sync_found found() const { return d_proof.found(d_name, false); }

private:
    void end_part();
    void look();

    const char* d_name;
    const size_t d_useful;            // samples
    const size_t d_pieces;            // of a symbol
    const double d_part;              // samples: a piece has PARTS
    const double d_longest;           // samples of a burst
    std::vector<gr_complex> d_before; // the last useful part
    size_t d_samples = 0;             // of the burst
    double d_end = 0.0;               // of the part, of these
    std::complex<double> d_alike = 0.0;
    double d_power = 0.0;
    std::vector<std::complex<double>> d_likeness; // of the parts
    std::vector<double> d_powers;                 // of these
    double d_looks = 0.0;
    proof d_proof{ 0.0, 1, 0.5 };
};

//! Looks for all formats of OFDM of an emission's width.
class ofdm_sync {
public:
    //! \param rate of the samples, Hz \param width of the emission, Hz
    ofdm_sync(double rate, double width);

    bool has_formats() const { return !d_prefixes.empty() || !d_combs.empty(); }
    void add(const gr_complex* samples, size_t count);
    //! What comes does not follow what came.
    void break_off();
    sync_found found() const;

private:
    std::vector<prefix_search> d_prefixes;
    std::list<comb_search> d_combs;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_OFDM_SYNC_H
