/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "boxcar.h"

#include <algorithm>

namespace gr {
namespace rfattn {

std::vector<float> boxcar(const std::vector<float>& x, int width)
{
    if (width <= 1)
        return x;
    const int n = static_cast<int>(x.size()), before = width / 2, after = width - before;
    std::vector<double> sum(n + 1, 0.0);
    for (int i = 0; i < n; i++)
        sum[i + 1] = sum[i] + x[i];
    std::vector<float> y(n);
    for (int i = 0; i < n; i++) {
        const int a = std::max(0, i - before), b = std::min(n, i + after);
        y[i] = static_cast<float>((sum[b] - sum[a]) / (b - a));
    }
    return y;
}

} // namespace rfattn
} // namespace gr
