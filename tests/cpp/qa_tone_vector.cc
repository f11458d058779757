/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Messages whose symbols each have a known bit: WSPR and JT65.

#include "frames/tone_rows.h"
#include "frames/tone_sync.h"
#include "frames/tone_vector.h"
#include "keyed_signals.h"

#include "words/chance.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <memory>
#include <random>
#include <string>

using namespace gr::rfattn;
using namespace keyed;

namespace {

const tone_format& format_of_tones(const char* name)
{
    for (const auto& format : tone_formats())
        if (format.name == std::string(name))
            return format;
    throw std::invalid_argument(name);
}

// A message of random data at its symbol rate of 1 Hz, with the bits of another vector.
bits message(const tone_format& format, const bits& vector, unsigned seed = 1)
{
    std::mt19937 generator(seed);
    bits sent;
    for (const int bit : vector) {
        const auto& choices = bit ? format.ones : format.zeros;
        sent.push_back(choices[generator() % choices.size()]);
    }
    return sent;
}

struct scene {
    const tone_format& format;
    double per_symbol; // samples
    double snr = 1e3;  // in a width of one symbol rate
    double lowest = 3.3;

    samples send(const bits& sent, unsigned seed = 5) const
    {
        std::mt19937 generator(seed);
        std::normal_distribution<double> drawn(0.0, std::sqrt(per_symbol / snr / 2.0));
        samples made;
        double phase = 0.0;
        for (const int tone : sent)
            for (int n = 0; n < static_cast<int>(per_symbol); n++) {
                phase += 2.0 * M_PI * (lowest + tone) / per_symbol;
                const auto wave = tone < 0 ? 0.0 : std::polar(1.0, phase);
                made.emplace_back(
                    wave + std::complex<double>(drawn(generator), drawn(generator)));
            }
        return made;
    }

    std::unique_ptr<tone_clock> clock(double moved = 0.0) const
    {
        auto made = std::make_unique<tone_clock>(
            per_symbol * format.baud,
            moved * format.baud,
            format.baud,
            -2.0 * format.baud,
            (8.0 + static_cast<double>(format.tones())) * format.baud);
        made->add(format);
        return made;
    }

    std::string found(const bits& sent, unsigned seed = 5) const
    {
        const auto search = clock();
        const auto x = send(sent, seed);
        for (size_t n = 0; n < x.size(); n += 700)
            search->run(n, &x[n], std::min<size_t>(700, x.size() - n));
        return search->found().name ? search->found().name : "";
    }
};

const bits SILENCE(20, -1);

} // namespace

BOOST_AUTO_TEST_CASE(bits_of_signs_are_a_bound)
{
    BOOST_TEST(chance::sign_bits(-3.0, 9.0, 9) == 0.0);
    BOOST_TEST(chance::sign_bits(0.0, 0.0, 9) == 0.0);
    BOOST_TEST(chance::sign_bits(100.0, 100.0, 100) == 100.0); // all signs are right
    BOOST_TEST(chance::sign_bits(1.0, 100.0, 100) == 0.005 / std::log(2.0),
               boost::test_tools::tolerance(1e-4)); // few: those of a normal distribution
    std::mt19937 generator(3);
    constexpr int TRIES = 20000, COUNT = 60;
    for (const double sum : { 10.0, 20.0 }) {
        int reached = 0;
        for (int k = 0; k < TRIES; k++) {
            int signs = 0;
            for (int n = 0; n < COUNT; n++)
                signs += generator() % 2 ? 1 : -1;
            reached += signs >= sum ? 1 : 0;
        }
        BOOST_TEST(reached <= TRIES * std::exp2(-chance::sign_bits(sum, COUNT, COUNT)));
    }
}

BOOST_AUTO_TEST_CASE(rows_are_kept_by_number_and_move_to_another_channel)
{
    tone_rows<int> rows(2, 3), moved(2, 3);
    BOOST_TEST(!rows.at(0));
    for (const uint64_t number : { 4, 5, 6 })
        rows.begin(number)[1] = static_cast<int>(number);
    BOOST_TEST(!rows.at(4));
    BOOST_TEST(rows.at(6)[1] == 6);
    moved.copy(rows, -1);
    BOOST_TEST(moved.at(5)[1] == 0);
    BOOST_TEST(moved.at(5)[2] == 5);
    moved.copy(rows, 1);
    BOOST_TEST(moved.at(6)[0] == 6);
    tone_rows<int> far(2, 3);
    far.copy(rows, 3);
    BOOST_TEST(!far.at(6));
}

BOOST_AUTO_TEST_CASE(a_vector_needs_bins_for_all_tones)
{
    const auto& wspr = format_of_tones("WSPR");
    tone_vector narrow(wspr, 12, 4, 4); // 4 tones have 13 bins
    const std::vector<float> power(12, 1.0f);
    for (uint64_t number = 0; number < 64; number++)
        narrow.add(number, power.data());
    BOOST_TEST(!narrow.found().name);
}

// 3 dB in 6 Hz are 9 dB in the width of a tone.
BOOST_AUTO_TEST_CASE(wspr_is_found_at_3_db_in_6_hz)
{
    const auto& wspr = format_of_tones("WSPR");
    const scene air{ wspr, 16.0, std::pow(10.0, 0.91) };
    for (const unsigned seed : { 5u, 6u, 7u })
        BOOST_TEST(air.found(SILENCE + message(wspr, wspr.vector, seed) + SILENCE,
                             seed) == "WSPR");
    const bits sent = message(wspr, wspr.vector);
    BOOST_TEST(air.found(bits(sent.begin() + 40, sent.end()) + SILENCE) == "WSPR");
    BOOST_TEST(air.found(bits(sent.begin(), sent.begin() + 120)) == "WSPR");
}

