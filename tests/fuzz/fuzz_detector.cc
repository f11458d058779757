/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Any finite samples, of any strength, in any pieces and segments: what is reported lies
// within the band and within the time that was looked at, with finite values.

#include "bytes.h"
#include "detect/detector.h"
#include "spectra/sample_check.h"

#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <tuple>
#include <vector>

using namespace gr::rfattn;

namespace {

constexpr double RATES[] = { 6e3, 8e3, 48e3, 96e3 };

// Noise and a carrier of a stretch; both may be absent, huge or a single sample.
std::vector<gr_complex> stretch_of(fuzz::bytes& in)
{
    const size_t count = in.byte() % 4 ? in.take<uint16_t>() % 12000 : in.byte();
    const float exponent = static_cast<float>(in.byte() % 60) - 45.0f;
    const float noise = in.byte() % 4 ? std::pow(10.0f, exponent) : 0.0f;
    const float carrier = in.byte() % 2 ? noise * static_cast<float>(in.byte()) : 0.0f;
    const double step = in.take<int16_t>() * M_PI / 32768.0;
    const size_t pulse = 1 + in.take<uint16_t>() % 4000;
    uint32_t state = in.take<uint32_t>() | 1u;
    const auto random = [&state] { // xorshift, from -1 to 1
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        return static_cast<float>(state) / 2147483648.0f - 1.0f;
    };
    std::vector<gr_complex> samples(count);
    for (size_t i = 0; i < count; i++) {
        const gr_complex tone(std::polar(1.0, step * static_cast<double>(i)));
        samples[i] = gr_complex(noise * random(), noise * random()) +
                     (i / pulse % 2 ? carrier : 0.0f) * tone;
    }
    if (count && in.byte() % 4 == 0)
        samples[in.below(count)] = static_cast<float>(in.number());
    sample_check::copy_finite(samples.data(), count, samples.data());
    return samples;
}

// A new one would plan its FFTs for longer than it then runs; restart() must do.
detector& detector_for(const detector::settings& s)
{
    static std::map<std::tuple<double, double, bool>, std::unique_ptr<detector>> made;
    auto& found = made[{ s.rate, s.sensitivity, s.one_sided }];
    if (!found)
        found = std::make_unique<detector>(s);
    return *found;
}

class checker {
public:
    explicit checker(double rate) : d_rate(rate) {}

    void begin(uint64_t start) { d_start = d_end = start; }
    void look(uint64_t count) { d_end += count; }

    void operator()(const std::vector<emission>& reports)
    {
        for (const auto& e : reports) {
            MUST(d_ids.count(e.id) == (e.what == emission::state::NEW ? 0u : 1u));
            if (e.what == emission::state::NEW)
                d_ids.insert(e.id);
            if (e.what == emission::state::END)
                d_ids.erase(e.id);
            MUST(e.sample_start >= d_start && e.sample_start <= d_end);
            MUST(e.sample_now >= d_start && e.sample_now <= d_end);
            MUST(e.sample_count <= d_end - d_start);
            MUST(e.freq_lower <= e.freq_upper);
            MUST(std::abs(e.freq_lower) <= d_rate && std::abs(e.freq_upper) <= d_rate);
            MUST(std::isfinite(e.snr_db) && std::isfinite(e.power_db));
            MUST(e.duty >= 0.0 && e.duty <= 1.0);
            MUST(!e.period_s || (std::isfinite(*e.period_s) && *e.period_s > 0.0));
            for (const auto& b : e.bursts)
                MUST(b.sample_start >= d_start &&
                     b.sample_start + b.sample_count <= d_end);
        }
    }

private:
    const double d_rate;
    uint64_t d_start = 0, d_end = 0;
    std::set<uint64_t> d_ids;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    fuzz::bytes in(data, size);
    const double rate = RATES[in.byte() % 4];
    detector& found =
        detector_for({ rate, in.byte() % 2 ? 1e-2 : 1.0, in.byte() % 2 == 0 });
    checker check(rate);
    uint64_t segment = 0, start = in.count() >> 2;
    check.begin(start);
    found.restart(segment, start);
    for (int left = 24; left > 0 && !in.empty(); left--) {
        const auto samples = stretch_of(in);
        check.look(samples.size());
        check(found.add(samples.data(), samples.size()));
        start += samples.size();
        if (in.byte() % 8)
            continue;
        check(found.finish());
        start += in.byte() % 2 ? in.count() >> 4 : 0;
        check.begin(start);
        found.restart(++segment, start);
    }
    check(found.finish());
    return 0;
}
