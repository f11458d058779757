/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "plain_checks.h"

RANDOM_NUMBERS()

void note_check(bool passed, const char* text, const char* file, size_t line)
{
    BOOST_CHECK_MESSAGE(passed, file << ":" << line << ": " << text);
}

void note_require(bool passed, const char* text, const char* file, size_t line)
{
    BOOST_REQUIRE_MESSAGE(passed, file << ":" << line << ": " << text);
}
