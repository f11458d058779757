/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_API_H
#define INCLUDED_RFATTN_API_H

#include <gnuradio/attributes.h>

#ifdef gnuradio_rfattn_EXPORTS
#define RFATTN_API __GR_ATTR_EXPORT
#else
#define RFATTN_API __GR_ATTR_IMPORT
#endif

#endif // INCLUDED_RFATTN_API_H
