/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "found_by.h"
#include "keyed_signals.h"
#include "measure/speech_meter.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <complex>
#include <ostream>
#include <random>
#include <string>
#include <vector>

using namespace keyed;

namespace {

enum class sent { NOTHING, AMPLITUDE, FREQUENCY };

std::string speech_of(const signal_reader& sync)
{
    return found_by::text(sync.all(), "speech");
}

sent of(const signal_reader& sync)
{
    const std::string found = speech_of(sync);
    return found == "amplitude"   ? sent::AMPLITUDE
           : found == "frequency" ? sent::FREQUENCY
                                  : sent::NOTHING;
}

std::ostream& operator<<(std::ostream& out, sent s)
{
    return out << static_cast<int>(s);
}

// How loud a voice is that says four syllables a second.
double loudness(double second)
{
    return 0.1 + 0.9 * std::abs(std::sin(4.0 * M_PI * second));
}

double level(double)
{
    return 1.0;
}

// One sideband of noise from -1.3 to 1.3 kHz, as loud as that.
samples sideband(double seconds, double (*loud)(double))
{
    std::mt19937 generator(3);
    std::normal_distribution<float> drawn;
    constexpr size_t HELD = 18; // samples, about 2.6 kHz
    samples found;
    gr_complex sum{};
    std::vector<gr_complex> last(HELD);
    for (size_t n = 0; n < static_cast<size_t>(seconds * RATE); n++) {
        auto& oldest = last[n % HELD];
        sum -= oldest;
        oldest = gr_complex(drawn(generator), drawn(generator));
        sum += oldest;
        found.push_back(sum * static_cast<float>(loud(static_cast<double>(n) / RATE)));
    }
    return found;
}

// A tone of 700 Hz on FM of 3 kHz at most.
samples fm(double seconds, double (*loud)(double))
{
    samples found;
    double phase = 0.0;
    for (size_t n = 0; n < static_cast<size_t>(seconds * RATE); n++) {
        const double second = static_cast<double>(n) / RATE;
        phase += 2.0 * M_PI * 3e3 / RATE * loud(second) *
                 std::sin(2.0 * M_PI * 700.0 * second);
        found.push_back(gr_complex(std::polar(1.0, phase)));
    }
    return found;
}

sent speech_in(const samples& x, double width)
{
    signal_reader sync;
    sync.restart(RATE, 0.0, -width / 2.0, width / 2.0);
    sync.add(0, x.data(), x.size());
    return of(sync);
}

} // namespace

BOOST_AUTO_TEST_CASE(syllables_of_one_sideband_are_found)
{
    BOOST_TEST(speech_in(sideband(2.0, loudness), 2.6e3) == sent::AMPLITUDE);
    BOOST_TEST(speech_in(sideband(2.0, level), 2.6e3) == sent::NOTHING);
}

BOOST_AUTO_TEST_CASE(syllables_on_fm_are_found)
{
    BOOST_TEST(speech_in(fm(2.0, loudness), 8e3) == sent::FREQUENCY);
    BOOST_TEST(speech_in(fm(2.0, level), 8e3) == sent::NOTHING);
}

BOOST_AUTO_TEST_CASE(data_is_no_speech)
{
    BOOST_TEST(speech_in(fsk(random_bits(2400, 4), 1200.0), 3e3) == sent::NOTHING);
    BOOST_TEST(speech_in(fsk(random_bits(9600, 4), 4800.0), 9e3) == sent::NOTHING);
    for (const double width : { 3e3, 8e3 }) {
        BOOST_TEST(speech_in(samples(96000), width) == sent::NOTHING);
        BOOST_TEST(speech_in(samples(96000, gr_complex(1.0f)), width) == sent::NOTHING);
    }
}

BOOST_AUTO_TEST_CASE(an_amplitude_that_stays_is_seen_in_a_short_burst)
{
    const auto is_constant = [](const samples& x, double width) {
        signal_reader sync;
        sync.restart(RATE, 0.0, -width / 2.0, width / 2.0);
        sync.add(0, x.data(), x.size());
        sync.finish();
        return speech_of(sync) == "constant";
    };
    BOOST_TEST(is_constant(fsk(random_bits(1200, 4), 1200.0), 3e3));
    BOOST_TEST(is_constant(fsk(random_bits(2400, 4), 1200.0), 3e3));
    BOOST_TEST(!is_constant(fsk(random_bits(4800, 4), 4800.0), 9e3));
    BOOST_TEST(!is_constant(sideband(1.0, loudness), 2.6e3));
    BOOST_TEST(!is_constant(sideband(1.0, level), 2.6e3));
    BOOST_TEST(!is_constant(sideband(2.0, level), 2.6e3));
    BOOST_TEST(!is_constant(samples(48000), 2.6e3));
}

BOOST_AUTO_TEST_CASE(other_widths_are_no_speech)
{
    BOOST_TEST(speech_in(sideband(2.0, loudness), 1e3) == sent::NOTHING);
    BOOST_TEST(speech_in(sideband(2.0, loudness), 6e3) == sent::NOTHING);
}

BOOST_AUTO_TEST_CASE(a_burst_must_last_long_enough)
{
    BOOST_TEST(speech_in(sideband(1.25, loudness), 2.6e3) == sent::NOTHING);
    BOOST_TEST(speech_in(sideband(1.35, loudness), 2.6e3) == sent::AMPLITUDE);
    signal_reader sync;
    sync.restart(RATE, 0.0, -1.3e3, 1.3e3);
    const samples x = sideband(0.7, loudness);
    sync.add(0, x.data(), x.size());
    sync.add(2 * x.size(), x.data(), x.size()); // behind a pause
    sync.finish();
    BOOST_TEST(of(sync) == sent::NOTHING);
}

BOOST_AUTO_TEST_CASE(half_of_the_looks_decide_and_a_change_is_reported)
{
    signal_reader sync;
    sync.restart(RATE, 0.0, -1.3e3, 1.3e3);
    const samples speech = sideband(1.35, loudness), noise = sideband(1.35, level);
    uint64_t first = 0;
    const auto add = [&](const samples& x) {
        const bool is_news = sync.add(first, x.data(), x.size());
        sync.finish();
        first += x.size() + 100;
        return is_news;
    };
    BOOST_TEST(add(speech));
    BOOST_TEST(!add(noise)); // one of two
    BOOST_TEST(of(sync) == sent::AMPLITUDE);
    BOOST_TEST(add(noise));
    BOOST_TEST(of(sync) == sent::NOTHING);
}

BOOST_AUTO_TEST_CASE(what_was_found_outlasts_another_channel)
{
    signal_reader sync;
    sync.restart(RATE, 0.0, -1.3e3, 1.3e3);
    const samples x = sideband(1.35, loudness);
    sync.add(0, x.data(), x.size());
    sync.restart(RATE, 500.0, -1.3e3, 1.3e3);
    sync.add(0, x.data(), 100);
    BOOST_TEST(of(sync) == sent::AMPLITUDE);
}
