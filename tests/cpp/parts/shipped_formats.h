/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SHIPPED_FORMATS_H
#define INCLUDED_RFATTN_SHIPPED_FORMATS_H

#include <gnuradio/rfattn/frame_formats.h>

#include <vector>

// The rows of formats.toml, as shipped_formats.py writes them.
std::vector<gr::rfattn::frame_formats::row> shipped_formats();

#endif // INCLUDED_RFATTN_SHIPPED_FORMATS_H