// -9 dB in 180 Hz are 9 dB in the width of a tone.
BOOST_AUTO_TEST_CASE(jt65_is_found_at_minus_9_db_in_180_hz)
{
    const auto& jt65 = format_of_tones("JT65");
    const scene air{ jt65, 160.0, std::pow(10.0, 0.93) };
    for (const unsigned seed : { 5u, 6u })
        BOOST_TEST(air.found(SILENCE + message(jt65, jt65.vector, seed) + SILENCE,
                             seed) == "JT65");
}

BOOST_AUTO_TEST_CASE(other_messages_of_the_same_tones_are_none)
{
    for (const char* name : { "WSPR", "JT65" }) {
        const auto& format = format_of_tones(name);
        const scene air{ format, name[0] == 'W' ? 16.0 : 160.0 };
        const size_t count = format.vector.size();
        for (const unsigned seed : { 1u, 2u, 3u })
            BOOST_TEST(air.found(message(format, random_bits(count, seed), seed)) == "",
                       name);
        BOOST_TEST(air.found(bits(count + 40, 0)) == "", name);  // a carrier
        BOOST_TEST(air.found(bits(count + 40, -1)) == "", name); // noise
        bits turns = format.vector;
        std::reverse(turns.begin(), turns.end());
        BOOST_TEST(air.found(message(format, turns)) == "", name);
        const bits sent = message(format, format.vector);
        BOOST_TEST(air.found(bits(sent.begin(), sent.begin() + 40)) == "", name);
    }
}

BOOST_AUTO_TEST_CASE(a_message_counts_across_channels_of_another_centre)
{
    const auto& wspr = format_of_tones("WSPR");
    const bits sent = message(wspr, wspr.vector);
    const scene air{ wspr, 16.0 }, moved{ wspr, 16.0, 1e3, 3.3 - 2.0 };
    const auto first = air.clock(), next = air.clock(2.0);
    const auto x = air.send(bits(sent.begin(), sent.begin() + 48));
    const auto y = moved.send(bits(sent.begin() + 48, sent.begin() + 96));
    first->run(0, x.data(), x.size());
    BOOST_TEST(!first->found().name);
    next->continue_from(*first);
    next->run(x.size(), y.data(), y.size());
    BOOST_TEST(next->found().name == std::string("WSPR"));
    const auto alone = air.clock(2.0);
    alone->run(x.size(), y.data(), y.size());
    BOOST_TEST(!alone->found().name);
}

BOOST_AUTO_TEST_CASE(what_another_channel_showed_counts_but_not_what_it_proved)
{
    const auto& wspr = format_of_tones("WSPR");
    const scene air{ wspr, 16.0 }, moved{ wspr, 16.0, 1e3, 3.3 - 2.0 };
    const bits sent = message(wspr, wspr.vector);
    const auto x = air.send(bits(sent.begin(), sent.begin() + 66));
    const auto y = moved.send(bits(sent.begin() + 66, sent.begin() + 82));
    const auto other = air.clock(), own = air.clock(2.0);
    other->run(0, x.data(), x.size());
    BOOST_TEST(other->found().name == std::string("WSPR"));
    own->take_rows(*other);
    BOOST_TEST(!own->found().name);
    own->run(x.size(), y.data(), y.size());
    BOOST_TEST(own->found().name == std::string("WSPR"));
}

BOOST_AUTO_TEST_CASE(the_end_is_looked_at_once)
{
    const auto& wspr = format_of_tones("WSPR");
    const scene air{ wspr, 16.0 };
    const bits sent = message(wspr, wspr.vector);
    const auto x = air.send(bits(sent.begin(), sent.begin() + 62));
    const auto search = air.clock();
    search->run(0, x.data(), x.size());
    BOOST_TEST(!search->found().name); // it looks at every 16th symbol
    search->finish();
    const double bits = search->found().bits;
    BOOST_TEST(search->found().name == std::string("WSPR"));
    search->finish();
    BOOST_TEST(search->found().bits == bits);
    const auto idle = air.clock();
    idle->finish();
    BOOST_TEST(!idle->found().name);
}

BOOST_AUTO_TEST_CASE(rows_of_vectors_are_refused_in_one_line)
{
    frame_formats::row row;
    row.name = "Own";
    row.modulation = "vector";
    row.baud = { 1.0 };
    row.words = { "0123456789ABCDEF" };
    row.tones = { { 1 }, { 0 } };
    BOOST_TEST(format_table({ row }).tones.front().tones() == 2);
    auto wrong = row;
    wrong.tones = { { 1 }, { 256 } };
    BOOST_TEST(refusal_of(wrong) == "Own: tones must be numbers from 0 to 255");
    wrong.tones = { { 1 } };
    BOOST_TEST(refusal_of(wrong) ==
               "Own: vector needs one word, and the tones of a 1 and those of a 0");
    wrong = row;
    wrong.words = { "0123" };
    BOOST_TEST(refusal_of(wrong) == "Own: words must have 64 to 240 bits");
}
