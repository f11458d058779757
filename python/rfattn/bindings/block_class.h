/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_BLOCK_CLASS_H
#define INCLUDED_RFATTN_BLOCK_CLASS_H

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <array>
#include <memory>
#include <tuple>
#include <utility>

//! Names of the arguments of make() that stand before its settings, and their types.
template <class... T>
struct required {
    std::array<const char*, sizeof...(T)> names;
};

//! The class of a block whose make() takes settings.
template <class Block, class... Bases>
struct block_class : pybind11::class_<Block, Bases..., std::shared_ptr<Block>> {
    using pybind11::class_<Block, Bases..., std::shared_ptr<Block>>::class_;

    //! Defines the constructor: `first`, then each member of the settings under its name,
    //! with the default that the settings have.
    template <class... T, class Settings, class... M>
    block_class& def_init(const required<T...>& first,
                          std::pair<const char*, M Settings::*>... member)
    {
        const auto make = [member...](T... value, M... set) {
            Settings s;
            ((s.*member.second = std::move(set)), ...);
            return Block::make(value..., s);
        };
        const auto define = [&](auto... name) {
            this->def(pybind11::init(make),
                      pybind11::arg(name)...,
                      (pybind11::arg(member.first) = Settings().*member.second)...);
        };
        std::apply(define, first.names);
        return *this;
    }
};

#endif // INCLUDED_RFATTN_BLOCK_CLASS_H
