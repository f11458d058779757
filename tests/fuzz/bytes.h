/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_FUZZ_BYTES_H
#define INCLUDED_RFATTN_FUZZ_BYTES_H

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

//! Ends the program, which is how a fuzzer learns of a defect.
#define MUST(rule)                                                                       \
    do {                                                                                 \
        if (!(rule)) {                                                                   \
            std::fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #rule);      \
            std::abort();                                                                \
        }                                                                                \
    } while (false)

namespace fuzz {

//! Reads the input of a fuzzer; zeros follow its end.
class bytes {
public:
    bytes(const uint8_t* data, size_t size) : d_data(data), d_size(size) {}

    bool empty() const { return d_size == 0; }

    template <class T>
    T take()
    {
        T value{};
        const size_t n = d_size < sizeof(T) ? d_size : sizeof(T);
        std::memcpy(&value, d_data, n);
        d_data += n;
        d_size -= n;
        return value;
    }

    uint8_t byte() { return take<uint8_t>(); }

    //! From 0 to n - 1.
    size_t below(size_t n) { return take<uint16_t>() % n; }

    //! A count near a limit, or any.
    uint64_t count()
    {
        switch (byte() % 8) {
        case 0:
            return byte();
        case 1:
            return (uint64_t(1) << 31) + byte() - 128;
        case 2:
            return (uint64_t(1) << 53) + byte() - 128;
        case 3:
            return (uint64_t(1) << 62) - byte();
        case 4:
            return UINT64_MAX - byte();
        case 5:
            return take<uint64_t>();
        default:
            return take<uint32_t>() % 2000000;
        }
    }

    //! A number at the end of what a double holds, not finite, or any.
    double number()
    {
        static constexpr double odd[] = { 0.0,     -0.0,   1.0,   -1.0,    1e-300,
                                          -1e-300, 5e-324, 1e300, -1e300,  1e18,
                                          -1e18,   1e9,    0.5,   1.7e308, 2.4e6,
                                          -1.2e6,  48e3,   100.0 };
        const uint8_t kind = byte();
        if (kind < 128)
            return odd[kind % (sizeof odd / sizeof *odd)];
        return kind < 192 ? take<double>() : (take<int32_t>() % 4000000) / 2.0;
    }

private:
    const uint8_t* d_data;
    size_t d_size;
};

} // namespace fuzz

#endif // INCLUDED_RFATTN_FUZZ_BYTES_H
