/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "recording.h"

#include <SoapySDR/Device.hpp>
#include <SoapySDR/Errors.hpp>
#include <SoapySDR/Formats.hpp>
#include <SoapySDR/Registry.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace {

using clock_type = std::chrono::steady_clock;

constexpr long long START_NS = 1700000000LL * 1000000000LL; // of sample 0, since 1970
constexpr double TURN = 2.0 * M_PI;

/*!
 * \brief A receiver whose antenna is a recording: hardware time, retunes, overflows.
 *
 * Arguments, after driver=rfattn_replay:
 * - recording: path without .sigmf-meta.
 * - speed: 1 (default) plays in real time, 2 twice as fast; 0 as fast as it is read.
 * - repeat: 1 (default) plays without end; 0 times out after the last sample.
 * - overflow_at: sample numbers, joined by '/', before which overflow_samples (default
 *   1000) are lost: the read reports an overflow, and time continues.
 * - error_at: sample number from which on reads fail, as of a device that was pulled out.
 *
 * Tuning moves the spectrum: what lies at the recording's frequency f appears at f minus
 * the frequency tuned to. The sample rate sets pace and time; nothing is resampled.
 */
class replay : public SoapySDR::Device {
public:
    explicit replay(const SoapySDR::Kwargs& args)
        : d_recording(recording::read(args.at("recording"))),
          d_speed(std::stod(argument(args, "speed", "1"))),
          d_repeat(argument(args, "repeat", "1") != "0"),
          d_lost(std::stoull(argument(args, "overflow_samples", "1000"))),
          d_rate(d_recording.rate),
          d_frequency(d_recording.frequency)
    {
        d_error_at = std::stoull(argument(args, "error_at", "-1"));
        std::istringstream list(argument(args, "overflow_at", ""));
        for (std::string at; std::getline(list, at, '/');)
            d_overflows.push_back(std::stoull(at));
    }

    std::string getDriverKey() const override { return "rfattn_replay"; }
    size_t getNumChannels(int direction) const override
    {
        return direction == SOAPY_SDR_RX ? 1 : 0;
    }

    std::vector<std::string> getStreamFormats(int, size_t) const override
    {
        return { SOAPY_SDR_CF32 };
    }

    SoapySDR::Stream* setupStream(int,
                                  const std::string& format,
                                  const std::vector<size_t>&,
                                  const SoapySDR::Kwargs&) override
    {
        if (format != SOAPY_SDR_CF32)
            throw std::runtime_error("replay: format must be CF32, got " + format);
        return reinterpret_cast<SoapySDR::Stream*>(this);
    }

    void closeStream(SoapySDR::Stream*) override {}
    size_t getStreamMTU(SoapySDR::Stream*) const override { return 4096; }

    int activateStream(SoapySDR::Stream*, int, long long, size_t) override
    {
        d_position = 0;
        d_started = clock_type::now();
        return 0;
    }

    int deactivateStream(SoapySDR::Stream*, int, long long) override { return 0; }

    int readStream(SoapySDR::Stream*,
                   void* const* buffers,
                   size_t count,
                   int& flags,
                   long long& time_ns,
                   long timeout_us) override
    {
        if (overflows())
            return SOAPY_SDR_OVERFLOW;
        if (d_position >= d_error_at)
            return SOAPY_SDR_STREAM_ERROR;
        const size_t ready = wait_for(count, timeout_us);
        if (ready == 0)
            return SOAPY_SDR_TIMEOUT;
        flags = SOAPY_SDR_HAS_TIME;
        time_ns = time_at(d_position);
        auto* out = static_cast<std::complex<float>*>(buffers[0]);
        for (size_t i = 0; i < ready; i++)
            *out++ = received(d_position++);
        return static_cast<int>(ready);
    }

    bool hasHardwareTime(const std::string& what) const override { return what.empty(); }
    long long getHardwareTime(const std::string&) const override
    {
        return time_at(d_position);
    }

    std::vector<std::string> listAntennas(int, size_t) const override { return { "RX" }; }
    std::string getAntenna(int, size_t) const override { return "RX"; }
    bool hasFrequencyCorrection(int, size_t) const override { return true; }
    void setFrequencyCorrection(int, size_t, double ppm) override { d_ppm = ppm; }
    double getFrequencyCorrection(int, size_t) const override { return d_ppm; }
    SoapySDR::ArgInfoList getSettingInfo() const override
    {
        SoapySDR::ArgInfo bias_tee;
        bias_tee.key = "biastee";
        return { bias_tee };
    }
    void writeSetting(const std::string&, const std::string& value) override
    {
        d_bias_tee = value;
    }
    std::string readSetting(const std::string&) const override { return d_bias_tee; }
    std::vector<std::string> listGains(int, size_t) const override { return { "TUNER" }; }
    void setGain(int, size_t, const std::string&, double gain) override { d_gain = gain; }
    double getGain(int, size_t, const std::string&) const override { return d_gain; }
    SoapySDR::Range getGainRange(int, size_t, const std::string&) const override
    {
        return { 0.0, 50.0 };
    }

