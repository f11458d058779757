/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_CHECKS_H
#define INCLUDED_RFATTN_CHECKS_H

#include <algorithm>
#include <cmath>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Rules of the arguments of one block.
 *
 * Each returns the value that it was given, for use in an initialiser. Each throws
 * std::invalid_argument with one line: "block: name must be rule, got value".
 */
class checks {
public:
    explicit checks(std::string block) : d_block(std::move(block)) {}

    //! The rule in words, for what the others do not cover.
    template <class T>
    const T&
    require(bool holds, const char* name, const std::string& rule, const T& value) const
    {
        if (!holds) {
            std::ostringstream message;
            message << d_block << ": " << name << " must be " << rule << ", got "
                    << value;
            throw std::invalid_argument(message.str());
        }
        return value;
    }

    int at_least(int limit, const char* name, int value) const
    {
        return require(value >= limit, name, ">= " + std::to_string(limit), value);
    }

    double positive(const char* name, double value) const
    {
        return require(
            std::isfinite(value) && value > 0.0, name, "> 0 and finite", value);
    }

    double finite(const char* name, double value) const
    {
        return require(std::isfinite(value), name, "finite", value);
    }

    const std::string& one_of(const std::vector<std::string>& valid,
                              const char* name,
                              const std::string& value) const
    {
        std::string list;
        for (const auto& choice : valid)
            list += (list.empty() ? "" : ", ") + choice;
        const bool found = std::find(valid.begin(), valid.end(), value) != valid.end();
        require(found, name, "one of " + list, "'" + value + "'");
        return value;
    }

private:
    const std::string d_block;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_CHECKS_H
