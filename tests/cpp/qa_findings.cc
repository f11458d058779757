/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "found_by.h"
#include "measure/findings.h"
#include "measure/meters.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <string>
#include <vector>

using found_by::number;
using found_by::text;
using found_by::texts;
using gr::rfattn::findings;
using gr::rfattn::meters_of;

namespace {

std::vector<std::string> names_in(const findings& found)
{
    std::vector<std::string> names;
    for (const auto& e : found.entries())
        if (found.has(e.name))
            names.emplace_back(e.name);
    return names;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_finding_stays_until_another_replaces_it)
{
    findings found;
    BOOST_TEST(!found.has("rate"));
    found.set("rate", 4800.0);
    found.set("speech", std::string_view("constant"));
    found.set("rate", 2400.0);
    BOOST_TEST(number(found, "rate") == 2400.0);
    BOOST_TEST(text(found, "speech") == "constant");
    BOOST_TEST((names_in(found) == std::vector<std::string>{ "rate", "speech" }));
    found.remove("rate");
    BOOST_TEST((names_in(found) == std::vector<std::string>{ "speech" }));
}

BOOST_AUTO_TEST_CASE(what_is_empty_is_absent)
{
    findings found;
    for (const findings::value& empty : { findings::value(),
                                          findings::value(std::string_view()),
                                          findings::value(texts()) }) {
        found.set("format", empty);
        BOOST_TEST(!found.has("format"));
        BOOST_TEST(!found.take_news());
        found.set("format", texts{ "DMR" });
        BOOST_TEST(found.take_news());
        found.set("format", empty);
        BOOST_TEST(found.take_news()); // it was there
    }
}

BOOST_AUTO_TEST_CASE(what_is_another_is_news_once)
{
    findings found;
    found.set("rate", 4800.0);
    found.set("absent", texts{ "ACARS" });
    found.set("speech", std::string_view("constant"));
    BOOST_TEST(found.take_news());
    BOOST_TEST(!found.take_news());
    found.set("rate", 4800.5);
    BOOST_TEST(found.take_news());
    found.set("absent", texts{ "Z-Wave" });
    BOOST_TEST(found.take_news());
    found.set("speech", std::string_view("frequency"));
    BOOST_TEST(found.take_news());
    found.set("speech", 1.0); // another type
    BOOST_TEST(found.take_news());
    BOOST_TEST(!found.take_news());
}

BOOST_AUTO_TEST_CASE(small_changes_of_a_number_are_no_news)
{
    findings found;
    const auto is_news = [&](double value, double same) {
        found.set(same > 1.0 ? "first" : "rate", value, same);
        return found.take_news();
    };
    BOOST_TEST(is_news(1000.0, 0.03));
    BOOST_TEST(!is_news(1029.0, 0.03));
    BOOST_TEST(number(found, "rate") == 1029.0); // the latest, with what is news
    BOOST_TEST(is_news(1031.0, 0.03));           // from 1000
    BOOST_TEST(!is_news(1001.0, 0.03));
    BOOST_TEST(is_news(5.0, findings::ANY_CHANGE));
    BOOST_TEST(!is_news(500.0, findings::ANY_CHANGE));
    BOOST_TEST(!is_news(NAN, findings::ANY_CHANGE));
    found.remove("first");
    BOOST_TEST(found.take_news());
    BOOST_TEST(is_news(500.0, findings::ANY_CHANGE));
}

BOOST_AUTO_TEST_CASE(the_meters_of_an_emission_follow_from_its_width)
{
    const auto count = [](double width) { return meters_of(48e3, width).size(); };
    BOOST_TEST(count(0.5e3) == 3u); // of bursts
    BOOST_TEST(count(1.5e3) == 4u); // and speech
    BOOST_TEST(count(12e3) == 5u);  // and four levels
    BOOST_TEST(count(100e3) == 4u);
    BOOST_TEST(count(450e3) == 3u);
    BOOST_TEST(count(1e6) == 0u);
}
