/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_QA_MEASURED_ROWS_H
#define INCLUDED_RFATTN_QA_MEASURED_ROWS_H

#include "detector_samples.h"
#include "fit/burst_fit.h"
#include "fit/decisions.h"
#include "floor/bin_noise.h"
#include "floor/noise_floor.h"

#include <initializer_list>
#include <memory>
#include <utility>

//! Rows of samples in several resolutions, with their floor, and what measures on them.
struct measured_rows {
    gr::rfattn::spectrograms rows;
    std::unique_ptr<gr::rfattn::noise_floor> floor;
    std::unique_ptr<gr::rfattn::bin_noise> noise;
    gr::rfattn::decisions made; //!< of which some may be left out
    std::unique_ptr<gr::rfattn::burst_fit> fit;

    //! \param resolutions from the coarsest on: Hz, and how long its rows are kept, s
    measured_rows(double rate,
                  std::initializer_list<std::pair<double, double>> resolutions)
    {
        for (const auto& [hz, kept_s] : resolutions)
            rows.push_back(
                std::make_unique<gr::rfattn::spectrogram>(rate, hz, kept_s, false));
        floor = std::make_unique<gr::rfattn::noise_floor>(*rows.back(), false);
        noise = std::make_unique<gr::rfattn::bin_noise>(rows);
        fit = std::make_unique<gr::rfattn::burst_fit>(rate, rows, *noise, made);
    }

    //! Makes the rows of the first samples that are not there yet, and the floor.
    void add(const samples& values, double until)
    {
        for (auto& s : rows)
            while (static_cast<double>(s->end() * s->hop() + s->size()) <= until) {
                s->add(&values[s->end() * s->hop()]);
                if (s == rows.back())
                    floor->add_row();
            }
        floor->estimate(true);
        noise->update(*floor);
    }
};

#endif // INCLUDED_RFATTN_QA_MEASURED_ROWS_H
