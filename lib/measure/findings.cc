/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "findings.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

bool is_empty(const findings::value& found)
{
    const auto* text = std::get_if<std::string_view>(&found);
    const auto* list = std::get_if<findings::texts>(&found);
    return (text && text->empty()) || (list && list->empty());
}

bool is_news(const findings::entry& e)
{
    const auto* now = std::get_if<double>(&e.now);
    const auto* told = std::get_if<double>(&e.told);
    return now && told ? std::abs(*now - *told) > e.same * std::abs(*told)
                       : e.now != e.told;
}

template <class Entries>
auto find(Entries& entries, std::string_view name)
{
    return std::find_if(
        entries.begin(), entries.end(), [=](const auto& e) { return e.name == name; });
}

} // namespace

void findings::set(std::string_view name, const value& found, double same)
{
    auto at = find(d_entries, name);
    if (at == d_entries.end())
        at = d_entries.insert(at, { name, {}, {}, same });
    at->now = is_empty(found) ? value() : found;
}

const findings::value& findings::operator[](std::string_view name) const
{
    static const value ABSENT;
    const auto at = find(d_entries, name);
    return at == d_entries.end() ? ABSENT : at->now;
}

bool findings::take_news()
{
    bool any = false;
    for (auto& e : d_entries)
        if (is_news(e)) {
            e.told = e.now;
            any = true;
        }
    return any;
}

} // namespace rfattn
} // namespace gr
