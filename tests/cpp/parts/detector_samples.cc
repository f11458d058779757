/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "detector_samples.h"
#include "base/estimated_fft.h"

samples noise(double rate, double seconds, double power, unsigned seed)
{
    std::mt19937 generator(seed);
    std::normal_distribution<float> part(0.0f, static_cast<float>(std::sqrt(power / 2)));
    samples values(static_cast<size_t>(seconds * rate));
    for (auto& value : values)
        value = { part(generator), part(generator) };
    return values;
}

samples filtered(const samples& values, const std::function<float(double)>& gain)
{
    const int n = static_cast<int>(values.size());
    gr::rfattn::estimated_fft forward(n, FFTW_FORWARD), backward(n, FFTW_BACKWARD);
    std::copy(values.begin(), values.end(), forward.input());
    forward.execute();
    for (int i = 0; i < n; i++)
        backward.input()[i] =
            forward.output()[i] * (gain(static_cast<double>(i < n / 2 ? i : i - n) / n) /
                                   static_cast<float>(n));
    backward.execute();
    return { backward.output(), backward.output() + n };
}

void add_fsk(samples& to,
             double rate,
             double centre,
             double shift,
             double symbol_s,
             double start,
             double end,
             double power)
{
    std::mt19937 generator(3);
    double phase = 0.0, frequency = 0.0;
    int symbol = -1;
    const auto amplitude = static_cast<float>(std::sqrt(power));
    for (auto i = static_cast<size_t>(start * rate); i < end * rate; i++) {
        const int now = static_cast<int>((i / rate - start) / symbol_s);
        if (now != symbol)
            frequency = centre + (generator() % 2 ? 0.5 : -0.5) * shift;
        symbol = now;
        phase = std::remainder(phase + 2.0 * M_PI * frequency / rate, 2.0 * M_PI);
        to[i] += std::polar(amplitude, static_cast<float>(phase));
    }
}

std::map<uint64_t, gr::rfattn::emission>
found(const samples& values, double rate, bool one_sided, const std::string& without)
{
    gr::rfattn::detector d({ rate, 0.01, one_sided });
    if (!without.empty())
        d.made().leave_out(without);
    d.restart(0, 0);
    std::map<uint64_t, gr::rfattn::emission> last;
    for (const auto& r : d.add(values.data(), values.size()))
        last[r.id] = r;
    for (const auto& r : d.finish())
        last[r.id] = r;
    return last;
}
