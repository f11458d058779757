/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "added_noise.h"
#include "base/estimated_fft.h"

#include <gnuradio/random.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace gr {
namespace rfattn {

namespace {

constexpr int TABLE = 65536;

using noise_table = std::vector<gr_complex>;

// Noise that repeats, of density 1 within the pass band: real and imaginary part have
// variance 1 where there is no filter.
noise_table make_noise(bool is_filtered)
{
    gr::random draw(1);
    estimated_fft inverse(TABLE, FFTW_BACKWARD);
    for (int i = 0; i < TABLE; i++) {
        const double turns = static_cast<double>(i) / TABLE;
        const double gain =
            is_filtered ? filter_bank::response(turns < 0.5 ? turns : turns - 1.0) : 1.0;
        const auto scale = static_cast<float>(gain / std::sqrt(TABLE));
        const float real = draw.gasdev();
        inverse.input()[i] = scale * gr_complex(real, draw.gasdev());
    }
    inverse.execute();
    return { inverse.output(), inverse.output() + TABLE };
}

const noise_table& repeating_noise(bool is_filtered)
{
    static const noise_table filtered = make_noise(true), white = make_noise(false);
    return is_filtered ? filtered : white;
}

double linear(double db)
{
    return std::pow(10.0, 0.1 * db);
}

} // namespace

void added_noise::update(const emission& e, double width, const emission_channel& channel)
{
    d_is_filtered = channel.is_filtered();
    d_level = 0.0f;
    if (d_max_snr_db == 0.0 || e.snr_db <= d_max_snr_db)
        return;
    const double between_edges =
        linear(e.power_db - d_max_snr_db) - linear(e.power_db - e.snr_db);
    const double all = between_edges * channel.rate() / std::min(width, channel.rate());
    const double level = std::sqrt(0.5 * all);
    d_level = std::isfinite(level) ? static_cast<float>(level) : 0.0f;
}

const gr_complex*
added_noise::add(uint64_t first, const gr_complex* samples, size_t count)
{
    if (d_level == 0.0f || count == 0)
        return samples;
    const noise_table& noise = repeating_noise(d_is_filtered);
    d_noisy.resize(count);
    size_t at = first % TABLE;
    for (size_t i = 0; i < count; i++, at = (at + 1) % TABLE)
        d_noisy[i] = samples[i] + d_level * noise[at];
    return d_noisy.data();
}

} // namespace rfattn
} // namespace gr
