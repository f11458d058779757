/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "band_tagger_impl.h"
#include "checks.h"
#include "gap_tags.h"

#include <gnuradio/io_signature.h>

#include <algorithm>
#include <cstdlib>

namespace gr {
namespace rfattn {

namespace {

const checks CHECK("band_tagger");

int checked_offset(int offset, int n_bands)
{
    const std::string most = std::to_string(n_bands / 2);
    return CHECK.require(std::abs(offset) <= n_bands / 2,
                         "offset",
                         "from -" + most + " to " + most,
                         offset);
}

} // namespace

band_tagger::sptr band_tagger::make(int n_bands, int offset)
{
    return gnuradio::make_block_sptr<band_tagger_impl>(n_bands, offset);
}

band_tagger_impl::band_tagger_impl(int n_bands, int offset)
    : gr::sync_block("band_tagger",
                     gr::io_signature::make(1, 1, sizeof(gr_complex)),
                     gr::io_signature::make(1, 1, sizeof(gr_complex))),
      d_n_bands(CHECK.at_least(1, "n_bands", n_bands)),
      d_offset(checked_offset(offset, n_bands))
{
    set_tag_propagation_policy(TPP_DONT);
}

bool band_tagger_impl::start()
{
    d_wide = reception();
    d_error.clear();
    return gr::sync_block::start();
}

int band_tagger_impl::work(int noutput_items,
                           gr_vector_const_void_star& input_items,
                           gr_vector_void_star& output_items)
{
    const auto in = static_cast<const gr_complex*>(input_items[0]);
    std::copy_n(in, noutput_items, static_cast<gr_complex*>(output_items[0]));
    return d_error.guard([&] {
        translate_all(noutput_items);
        return noutput_items;
    });
}

void band_tagger_impl::translate_all(int noutput_items)
{
    get_tags_in_window(d_tags, 0, 0, noutput_items);
    std::stable_sort(d_tags.begin(), d_tags.end(), tag_t::offset_compare);
    for (auto first = d_tags.cbegin(); first != d_tags.cend();) {
        const auto last = std::find_if(first, d_tags.cend(), [first](const tag_t& tag) {
            return tag.offset != first->offset;
        });
        translate(first, last);
        first = last;
    }
}

// The tags of one sample.
void band_tagger_impl::translate(std::vector<tag_t>::const_iterator first,
                                 std::vector<tag_t>::const_iterator last)
{
    bool changed = false;
    for (auto tag = first; tag != last; ++tag) {
        if (tag->key == keys::RX_RATE || tag->key == keys::RX_FREQ) {
            changed |= update_or_warn(d_wide, *tag, d_logger);
            continue;
        }
        const auto same = [tag](const tag_t& other) { return other.key == tag->key; };
        if (std::find_if(first, tag, same) == tag)
            add_item_tag(0, *tag);
    }
    if (!changed || !d_wide.rate)
        return;
    const double rate = *d_wide.rate / d_n_bands;
    add_item_tag(0, first->offset, keys::RX_RATE, pmt::from_double(rate), alias_pmt());
    if (d_wide.frequency)
        add_item_tag(0,
                     first->offset,
                     keys::RX_FREQ,
                     pmt::from_double(*d_wide.frequency + d_offset * rate),
                     alias_pmt());
}

} // namespace rfattn
} // namespace gr
