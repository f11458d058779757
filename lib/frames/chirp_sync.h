/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_CHIRP_SYNC_H
#define INCLUDED_RFATTN_CHIRP_SYNC_H

#include "base/estimated_fft.h"
#include "words/proof.h"
#include "words/sync_words.h"

#include <gnuradio/gr_complex.h>

#include <array>
#include <cstddef>
#include <list>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Looks for the preamble of chirps of one slope and width: equal ones, and soon
 * behind them some of the other direction.
 *
 * Times a chirp of the other direction, each is a line, in the same place for all of a
 * preamble. How much of the power is in that line, and that it stays, is worth bits.
 */
class chirp_search {
public:
    //! \param rate of the samples, Hz
    chirp_search(const char* name, double width, double baud, double rate);

    void restart() { d_window = 0; }
    //! Takes the samples since a restart. \param others searches of the same samples
    void run(const std::vector<gr_complex>& samples, double others);
    //! Samples since a restart that it looks at.
    double most_samples() const { return d_length * static_cast<double>(d_most); }

    sync_found found() const { return d_proof.found(d_name, false); }

private:
    // The lines of chirps of one direction that stay in a place.
    struct track {
        size_t bin = 0;
        size_t count = 0;           // windows, one behind the other
        double shares = 0.0;        // sum
        std::vector<double> sums{}; // of the shares of all places
    };
    struct preamble {
        double bits = 0.0;
        size_t end = 0; // window
    };

    void look(const gr_complex* samples, double others);
    void follow(track& t, bool is_down, const gr_complex* samples);
    bool is_line(const track& t) const;
    double bits(const track& t) const;

    const char* d_name;
    const double d_length; // samples of a chirp
    const size_t d_chips;  // of a chirp: its width over its rate
    std::vector<gr_complex> d_chirp;
    estimated_fft d_fft;
    std::vector<float> d_powers;
    const size_t d_most;
    size_t d_window = 0; // the next one
    std::array<track, 2> d_tracks{};
    std::array<preamble, 2> d_preambles{};
    double d_looks = 0.0;
    proof d_proof{ 0.0, 1, 16.0 };
};

//! The same at the starts of bursts, for all formats of chirps of an emission's width.
class chirp_sync {
public:
    //! \param rate of the samples, Hz \param width of the emission, Hz
    chirp_sync(double rate, double width);

    bool has_formats() const { return !d_searches.empty(); }
    void add(const gr_complex* samples, size_t count);
    //! What comes does not follow what came.
    void break_off();
    sync_found found() const;

private:
    std::list<chirp_search> d_searches;
    std::vector<gr_complex> d_held; // since the start of the burst
    double d_most = 0.0;            // of these
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_CHIRP_SYNC_H
