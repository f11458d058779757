/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "frames/pulse_sync.h"
#include "keyed_signals.h"
#include "words/frame_list.h"
#include "words/frame_reader.h"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>
#include <vector>

using namespace gr::rfattn;
using namespace keyed;
using origin = checked_frame::origin;
using octets = std::vector<uint8_t>;

namespace {

constexpr double WIDTH = 16e3;

checked_frame from(double begin, double end, const char* name, origin by = origin::WORD)
{
    return { name, by, begin, end, { 1, 2 } };
}

octets packed(const bits& all)
{
    octets found(all.size() / 8);
    for (size_t k = 0; k < all.size(); k++)
        found[k / 8] = static_cast<uint8_t>(found[k / 8] << 1 | all[k]);
    return found;
}

// The data and the checksum behind it, without what is stuffed.
octets with_checksum(const bits& data)
{
    unsigned check = 0xFFFF;
    for (const int bit : data)
        check = check >> 1 ^ ((check ^ static_cast<unsigned>(bit)) & 1 ? 0x8408 : 0);
    bits all = data;
    for (int k = 0; k < 16; k++)
        all.push_back(~check >> k & 1);
    return packed(all);
}

// 20 ms, the training and the flag of AIS, a frame, 40 ms.
bits ais_message(const bits& data)
{
    bits training;
    for (int k = 0; k < 24; k++)
        training.push_back(k % 2);
    return random_bits(192, 6) + training + FLAG + stuffed(data) + FLAG +
           random_bits(384, 5);
}

std::vector<std::string> names(const std::vector<checked_frame>& frames)
{
    std::vector<std::string> found;
    for (const auto& frame : frames)
        found.push_back(frame.format);
    return found;
}

using words = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_CASE(frames_that_overlap_are_one)
{
    frame_list list;
    list.add(from(10, 20, "weak", origin::FLAG));
    list.add(from(9, 19, "b"));
    list.add(from(11, 21, "weak", origin::FLAG));
    list.add(from(1, 9, "a"));
    list.add(from(20, 30, "tones", origin::TONES));
    list.add(from(19, 29, "c"));
    BOOST_TEST(names(list.take(15)) == words{ "a" });
    BOOST_TEST(names(list.take(100)) == (words{ "b", "tones" }));
    BOOST_TEST(list.take(100).empty());
}

BOOST_AUTO_TEST_CASE(a_frame_that_left_does_not_come_again)
{
    frame_list list;
    list.add(from(10, 20, "a"));
    BOOST_TEST(names(list.take(21)) == words{ "a" });
    list.add(from(10, 20, "a"));
    list.add(from(19, 29, "a"));
    list.add(from(20, 29, "b"));
    BOOST_TEST(names(list.take(100)) == words{ "b" });
}

BOOST_AUTO_TEST_CASE(frames_are_moved_to_other_units)
{
    std::vector<checked_frame> in_samples{ from(100, 200, "a") }, in_seconds;
    move_frames(in_samples, in_seconds, 3.0, 50.0);
    BOOST_TEST(in_samples.empty());
    BOOST_TEST((in_seconds[0].begin == 5.0 && in_seconds[0].end == 7.0));
}

BOOST_AUTO_TEST_CASE(a_reader_of_hdlc_gives_bits_without_those_that_are_stuffed)
{
    const bits data = random_bits(160, 1) + bits(16, 1), frame = stuffed(data);
    frame_reader reader;
    for (int time = 0; time < 2; time++) {
        reader.begin(rule_of("HDLC FSK"));
        bool is_read = false;
        for (const int bit : frame + FLAG)
            is_read = reader.add(bit);
        BOOST_TEST(is_read);
        BOOST_TEST(reader.octets() == with_checksum(data),
                   boost::test_tools::per_element());
        BOOST_TEST(reader.sent() == frame.size());
    }
}

BOOST_AUTO_TEST_CASE(a_reader_of_z_wave_gives_all_octets)
{
    const octets frame{ 1, 2, 3,  4, 5,
                        6, 7, 10, 9, 0xFF ^ 1 ^ 2 ^ 3 ^ 4 ^ 5 ^ 6 ^ 7 ^ 10 ^ 9 };
    for (const bool is_manchester : { false, true, false }) {
        frame_reader reader;
        reader.begin(rule_of("Z-Wave", is_manchester ? 19200 : 40e3));
        bool is_read = false;
        for (const uint8_t octet : frame)
            for (int place = 7; place >= 0; place--)
                for (int half = 0; half < (is_manchester ? 2 : 1); half++)
                    is_read = reader.add(((octet >> place & 1) != 0) != (half == 1));
        BOOST_TEST(is_read);
        BOOST_TEST(reader.octets() == frame, boost::test_tools::per_element());
        BOOST_TEST(reader.sent() == (is_manchester ? 160u : 80u));
    }
}

BOOST_AUTO_TEST_CASE(a_frame_is_read_once_with_its_place)
{
    const bits data = random_bits(168, 4);
    const samples x = fsk(nrzi(ais_message(data)), 9600, 300);
    signal_reader sync(true);
    sync.restart(RATE, 0, -0.5 * WIDTH, 0.5 * WIDTH);
    sync.add(48000, x.data(), x.size()); // 1 s
    const auto frames = sync.take_frames(false);
    BOOST_TEST(names(frames) == words{ "AIS" }); // not as HDLC FSK, too
    BOOST_TEST(frames[0].octets == with_checksum(data), boost::test_tools::per_element());
    constexpr double SYMBOL_S = 1.0 / 9600.0;
    const double sent = static_cast<double>(stuffed(data).size());
    // Within a symbol.
    BOOST_TEST(std::abs(frames[0].begin - (1.0 + 224 * SYMBOL_S)) < SYMBOL_S);
    BOOST_TEST(std::abs(frames[0].end - frames[0].begin - sent * SYMBOL_S) < 1e-9);
    BOOST_TEST(sync.take_frames(true).empty());
}

BOOST_AUTO_TEST_CASE(frames_are_held_until_all_searches_had_them)
{
    const samples x = fsk(nrzi(ais_message(random_bits(168, 4))), 9600);
    signal_reader sync(true);
    sync.restart(RATE, 0, -0.5 * WIDTH, 0.5 * WIDTH);
    sync.add(0, x.data(), x.size() - 1300); // 27 ms before the end, 13 behind the frame
    BOOST_TEST(name_of(sync) == "AIS");
    BOOST_TEST(sync.take_frames(false).empty());
    BOOST_TEST(sync.take_frames(true).size() == 1u);
}

// Short bursts that are read by their phase are looked at some symbols at a time.
BOOST_AUTO_TEST_CASE(what_the_end_of_a_burst_completes_has_its_time)
{
    signal_reader sync(true);
    sync.restart(RATE, 0, -0.5 * WIDTH, 0.5 * WIDTH);
    for (const double second : { 1.0, 3.0 }) {
        const auto sent = ais_message(random_bits(168, 4 + (second > 1.0)));
        const samples x = fsk(nrzi(sent), 9600, 300, 0.8);
        sync.add(static_cast<uint64_t>(second * RATE), x.data(), x.size());
    }
    const samples next(48);
    sync.add(static_cast<uint64_t>(5.0 * RATE), next.data(), next.size());
    const auto frames = sync.take_frames(true);
    BOOST_TEST_REQUIRE(frames.size() == 2u);
    for (size_t k = 0; k < 2; k++)
        BOOST_TEST(std::abs(frames[k].begin - (1.0 + 2.0 * double(k) + 224 / 9600.0)) <
                   1.5 / 9600.0);
}

// After eight frames the search is over.
BOOST_AUTO_TEST_CASE(with_contents_it_reads_on)
{
    for (const bool has_contents : { false, true }) {
        signal_reader sync(has_contents);
        sync.restart(RATE, 0, -0.5 * WIDTH, 0.5 * WIDTH);
        size_t count = 0;
        for (unsigned k = 0; k < 20; k++) {
            const bits data = random_bits(168, 10 + k);
            const samples x = fsk(nrzi(ais_message(data)), 9600);
            sync.add((k + 1) * 48000, x.data(), x.size());
            for (const auto& frame : sync.take_frames(true)) {
                BOOST_TEST(frame.format == std::string("AIS"));
                BOOST_TEST(frame.octets == with_checksum(data));
                count++;
            }
        }
        BOOST_TEST(count == (has_contents ? 20u : 0u));
        BOOST_TEST(sync.found().frames == signal_reader::ENOUGH);
    }
}

BOOST_AUTO_TEST_CASE(what_has_no_checksum_is_not_read_on)
{
    const samples x =
        fsk(repeated(of_hex("5072F64B2D90B1F5") + random_bits(99, 1), 9), 9600);
    signal_reader sync(true);
    sync.restart(RATE, 0, -7e3, 7e3);
    sync.add(0, x.data(), x.size());
    BOOST_TEST(name_of(sync) == "USP");
    const samples later = fsk(nrzi(ais_message(random_bits(168, 4))), 9600);
    sync.add(2 * x.size(), later.data(), later.size());
    BOOST_TEST(sync.take_frames(true).empty());
}

BOOST_AUTO_TEST_CASE(it_reads_in_another_channel_and_not_twice)
{
    signal_reader sync(true);
    sync.restart(RATE, 0, -0.5 * WIDTH, 0.5 * WIDTH);
    const samples x = fsk(nrzi(ais_message(random_bits(168, 4))), 9600);
    const samples y = fsk(nrzi(ais_message(random_bits(168, 5))), 9600);
    sync.add(0, x.data(), x.size());
    BOOST_TEST(sync.take_frames(true).size() == 1u);
    sync.restart(RATE, 0, -0.4 * WIDTH, 0.5 * WIDTH); // cut again from its beginning
    sync.add(0, x.data(), x.size());
    sync.add(x.size(), y.data(), y.size());
    BOOST_TEST(sync.take_frames(true).size() == 1u);
}

BOOST_AUTO_TEST_CASE(whole_bursts_of_mode_s_are_read_once_it_was_found)
{
    constexpr double PULSES = 2.4e6;
    const bits squitter = with_parity(of_hex("8D") + random_bits(80, 1));
    bits chips(16, 0);
    for (const size_t k : { 0, 2, 7, 9 })
        chips[k] = 1;
    for (const int bit : squitter)
        chips = chips + (bit ? bits{ 1, 0 } : bits{ 0, 1 });
    samples x(25000); // 10 ms
    for (size_t n = 0; n < 24000 + 1000; n++)
        x[n] = 0.01f;
    for (size_t n = 0; n < 400; n++) {
        const auto chip = static_cast<size_t>(static_cast<double>(n) / PULSES * 2e6);
        if (chip < chips.size() && chips[chip])
            x[n + 24000] = 1.0f;
    }
    const samples start(x.begin() + 23900, x.end());
    signal_reader sync(true);
    sync.restart(PULSES, 0, -0.7e6, 0.7e6);
    sync.add(0, x.data(), x.size());
    BOOST_TEST(sync.take_frames(true).empty()); // behind the first 5 ms
    sync.add(100000, start.data(), start.size());
    BOOST_TEST(sync.take_frames(true).size() == 1u);
    sync.add(200000, x.data(), x.size());
    const auto frames = sync.take_frames(true);
    BOOST_TEST(names(frames) == words{ "Mode S" });
    BOOST_TEST(frames[0].octets == packed(squitter), boost::test_tools::per_element());
    BOOST_TEST(std::abs(frames[0].begin - 224000 / PULSES) < 0.5e-6); // a chip
}
