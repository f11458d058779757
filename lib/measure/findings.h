/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_FINDINGS_H
#define INCLUDED_RFATTN_FINDINGS_H

#include <limits>
#include <string_view>
#include <variant>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief What was found of an emission's signal: numbers, texts and lists of texts by
 * their names.
 *
 * Meters and searches write into one table, which states whether anything is news. A
 * finding stays until another replaces it. Names and texts are not copied: they must last
 * as long as the program.
 */
class findings {
public:
    using texts = std::vector<std::string_view>;
    //! A finding; the first of these where it is absent.
    using value = std::variant<std::monostate, double, std::string_view, texts>;

    struct entry {
        std::string_view name;
        value now;
        value told; //!< when it was news last
        double same;
    };

    //! For numbers of which the first is news, and no other.
    static constexpr double ANY_CHANGE = std::numeric_limits<double>::infinity();

    //! Replaces a finding; an empty text or list removes it.
    //! \param same a number that differs from the last one that was news by at most this
    //! share of it is no news
    void set(std::string_view name, const value& found, double same = 0.0);
    void remove(std::string_view name) { set(name, value()); }

    const value& operator[](std::string_view name) const;
    bool has(std::string_view name) const { return (*this)[name].index() > 0; }

    //! Whether anything is another than when it was news last. Then it is news now.
    bool take_news();

    //! All that were ever set, in this order.
    const std::vector<entry>& entries() const { return d_entries; }

private:
    std::vector<entry> d_entries; // few
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_FINDINGS_H
