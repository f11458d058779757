/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_BAND_TAGGER_IMPL_H
#define INCLUDED_RFATTN_BAND_TAGGER_IMPL_H

#include "run_error.h"
#include "streams/segment.h"

#include <gnuradio/rfattn/band_tagger.h>

#include <vector>

namespace gr {
namespace rfattn {

class band_tagger_impl : public band_tagger {
public:
    band_tagger_impl(int n_bands, int offset);

    std::string error() const override { return d_error.text(); }

    bool start() override;
    int work(int noutput_items,
             gr_vector_const_void_star& input_items,
             gr_vector_void_star& output_items) override;

private:
    void translate_all(int noutput_items);
    void translate(std::vector<tag_t>::const_iterator first,
                   std::vector<tag_t>::const_iterator last);

    const double d_n_bands;
    const double d_offset;
    reception d_wide; // what is known of the receiver
    std::vector<tag_t> d_tags;
    run_error d_error{ d_logger };
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_BAND_TAGGER_IMPL_H
