/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_PLAIN_CHECKS_H
#define INCLUDED_RFATTN_PLAIN_CHECKS_H

#include <boost/test/unit_test.hpp>
#include <random>

// Random numbers come from code without checks, which would take most of the time.
#define RANDOM_NUMBERS(KIND)                                                             \
    KIND template std::mt19937::result_type std::mt19937::operator()();                  \
    KIND template float std::normal_distribution<float>::operator()(                     \
        std::mt19937&, const std::normal_distribution<float>::param_type&);              \
    KIND template double std::normal_distribution<double>::operator()(                   \
        std::mt19937&, const std::normal_distribution<double>::param_type&);
RANDOM_NUMBERS(extern)

// In programs with checks at run time, an assertion without further arguments is a call.
// Boost's templates, which print operands, double the time of compiling a test there.
void note_check(bool passed, const char* text, const char* file, size_t line);
void note_require(bool passed, const char* text, const char* file, size_t line);

#define PLAIN_CHECK(P) note_check(static_cast<bool>(P), #P, __FILE__, __LINE__)
#define PLAIN_REQUIRE(P) note_require(static_cast<bool>(P), #P, __FILE__, __LINE__)
#define PLAIN_LEVEL(level, P) PLAIN_##level(P)
#define PLAIN_OR_FULL(level, ...)                                                        \
    BOOST_TEST_INVOKE_IF_N_ARGS(                                                         \
        2, PLAIN_LEVEL, BOOST_TEST_TOOL_UNIV_EX, level, __VA_ARGS__)

#undef BOOST_TEST
#undef BOOST_TEST_REQUIRE
#undef BOOST_CHECK
#undef BOOST_REQUIRE
#undef BOOST_CHECK_EQUAL
#undef BOOST_REQUIRE_EQUAL
#define BOOST_TEST(...) PLAIN_OR_FULL(CHECK, __VA_ARGS__)
#define BOOST_TEST_REQUIRE(...) PLAIN_OR_FULL(REQUIRE, __VA_ARGS__)
#define BOOST_CHECK(P) PLAIN_CHECK(P)
#define BOOST_REQUIRE(P) PLAIN_REQUIRE(P)
#define BOOST_CHECK_EQUAL(L, R) PLAIN_CHECK((L) == (R))
#define BOOST_REQUIRE_EQUAL(L, R) PLAIN_REQUIRE((L) == (R))

#endif
