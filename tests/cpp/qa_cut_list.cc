/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "channel/arrival_log.h"
#include "channel/cut_list.h"
#include "channel/sample_ring.h"
#include "spectra/token_framer.h"

#include <boost/test/unit_test.hpp>
#include <vector>

using gr::rfattn::arrival_log;
using gr::rfattn::burst;
using gr::rfattn::cut_list;
using gr::rfattn::emission;
using gr::rfattn::sample_ring;
using gr::rfattn::token_framer;

namespace {

constexpr uint64_t MARGIN = 100, MOST = 500;

emission
with(std::vector<burst> ended, std::optional<uint64_t> start, uint64_t now = 100000)
{
    emission e;
    e.sample_start = 10000;
    e.sample_count = 2000;
    e.sample_now = now;
    e.bursts = std::move(ended);
    e.burst_start = start;
    return e;
}

void check(const cut_list& cuts, std::vector<std::pair<uint64_t, uint64_t>> expected)
{
    BOOST_REQUIRE_EQUAL(cuts.spans().size(), expected.size());
    for (size_t i = 0; i < expected.size(); i++) {
        BOOST_CHECK_EQUAL(cuts.spans()[i].start, expected[i].first);
        BOOST_CHECK_EQUAL(cuts.spans()[i].stop, expected[i].second);
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(a_burst_is_cut_from_its_margin_to_its_margin)
{
    cut_list cuts(MOST, 0);
    BOOST_CHECK_EQUAL(cuts.update(with({}, 10000, 10160), 0, MARGIN).missed, 0u);
    check(cuts, { { 9900, cut_list::NEVER } });
    cuts.update(with({}, 10000, 11600), 0, MARGIN); // the same burst
    check(cuts, { { 9900, cut_list::NEVER } });
    cuts.update(with({ { 10010, 1590 } }, {}), 0, MARGIN); // its start was refined
    check(cuts, { { 9900, 11800 } });                      // 1600 / 8
    BOOST_CHECK_EQUAL(cuts.spans()[0].burst_start, 10000u);
}

BOOST_AUTO_TEST_CASE(margins_have_limits)
{
    cut_list cuts(MOST, 0);
    cuts.update(with({ { 10000, 8 }, { 20000, 1600 }, { 30000, 40000 } }, {}), 0, MARGIN);
    check(cuts, { { 9900, 10108 }, { 19800, 21800 }, { 29500, 70500 } });
}

BOOST_AUTO_TEST_CASE(one_burst_ends_and_another_begins_in_one_update)
{
    cut_list cuts(MOST, 0);
    cuts.update(with({}, 10000, 10000), 0, MARGIN);
    cuts.update(with({ { 10000, 80 }, { 12000, 80 } }, 14000, 14000), 0, MARGIN);
    check(cuts, { { 9900, 10180 }, { 11900, 12180 }, { 13900, cut_list::NEVER } });
    cuts.end_at(13950);
    check(cuts, { { 9900, 10180 }, { 11900, 12180 }, { 13900, 13950 } });
    cuts.forget(12180);
    check(cuts, { { 13900, 13950 } });
}

BOOST_AUTO_TEST_CASE(an_earlier_burst_may_be_found_while_a_later_one_is_on_the_air)
{
    cut_list cuts(MOST, 0);
    cuts.update(with({}, 20000, 20000), 0, MARGIN);
    cuts.update(with({ { 10000, 80 } }, 20000, 20160), 0, MARGIN);
    check(cuts, { { 9900, 10180 }, { 19900, cut_list::NEVER } });
    cuts.update(with({ { 20000, 800 } }, {}), 0, MARGIN);
    check(cuts, { { 9900, 10180 }, { 19900, 20900 } });
}

BOOST_AUTO_TEST_CASE(what_has_passed_is_missed)
{
    cut_list cuts(MOST, 0);
    BOOST_CHECK_EQUAL(cuts.update(with({ { 10000, 80 } }, {}), 20000, MARGIN).missed,
                      80u);
    check(cuts, {});
    BOOST_CHECK_EQUAL(cuts.update(with({ { 19950, 80 } }, {}), 20000, MARGIN).missed,
                      50u);
    BOOST_CHECK_EQUAL(cuts.update(with({}, 19999, 19999), 20000, MARGIN).missed, 1u);
}

BOOST_AUTO_TEST_CASE(a_burst_that_is_no_more_stated_has_ended)
{
    cut_list cuts(MOST, 0);
    cuts.update(with({}, 10000, 10000), 0, MARGIN);
    cuts.update(with({}, {}), 0, MARGIN); // sample_start + sample_count
    check(cuts, { { 9900, 12250 } });
}

BOOST_AUTO_TEST_CASE(an_update_states_where_its_new_spans_begin)
{
    cut_list cuts(MOST, 0);
    BOOST_TEST(cuts.update(with({ { 12000, 80 } }, 20000, 20000), 0, MARGIN).begin ==
               11900u);
    BOOST_TEST(cuts.update(with({}, 20000, 30000), 0, MARGIN).begin == cut_list::NEVER);
    BOOST_TEST(cuts.update(with({ { 40000, 80 } }, {}), 50000, MARGIN).begin ==
               cut_list::NEVER); // the burst on the air ends
    BOOST_TEST(cuts.first_from(0) == 11900u);
    BOOST_TEST(cuts.first_from(12000) == 12000u);
    BOOST_TEST(cuts.first_from(12180) == 19900u); // behind the first span
    BOOST_TEST(cuts.first_from(60000) == cut_list::NEVER);
}

BOOST_AUTO_TEST_CASE(samples_came_with_the_call_that_completed_them)
{
    arrival_log log;
    BOOST_TEST(log.at(5) == 0u);
    log.add(10, 100);
    log.add(20, 200);
    log.add(30, 300);
    BOOST_TEST(log.at(0) == 100u);
    BOOST_TEST(log.at(10) == 100u);
    BOOST_TEST(log.at(11) == 200u);
    BOOST_TEST(log.at(31) == 300u); // did not come
    log.forget(20);
    BOOST_TEST(log.at(1) == 300u);
    log.forget(1000); // the last one stays
    BOOST_TEST(log.at(1) == 300u);
    log.restart();
    BOOST_TEST(log.at(1) == 0u);
}

BOOST_AUTO_TEST_CASE(nothing_lies_before_the_first_sample)
{
    cut_list cuts(MOST, 9990);
    cuts.update(with({ { 10000, 80 } }, {}), 0, MARGIN);
    check(cuts, { { 9990, 10180 } });
    BOOST_CHECK(cuts.wants(0, 9991));
    BOOST_CHECK(!cuts.wants(0, 9990));
    BOOST_CHECK(cuts.wants(10179, 20000));
    BOOST_CHECK(!cuts.wants(10180, 20000));
}

BOOST_AUTO_TEST_CASE(tokens_begin_at_multiples_and_lie_within_a_run)
{
    token_framer framer(10, 25);
    std::vector<gr_complex> x(1000);
    for (int i = 0; i < 1000; i++)
        x[i] = static_cast<float>(i);
    std::vector<uint64_t> tokens;
    const auto add = [&](uint64_t first, size_t count) {
        framer.add(
            first, &x[first], count, [&](uint64_t token, const gr_complex* samples) {
                tokens.push_back(token);
                for (int i = 0; i < 25; i++)
                    BOOST_CHECK_EQUAL(samples[i], x[token + i]);
            });
    };
    add(3, 40); // to 42
    add(43, 2); // to 44: the token at 20 is complete
    add(45, 1);
    add(61, 33); // a pause; to 93
    add(94, 1);
    BOOST_CHECK(tokens == (std::vector<uint64_t>{ 10, 20, 70 }));
    framer.reset();
    add(95, 30);
    BOOST_CHECK(tokens == (std::vector<uint64_t>{ 10, 20, 70, 100 }));
}

BOOST_AUTO_TEST_CASE(tokens_may_lie_apart)
{
    token_framer framer(100, 20);
    std::vector<gr_complex> x(10);
    std::vector<uint64_t> tokens;
    for (uint64_t first = 55; first < 355; first += 10) {
        framer.add(first, x.data(), x.size(), [&](uint64_t token, const gr_complex*) {
            tokens.push_back(token);
        });
    }
    BOOST_CHECK(tokens == (std::vector<uint64_t>{ 100, 200, 300 }));
}

BOOST_AUTO_TEST_CASE(the_ring_has_the_latest_samples)
{
    sample_ring ring(7);
    ring.restart(100);
    for (uint64_t n = 100; n < 140; n += 3) {
        const std::vector<gr_complex> x{ gr_complex(n),
                                         gr_complex(n + 1),
                                         gr_complex(n + 2) };
        ring.add(x.data(), x.size());
    }
    BOOST_CHECK_EQUAL(ring.end(), 142u);
    BOOST_CHECK(!ring.find(135, 7)); // 133 and 140 have the first place
    BOOST_REQUIRE(ring.find(136, 4));
    BOOST_CHECK_EQUAL(ring.find(136, 4)[3], gr_complex(139.0f));
    std::vector<gr_complex> out(7);
    ring.copy(135, 7, out.data());
    for (int i = 0; i < 7; i++)
        BOOST_CHECK_EQUAL(out[i], gr_complex(135.0f + i));
}
