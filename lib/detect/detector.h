/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_DETECTOR_H
#define INCLUDED_RFATTN_DETECTOR_H

#include "base/emission.h"
#include "fit/burst_fit.h"
#include "fit/decisions.h"
#include "floor/bin_noise.h"
#include "floor/gaussian_test.h"
#include "floor/noise_floor.h"
#include "spectra/absent_samples.h"
#include "spectra/cell_map.h"
#include "spectra/spectrogram.h"
#include "track/candidate.h"
#include "track/emission_tracker.h"

#include <gnuradio/gr_complex.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>
#include <volk/volk_alloc.hh>

namespace gr {
namespace rfattn {

/*!
 * \brief Finds the emissions of a band.
 *
 * Spectrograms of two or three resolutions, divided by the noise floor, are averaged to
 * maps of cells of many shapes and sizes. Connected cells above the noise are candidates.
 * Among candidates that overlap, the one with the largest likelihood ratio is kept
 * (Rasteh and Rangan, arXiv 2504.09342, give the theory), and its edges are measured. The
 * band of a burst that is on the air is then left out of the maps, so that nothing is
 * found twice.
 *
 * All constants are in Hz and s, so that the same signals give the same emissions at any
 * sample rate.
 */
class detector {
public:
    struct settings {
        double rate;        // Hz
        double sensitivity; // false emissions per second and MHz
        bool one_sided;     // real signals: only frequencies from 0 Hz up
    };

    explicit detector(const settings& s);

    /*!
     * Adds samples that follow the ones before.
     *
     * \return the reports made, in order; valid until the next call
     */
    const std::vector<emission>& add(const gr_complex* samples, size_t count);

    //! Ends all emissions, after the last sample of a segment. \return as add()
    const std::vector<emission>& finish();

    //! Begins a segment, whose first sample has an absolute number. Before segment 0
    //! nothing is known of the receiver.
    void restart(uint64_t segment, uint64_t sample_start);

    //! The decisions, of which some may be left out before the first sample.
    decisions& made() { return d_decisions; }
    const decisions& made() const { return d_decisions; }

    //! Samples of the segment that were not looked at: as many in a row as a tick has, or
    //! more, were equal.
    uint64_t samples_absent() const { return d_absent.count(); }

private:
    static constexpr double FORGET_S = 0.4; // candidates that ended earlier

    struct level { // maps whose cells have the same number of bins
        int pool_bins;
        std::vector<cell_map> maps;           // by rising pool_rows
        std::vector<std::vector<float>> sums; // rows of each map since its last, added up
        std::vector<int> rows;                // number of rows in each sum
    };
    struct layer { // what is made of one spectrogram
        spectrogram* rows;
        std::vector<level> levels;
        volk::vector<float> inverse_floor; // reciprocal of noise and skirts
        volk::vector<float> inverse_noise;
        volk::vector<float> row, pooled; // the row that the maps get
        uint64_t next = 0;               // row of the spectrogram that the maps get next
    };
    void hold(const gr_complex* samples, size_t count);
    void look_at_new();
    void make_rows(uint64_t end);
    bool is_absent(const spectrogram& s, uint64_t row) const;
    void fill_absent_rows();
    void note_overload(uint64_t begin, uint64_t end);
    void update_floor(bool last);
    void forget_before(uint64_t sample);
    struct gain_step {
        uint64_t row;        // first row of the first layer with another gain
        double factor = 1.0; // factor of the power; 1: none
    };
    gain_step find_gain_step() const;
    uint64_t start_of_level(double power) const;
    uint64_t start_of_fall() const;
    std::vector<float> ratios(uint64_t first_row, uint64_t end_row) const;
    double level_of(uint64_t first_row, uint64_t end_row) const;
    uint64_t rows_of_look() const;
    void level_rows(uint64_t row);
    uint64_t note_gain_step(gain_step step);
    void apply_gain_step(gain_step step);
    bool leave_out_filling();
    bool leave_out_audio();
    void judge_again();
    void find_filling();
    void start_floor(bool last);
    void take_floor();
    void keep_floor_below_signals();
    double least_continuous() const;
    void find_continuous();
    void add_continuous(const box& part);
    void update_skirts();
    void restart_maps();
    void fill_maps(layer& l, uint64_t end);
    void leave_out_shorts(layer& l);
    void fill_levels(layer& l);
    void fill_level(level& l, const float* sums, uint64_t end_row);
    void decide(bool last);
    void gather(std::vector<candidate>& open, bool last);
    bool is_sum_of_parts(const candidate& c, const std::vector<candidate>& all) const;
    std::vector<candidate> choose(std::vector<candidate> all) const;

    const settings d_settings;
    const size_t d_tick;
    const double d_least_likelihood;
    decisions d_decisions;
    spectrograms d_spectrograms;
    std::vector<layer> d_layers;
    spectrogram* d_base = nullptr; // spectrogram that the floor is estimated from
    gaussian_test d_gaussian_test;
    std::unique_ptr<noise_floor> d_floor;
    std::unique_ptr<bin_noise> d_noise;
    std::unique_ptr<burst_fit> d_fit;
    std::unique_ptr<emission_tracker> d_tracker;
    std::vector<candidate> d_closed;
    std::deque<box> d_short; // bursts that the finest rows in time alone resolve
    absent_samples d_absent;
    uint64_t d_known = 0;               // samples, of which these were looked at
    volk::vector<gr_complex> d_history; // samples that frames to come still need
    size_t d_held = 0;                  // samples held in it
    uint64_t d_history_start = 0;       // first sample of the history within the segment
    uint64_t d_samples = 0;             // samples of the segment so far
    uint64_t d_decided = 0;             // sample of the last decision
    bool d_warm = false;
    bool d_is_judged = false;           // whether what fills the band is noise
    std::vector<float> d_inverse_usual; // power of the first layer's bins; 0: not known
    double d_gain = 1.0;                // factor of the power since the first floor
    double d_most_gain = 1.0;           // the highest that noise was received with
    gain_step d_rise{};                 // above the highest, and not older than the rows
    std::vector<emission> d_reports;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_DETECTOR_H
