/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "findings_pmt.h"
#include "tag_values.h"

#include <gnuradio/rfattn/tags.h>

#include <string>
#include <vector>

namespace gr {
namespace rfattn {

namespace {

const pmt::pmt_t ID = pmt::mp(tags::KEY_ID), FOUND = pmt::mp(tags::KEY_FOUND);

pmt::pmt_t symbol_of(std::string_view text)
{
    return pmt::intern(std::string(text));
}

struct maker {
    pmt::pmt_t operator()(std::monostate) const { return pmt::PMT_NIL; }
    pmt::pmt_t operator()(double number) const { return pmt::from_double(number); }
    pmt::pmt_t operator()(std::string_view text) const { return symbol_of(text); }
    pmt::pmt_t operator()(const findings::texts& texts) const
    {
        std::vector<pmt::pmt_t> symbols;
        for (const auto text : texts)
            symbols.push_back(symbol_of(text));
        return vector_of(symbols);
    }
};

} // namespace

pmt::pmt_t findings_to_pmt(uint64_t id, const findings& found)
{
    pmt::pmt_t by_name = pmt::make_dict();
    for (const auto& e : found.entries())
        if (found.has(e.name))
            by_name =
                pmt::dict_add(by_name, symbol_of(e.name), std::visit(maker(), e.now));
    const pmt::pmt_t dict = pmt::dict_add(pmt::make_dict(), ID, pmt::from_uint64(id));
    return pmt::dict_add(dict, FOUND, by_name);
}

} // namespace rfattn
} // namespace gr
