/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "detector_samples.h"
#include "floor/bin_noise.h"
#include "track/emission_tracker.h"

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <vector>

using namespace gr::rfattn;

namespace {

constexpr double RATE = 12e3;
constexpr double NOISE = 1e-6; // power

// The tracker with all that it measures on, at a rate at which voices are looked for.
struct setup {
    spectrograms rows;
    std::unique_ptr<noise_floor> floor;
    std::unique_ptr<bin_noise> noise;
    std::unique_ptr<burst_fit> fit;
    std::unique_ptr<emission_tracker> tracker;

    setup()
    {
        rows.push_back(std::make_unique<spectrogram>(RATE, 250.0, 0.5, false));
        rows.push_back(std::make_unique<spectrogram>(RATE, 8.0, 4.0, false));
        floor = std::make_unique<noise_floor>(*rows.back(), false);
        noise = std::make_unique<bin_noise>(rows);
        fit = std::make_unique<burst_fit>(RATE, rows, *noise);
        tracker = std::make_unique<emission_tracker>(RATE, 10.0, *fit, *floor);
        tracker->restart(0, 0);
    }

    void add(const samples& values, double until)
    {
        for (auto& s : rows)
            while (s->end() * s->hop() + s->size() <= until * RATE) {
                s->add(&values[s->end() * s->hop()]);
                if (s == rows.back())
                    floor->add_row();
            }
        floor->estimate(true);
        noise->update(*floor);
    }

    std::vector<emission> reports()
    {
        std::vector<emission> found;
        tracker->take_reports(found);
        return found;
    }
};

std::vector<std::string> states_of(const std::vector<emission>& reports)
{
    const char* const names[] = { " new", " update", " end" };
    std::vector<std::string> states;
    for (const auto& r : reports)
        states.push_back(std::to_string(r.id) + names[static_cast<int>(r.what)]);
    return states;
}

// Noise of some 200 Hz, on and off in turn: four syllables a second.
void add_voice(samples& to, double centre, double start, double end, unsigned seed)
{
    const auto parts = ::noise(RATE, static_cast<double>(to.size()) / RATE, 1.0, seed);
    gr_complex poles[4] = {};
    for (auto i = static_cast<size_t>(start * RATE); i < end * RATE; i++) {
        const double t = static_cast<double>(i) / RATE;
        gr_complex in = parts[i];
        for (auto& pole : poles)
            in = pole += 0.08f * (in - pole);
        if (std::fmod(t, 0.25) < 0.125)
            to[i] += 0.1f * in *
                     std::polar(1.0f,
                                static_cast<float>(
                                    std::remainder(2.0 * M_PI * centre * t, 2.0 * M_PI)));
    }
}

box seconds(double start, double end, double lower, double upper)
{
    return { start * RATE, end * RATE, lower, upper };
}

} // namespace

// Its silence ends when it turns out to be a part of a voice that is on the air.
BOOST_AUTO_TEST_CASE(an_emission_ends_once)
{
    auto values = noise(RATE, 3.5, NOISE, 1);
    for (double centre : { 800.0, 2000.0 }) {
        add_voice(values, centre, 0.4, 0.9, 7);
        add_voice(values, centre, 2.0, 3.5, static_cast<unsigned>(centre));
    }
    setup s;
    s.add(values, 2.0);
    s.tracker->add(seconds(0.4, 0.9, 1900.0, 2100.0), 2.0 * RATE);
    s.add(values, 2.9);
    s.tracker->add(seconds(2.0, 2.9, 700.0, 900.0), 2.9 * RATE);
    BOOST_TEST(states_of(s.reports()) == (std::vector<std::string>{ "1 new", "2 new" }),
               boost::test_tools::per_element());
    s.add(values, 3.2);
    s.tracker->follow(3.2 * RATE);
    const auto reports = s.reports();
    BOOST_TEST(states_of(reports) == (std::vector<std::string>{ "2 update", "1 end" }),
               boost::test_tools::per_element());
    s.tracker->end_all(3.2 * RATE);
    const auto last = s.reports();
    BOOST_TEST(last.back().id == 2u);
    BOOST_TEST(last.back().freq_upper > 1900.0); // both
}
