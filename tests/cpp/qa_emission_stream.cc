/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "blocks/emission_pmt.h"
#include "blocks/emission_stream.h"
#include "blocks/segment_pmt.h"
#include "keyed_signals.h"
#include "keys.h"

#include <boost/test/unit_test.hpp>
#include <limits>
#include <memory>

using namespace gr::rfattn;
using keyed::operator+;

namespace {

constexpr double RATE = 48e3;
constexpr uint64_t FAR = uint64_t(1) << 61;

emission with(std::vector<burst> bursts)
{
    emission e;
    e.what = emission::state::UPDATE;
    e.freq_lower = -2e3;
    e.freq_upper = 2e3;
    e.bursts = std::move(bursts);
    return e;
}

std::string refusal_of(const emission& e)
{
    try {
        emission_from_pmt(to_pmt(e, {}));
    } catch (const std::invalid_argument& refusal) {
        return refusal.what();
    }
    return "";
}

} // namespace

BOOST_AUTO_TEST_CASE(a_sideband_keeps_its_flag_and_the_other_emission)
{
    emission e = with({});
    e.flags = emission::EDGE | emission::SIDEBAND;
    e.sideband_of = FAR;
    const auto dict = to_pmt(e, {});
    const emission again = emission_from_pmt(dict);
    BOOST_TEST(again.flags == e.flags);
    BOOST_TEST((again.sideband_of == e.sideband_of));
    const auto key = pmt::mp("sideband_of");
    BOOST_TEST(pmt::to_uint64(pmt::dict_ref(dict, key, pmt::PMT_NIL)) == FAR);
    BOOST_TEST(!pmt::dict_has_key(to_pmt(with({}), {}), key));
    BOOST_TEST(!emission_from_pmt(to_pmt(with({}), {})).sideband_of);
}

BOOST_AUTO_TEST_CASE(an_ignored_emission_keeps_its_flag)
{
    emission e = with({});
    e.flags = emission::EDGE | emission::IGNORED;
    BOOST_TEST(emission_from_pmt(to_pmt(e, {})).flags == e.flags);
}

BOOST_AUTO_TEST_CASE(a_burst_far_ahead_does_not_disturb_one_that_is_cut)
{
    const token_settings settings{ { 64, 64, 32 }, pmt::make_dict(), {} };
    spectrum tokens({ 64, 32, "hann", 1, "db", "keep", "two" });
    modulation_meter meter;
    filter_banks banks(RATE);
    const auto count = [&](std::vector<burst> bursts) {
        emission_stream live(settings, banks, std::make_shared<stretch>(), 0, 0, 0);
        token_queue queue;
        live.update(with(std::move(bursts)), pmt::make_dict(), 0, 0, queue);
        const volk::vector<gr_complex> silence(banks.first().size());
        for (uint64_t block = 0; block < 8; block++) {
            banks.first().begin_block(static_cast<int64_t>(block), silence.data());
            if (live.next_block(block + 1) == block)
                live.cut(block, tokens, meter, {}, queue);
        }
        live.release(queue);
        return queue.count;
    };
    BOOST_TEST(count({ { 0, 2000 } }) > 0u);
    BOOST_TEST(count({ { 0, 2000 }, { FAR, FAR } }) == count({ { 0, 2000 } }));
}

// A stream at block 20 of which the tags are applied, and blocks from 4 on are there.
BOOST_AUTO_TEST_CASE(a_stream_goes_back_to_the_beginning_of_a_burst)
{
    const token_settings settings{ { 64, 64, 32 }, pmt::make_dict(), {} };
    filter_banks banks(RATE);
    const uint64_t hop = banks.first().hop();
    const auto next = [&](uint64_t start, uint64_t count) {
        emission_stream live(settings, banks, std::make_shared<stretch>(), 0, 0, 0);
        token_queue queue;
        emission e = with({ { start, count } });
        e.freq_lower = -8e3; // without a second bank
        e.freq_upper = 8e3;
        const uint64_t missed = live.update(e, pmt::make_dict(), 4, 20, queue);
        return std::pair(live.next_block(21), missed);
    };
    constexpr uint64_t MARGIN = 1229; // 12 tokens of 64 samples at 30 kHz
    BOOST_TEST((next(15 * hop + MARGIN, 50) == std::pair<uint64_t, uint64_t>(15, 0)));
    BOOST_TEST((next(15 * hop - 1 + MARGIN, 50) == std::pair<uint64_t, uint64_t>(14, 0)));
    BOOST_TEST((next(4 * hop - 9, 90) == std::pair<uint64_t, uint64_t>(4, 9)));
    BOOST_TEST((next(30 * hop, 90) == std::pair<uint64_t, uint64_t>(21, 0)));
    BOOST_TEST((next(0, 90) == std::pair<uint64_t, uint64_t>(21, 90))); // all is gone
}

