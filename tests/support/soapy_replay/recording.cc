/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "recording.h"

#include <cstdint>
#include <fstream>
#include <iterator>
#include <regex>
#include <stdexcept>

namespace {

std::string contents(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    if (!file)
        throw std::runtime_error("replay: cannot read " + path);
    return { std::istreambuf_iterator<char>(file), {} };
}

// The value of the first such key, quotes removed; empty where there is none. Enough for
// the recordings of the tests, which nobody writes but this module.
std::string value(const std::string& meta, const std::string& key)
{
    std::smatch found;
    const std::regex entry("\"" + key + "\"\\s*:\\s*\"?([^\",}\\s]+)");
    return std::regex_search(meta, found, entry) ? found[1].str() : "";
}

template <typename T>
std::vector<std::complex<float>>
scaled(const std::string& bytes, float zero, float full_scale)
{
    const T* raw = reinterpret_cast<const T*>(bytes.data());
    std::vector<std::complex<float>> samples(bytes.size() / (2 * sizeof(T)));
    for (auto& sample : samples) {
        const float i = (static_cast<float>(*raw++) - zero) / full_scale;
        const float q = (static_cast<float>(*raw++) - zero) / full_scale;
        sample = { i, q };
    }
    return samples;
}

std::vector<std::complex<float>> decoded(const std::string& bytes,
                                         const std::string& datatype)
{
    if (datatype == "cf32_le")
        return scaled<float>(bytes, 0.0f, 1.0f);
    if (datatype == "ci16_le")
        return scaled<int16_t>(bytes, 0.0f, 32768.0f);
    if (datatype == "ci8")
        return scaled<int8_t>(bytes, 0.0f, 128.0f);
    if (datatype == "cu8")
        return scaled<uint8_t>(bytes, 127.5f, 127.5f);
    throw std::runtime_error(
        "replay: datatype must be cf32_le, ci16_le, ci8 or cu8, got " + datatype);
}

} // namespace

recording recording::read(const std::string& stem)
{
    const std::string meta = contents(stem + ".sigmf-meta");
    const std::string frequency = value(meta, "core:frequency");
    recording r;
    r.samples = decoded(contents(stem + ".sigmf-data"), value(meta, "core:datatype"));
    r.rate = std::stod(value(meta, "core:sample_rate"));
    r.frequency = frequency.empty() ? 0.0 : std::stod(frequency);
    if (r.samples.empty())
        throw std::runtime_error("replay: no samples in " + stem);
    return r;
}
