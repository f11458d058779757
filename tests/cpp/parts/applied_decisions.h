/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_QA_APPLIED_DECISIONS_H
#define INCLUDED_RFATTN_QA_APPLIED_DECISIONS_H

#include "fit/decisions.h"

#include <string>

//! The names of the decisions that applied, in alphabetical order.
inline std::string applied(const gr::rfattn::decisions& made)
{
    std::string names;
    for (const auto& [name, count] : made.by_name())
        if (count > 0)
            names += (names.empty() ? "" : " ") + name;
    return names;
}

#endif // INCLUDED_RFATTN_QA_APPLIED_DECISIONS_H