// As where some of the tones alone were found.
BOOST_AUTO_TEST_CASE(tones_beside_a_narrow_emission_are_looked_at)
{
    const keyed::bits block = { 3, 1, 4, 0, 6, 5, 2 }, data(29, 3);
    const auto x = keyed::tones(block + data + block + data + block, 6.25, -20.0);
    token_settings settings{ { 64, 64, 32 }, pmt::make_dict(), {} };
    frame_formats::set(shipped_formats());
    settings.frame_sync = true;
    spectrum tokens({ 64, 32, "hann", 1, "db", "keep", "two" });
    modulation_meter meter;
    filter_banks banks(12e3);
    emission_stream live(settings, banks, std::make_shared<stretch>(), 7, 0, 0);
    token_queue queue;
    emission e = with({ { 0, x.size() } });
    e.freq_lower = -22.0;
    e.freq_upper = 2.0;
    live.update(e, pmt::make_dict(), 0, 0, queue);
    const uint64_t hop = banks.first().hop(), margin = banks.first().margin();
    volk::vector<gr_complex> samples(banks.first().size());
    for (uint64_t block = 1; block * hop + samples.size() < x.size(); block++) {
        std::copy_n(x.data() + block * hop - margin, samples.size(), samples.data());
        banks.first().begin_block(static_cast<int64_t>(block), samples.data());
        live.cut(block, tokens, meter, {}, queue);
    }
    live.forget(queue);
    BOOST_TEST_REQUIRE(queue.findings.size() >= 2u);
    const auto entry = [](const pmt::pmt_t& dict, const char* name) {
        return pmt::dict_ref(dict, pmt::intern(name), pmt::PMT_NIL);
    };
    for (const auto& message : queue.findings)
        BOOST_TEST(pmt::to_uint64(entry(message, "id")) == 7u);
    BOOST_TEST(pmt::is_null(entry(queue.findings.front(), "frames"))); // that it looks
    for (size_t i = 1; i < queue.findings.size(); i++)
        BOOST_TEST(pmt::symbol_to_string(entry(queue.findings[i], "frames")) == "FT8");
}

BOOST_AUTO_TEST_CASE(samples_whose_sum_has_no_number_are_refused)
{
    const uint64_t most = std::numeric_limits<uint64_t>::max();
    BOOST_TEST(refusal_of(with({ { FAR, FAR } })) == "");
    BOOST_TEST(refusal_of(with({ { most - 5, 10 } }))
                   .find("rfattn:emission: entry bursts must be pairs of uint64 below "
                         "2^62, got") == 0u);
    emission e = with({});
    e.sample_now = most;
    BOOST_TEST(refusal_of(e) ==
               "rfattn:emission: entry sample_now must be a uint64 below "
               "2^62, got 18446744073709551615");
}

BOOST_AUTO_TEST_CASE(a_sample_at_an_absurd_rate_has_a_time)
{
    segment s;
    s.rx.rate = 1e-300;
    s.rx.time = stream_time{ 7, 0.5 };
    const auto time = s.rx_at(std::numeric_limits<uint64_t>::max()).time;
    BOOST_TEST(time->seconds == 1000000000000000007u);
}

BOOST_AUTO_TEST_CASE(a_time_whose_fraction_is_none_is_not_taken)
{
    reception rx;
    for (double fraction : { 1.0, -0.1, 1e300 })
        BOOST_TEST(
            !update(rx,
                    keys::RX_TIME,
                    pmt::make_tuple(pmt::from_uint64(7), pmt::from_double(fraction))));
    BOOST_TEST(!rx.time.has_value());
}
