/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_FOUND_BY_H
#define INCLUDED_RFATTN_FOUND_BY_H

#include "measure/findings.h"
#include "measure/meter.h"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace found_by {

using gr::rfattn::findings;
using gr::rfattn::meter;
using texts = findings::texts;

//! What a meter reports.
template <class Meter>
findings all(const Meter& meter)
{
    findings found;
    meter.report(found);
    return found;
}

//! A number that was found; 0: none.
inline double number(const findings& found, std::string_view name)
{
    return found.has(name) ? std::get<double>(found[name]) : 0.0;
}

template <class Meter>
double number(const Meter& meter, std::string_view name)
{
    return number(all(meter), name);
}

//! A text that was found; "": none.
inline std::string text(const findings& found, std::string_view name)
{
    return found.has(name) ? std::string(std::get<std::string_view>(found[name])) : "";
}

inline void
add(meter& to, const std::vector<float>& turns, const std::vector<float>& amplitudes)
{
    to.add({ {}, turns, amplitudes });
}

} // namespace found_by

#endif // INCLUDED_RFATTN_FOUND_BY_H
