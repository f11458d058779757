/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "front_end_pmt.h"

#include <gnuradio/rfattn/tags.h>

namespace gr {
namespace rfattn {

pmt::pmt_t front_end_to_pmt(const spectrum::settings& s, int hop, double max_snr_db)
{
    const std::pair<const char*, pmt::pmt_t> entries[] = {
        { tags::KEY_FFT_SIZE, pmt::from_uint64(s.fft_size) },
        { tags::KEY_HOP, pmt::from_uint64(hop) },
        { tags::KEY_N_BINS, pmt::from_uint64(s.n_bins) },
        { tags::KEY_WINDOW, pmt::mp(s.window) },
        { tags::KEY_AVERAGING, pmt::from_uint64(s.averaging) },
        { tags::KEY_SCALE, pmt::mp(s.scale) },
        { tags::KEY_DC, pmt::mp(s.dc) },
        { tags::KEY_SIDES, pmt::mp(s.sides) },
    };
    pmt::pmt_t dict = pmt::make_dict();
    for (const auto& [key, value] : entries)
        dict = pmt::dict_add(dict, pmt::mp(key), value);
    if (max_snr_db > 0.0)
        dict = pmt::dict_add(
            dict, pmt::mp(tags::KEY_MAX_SNR_DB), pmt::from_double(max_snr_db));
    return dict;
}

} // namespace rfattn
} // namespace gr
