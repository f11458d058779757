/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_TAG_VALUES_H
#define INCLUDED_RFATTN_TAG_VALUES_H

#include <gnuradio/tags.h>
#include <pmt/pmt.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gr {
namespace rfattn {

//! A uint64, or an integer >= 0; nothing for any other value.
std::optional<uint64_t> as_count(const pmt::pmt_t& value);

//! A finite real number or an integer of any type; nothing for any other value.
std::optional<double> as_number(const pmt::pmt_t& value);

//! A value as text for a message, cut to a length that fits one line.
std::string as_text(const pmt::pmt_t& value);

//! A PMT vector of these.
pmt::pmt_t vector_of(const std::vector<pmt::pmt_t>& values);

//! A PMT vector of uint64. pmt.to_python does not take what init_u64vector makes.
pmt::pmt_t counts_to_pmt(const std::vector<uint64_t>& counts);

//! A vector of counts, of either kind; nothing for any other value.
std::optional<std::vector<uint64_t>> as_counts(const pmt::pmt_t& value);

//! The value of a tag that is a count. \throws std::invalid_argument as tag_dict does
uint64_t count_of(const tag_t& tag);

/*!
 * \brief Reads the dictionary that a tag or a message carries.
 *
 * All throw std::invalid_argument with one line that names the tag, the entry, the rule
 * and the value.
 */
class tag_dict {
public:
    //! \param name of the tag or of the message port
    tag_dict(std::string name, const pmt::pmt_t& value);

    //! The value of an entry, whose key is a symbol; PMT_NIL where it is absent.
    pmt::pmt_t find(const pmt::pmt_t& key) const;

    uint64_t count(const pmt::pmt_t& key) const;
    uint64_t count(const pmt::pmt_t& key, uint64_t absent) const;
    double number(const pmt::pmt_t& key) const;

    [[noreturn]] void
    refuse(const pmt::pmt_t& key, const std::string& rule, const pmt::pmt_t& value) const;

private:
    const std::string d_name;
    std::vector<std::pair<pmt::pmt_t, pmt::pmt_t>> d_entries;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_TAG_VALUES_H