    std::vector<std::string> listFrequencies(int, size_t) const override
    {
        return { "RF" };
    }
    SoapySDR::RangeList getFrequencyRange(int, size_t, const std::string&) const override
    {
        return { SoapySDR::Range(0.0, 100e9) };
    }
    double getFrequency(int, size_t, const std::string&) const override
    {
        return d_frequency;
    }
    void setFrequency(int,
                      size_t,
                      const std::string&,
                      double frequency,
                      const SoapySDR::Kwargs&) override
    {
        d_frequency = frequency;
    }

    SoapySDR::RangeList getSampleRateRange(int, size_t) const override
    {
        return { SoapySDR::Range(1.0, 100e6) };
    }
    double getSampleRate(int, size_t) const override { return d_rate; }
    void setSampleRate(int, size_t, double rate) override { d_rate = rate; }

private:
    static std::string argument(const SoapySDR::Kwargs& args,
                                const std::string& key,
                                const std::string& other)
    {
        const auto found = args.find(key);
        return found == args.end() ? other : found->second;
    }

    long long time_at(uint64_t position) const
    {
        return START_NS + std::llround(static_cast<double>(position) / d_rate * 1e9);
    }

    // Loses samples, once, where an argument says so.
    bool overflows()
    {
        if (d_overflows.empty() || d_position < d_overflows.front())
            return false;
        d_overflows.pop_front();
        d_position += d_lost;
        return true;
    }

    // Samples that can be read now, up to `count`, of which none is beyond the next
    // overflow.
    size_t wait_for(size_t count, long timeout_us) const
    {
        const auto timeout = std::chrono::microseconds(timeout_us);
        uint64_t end = d_position + count;
        if (!d_overflows.empty())
            end = std::min<uint64_t>(end, d_overflows.front());
        if (!d_repeat)
            end = std::min<uint64_t>(end, d_recording.samples.size());
        if (end <= d_position) {
            std::this_thread::sleep_for(std::min<clock_type::duration>(timeout, IDLE));
            return 0;
        }
        if (d_speed > 0.0)
            std::this_thread::sleep_until(
                std::min(due(end), clock_type::now() + timeout));
        return end - d_position;
    }

    clock_type::time_point due(uint64_t position) const
    {
        const std::chrono::duration<double> after(static_cast<double>(position) / d_rate /
                                                  d_speed);
        return d_started + std::chrono::duration_cast<clock_type::duration>(after);
    }

    std::complex<float> received(uint64_t position) const
    {
        const auto sample = d_recording.samples[position % d_recording.samples.size()];
        const double offset = d_recording.frequency - d_frequency;
        if (offset == 0.0)
            return sample;
        const double turns = offset / d_rate * static_cast<double>(position);
        const double angle = TURN * (turns - std::floor(turns));
        return sample * std::complex<float>(std::cos(angle), std::sin(angle));
    }

    static constexpr std::chrono::milliseconds IDLE{ 10 };

    const recording d_recording;
    const double d_speed;
    const bool d_repeat;
    const uint64_t d_lost; // samples, by each overflow
    std::deque<uint64_t> d_overflows;
    double d_rate;
    double d_frequency;
    double d_gain = 0.0;
    double d_ppm = 0.0;
    std::string d_bias_tee = "false";
    uint64_t d_position = 0; // next sample, lost ones counted
    uint64_t d_error_at;
    clock_type::time_point d_started;
};

// Found only when it is asked for: a scan for receivers must not report it.
SoapySDR::KwargsList find(const SoapySDR::Kwargs& args)
{
    const bool asked = args.count("driver") && args.at("driver") == "rfattn_replay";
    return asked ? SoapySDR::KwargsList{ args } : SoapySDR::KwargsList{};
}

SoapySDR::Device* make(const SoapySDR::Kwargs& args)
{
    return new replay(args);
}

SoapySDR::Registry registration("rfattn_replay", &find, &make, SOAPY_SDR_ABI_VERSION);

} // namespace
