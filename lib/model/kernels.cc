/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "model/kernels.h"

namespace gr {
namespace rfattn {

// The functions that the kernel files define for a set, in the order of `kernels`.
#define RFATTN_SET(name)                                                                 \
    namespace name {                                                                     \
    void linear(const linear_call&);                                                     \
    void attend(const attention_call&);                                                  \
    void scan(const scan_call&);                                                         \
    void delta(const delta_call&);                                                       \
    void norm(const float*, float*, size_t, size_t, size_t, const float*, const float*); \
    void squash(const float*,                                                            \
                float*,                                                                  \
                size_t,                                                                  \
                size_t,                                                                  \
                size_t,                                                                  \
                const float*,                                                            \
                const float*,                                                            \
                float);                                                                  \
    void                                                                                 \
    rotate(float*, size_t, size_t, size_t, size_t, const float*, const float*, size_t);  \
    void gelu(float*, size_t);                                                           \
    void times_silu(float*, const float*, size_t);                                       \
    void times_sigmoid(float*, const float*, size_t);                                    \
    float sum(const float*, size_t);                                                     \
    constexpr kernels ALL = { #name,  linear, attend, scan,       delta,         norm,   \
                              squash, rotate, gelu,   times_silu, times_sigmoid, sum };  \
    }

RFATTN_SET(plain)
#ifdef RFATTN_X86_KERNELS
RFATTN_SET(avx2)
RFATTN_SET(avx512)
#endif

namespace {

struct choice {
    const kernels* sets[3] = { &plain::ALL, nullptr, nullptr };
    size_t count = 1;

    choice()
    {
#ifdef RFATTN_X86_KERNELS
        __builtin_cpu_init();
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
            sets[count++] = &avx2::ALL;
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
            __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
            sets[count++] = &avx512::ALL;
#endif
    }
};

const choice& possible()
{
    static const choice here;
    return here;
}

} // namespace

size_t attention_scratch(size_t width, size_t value_width)
{
    constexpr size_t QUERIES = 4, CHUNK = 512; // the most of kernel_attention.cc
    return padded(QUERIES * width) + QUERIES * CHUNK +
           QUERIES * padded(value_width) * GROUP;
}

const kernels* const* possible_kernels(size_t& count)
{
    count = possible().count;
    return possible().sets;
}

const kernels& best_kernels()
{
    return *possible().sets[possible().count - 1];
}

} // namespace rfattn
} // namespace gr
