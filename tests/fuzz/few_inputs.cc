/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Gives a fuzzer a few random inputs, the same in each run, where libFuzzer is not used.

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main()
{
    constexpr int INPUTS = 25;
    std::mt19937 generator(7);
    for (int i = 0; i < INPUTS; i++) {
        std::vector<uint8_t> input(20 + generator() % 600);
        for (auto& byte : input)
            byte = generator() % 3 ? static_cast<uint8_t>(generator()) : 255;
        LLVMFuzzerTestOneInput(input.data(), input.size());
    }
    return 0;
}
