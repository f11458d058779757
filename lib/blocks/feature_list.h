/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_FEATURE_LIST_H
#define INCLUDED_RFATTN_FEATURE_LIST_H

#include <pmt/pmt.h>

#include <cstddef>
#include <string>
#include <vector>

namespace gr {
namespace rfattn {

//! The features in each token.
struct feature_list {
    //! Names of all that there are: those of emission_features, then those of modulation.
    static std::vector<std::string> known();

    feature_list() = default;

    //! \throws std::invalid_argument where a name is not known, or comes twice
    explicit feature_list(const std::vector<std::string>& names);

    std::vector<size_t> numbers; // places in `known`, in the order of a token
    pmt::pmt_t names;            // null: there are none
    bool needs_modulation = false;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_FEATURE_LIST_H
