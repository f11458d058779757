/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "meters.h"
#include "keying_meter.h"
#include "level_meter.h"
#include "preamble_meter.h"
#include "run_meter.h"
#include "speech_meter.h"

#include <type_traits>

namespace gr {
namespace rfattn {

namespace {

using meter_list = std::vector<std::unique_ptr<meter>>;

template <class Meter>
void add_if_fitting(meter_list& meters, double rate, double width)
{
    if (width < Meter::LEAST_WIDTH || width > Meter::MOST_WIDTH)
        return;
    if constexpr (std::is_constructible_v<Meter, double, double>)
        meters.push_back(std::make_unique<Meter>(rate, width));
    else
        meters.push_back(std::make_unique<Meter>(rate));
}

template <class... All>
meter_list fitting(double rate, double width)
{
    meter_list meters;
    (add_if_fitting<All>(meters, rate, width), ...);
    return meters;
}

} // namespace

meter_list meters_of(double rate, double width)
{
    return fitting<preamble_meter, run_meter, keying_meter, speech_meter, level_meter>(
        rate, width);
}

} // namespace rfattn
} // namespace gr
