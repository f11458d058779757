/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "feature_list.h"
#include "measure/emission_features.h"
#include "measure/modulation.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace gr {
namespace rfattn {

std::vector<std::string> feature_list::known()
{
    std::vector<std::string> found(emission_features::NAMES.begin(),
                                   emission_features::NAMES.end());
    found.insert(found.end(), modulation::NAMES.begin(), modulation::NAMES.end());
    return found;
}

feature_list::feature_list(const std::vector<std::string>& wanted)
{
    if (wanted.empty())
        return;
    const auto all = known();
    names = pmt::make_vector(wanted.size(), pmt::PMT_NIL);
    for (size_t i = 0; i < wanted.size(); i++) {
        const auto found = std::find(all.begin(), all.end(), wanted[i]);
        const auto number = static_cast<size_t>(found - all.begin());
        const bool again =
            std::find(numbers.begin(), numbers.end(), number) != numbers.end();
        if (found == all.end() || again) {
            std::ostringstream message;
            message << "emission_extractor: features must be different ones of";
            for (const auto& name : all)
                message << ' ' << name;
            message << ", got " << wanted[i];
            throw std::invalid_argument(message.str());
        }
        numbers.push_back(number);
        needs_modulation |= number >= emission_features::COUNT;
        pmt::vector_set(names, i, pmt::mp(wanted[i]));
    }
}

} // namespace rfattn
} // namespace gr
