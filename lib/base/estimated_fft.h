/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_ESTIMATED_FFT_H
#define INCLUDED_RFATTN_ESTIMATED_FFT_H

#include <gnuradio/gr_complex.h>

#include <fftw3.h>
#include <volk/volk_alloc.hh>

#include <cmath>
#include <cstddef>

namespace gr {
namespace rfattn {

/*!
 * \brief FFT, unscaled, of a plan that depends on its size alone.
 *
 * Plans of gr-fft are measured: they depend on what else the machine did then and on a
 * file of earlier ones, and round differently. The same samples would give other last
 * digits, and sometimes another label, in another process. Measuring also takes a tenth
 * of a second to three. A plan that FFTW estimates costs microseconds, and runs 1.1
 * to 2.3 times as long. It has one thread, however many gr-fft uses.
 */
class estimated_fft {
public:
    //! \param direction FFTW_FORWARD or FFTW_BACKWARD
    estimated_fft(int size, int direction);

    //! The least power of two that is not below. \param least 1 or more
    static size_t power_of_two(double least)
    {
        return size_t{ 1 } << static_cast<int>(std::ceil(std::log2(least)));
    }

    gr_complex* input() { return d_in.data(); }
    const gr_complex* input() const { return d_in.data(); }
    gr_complex* output() { return d_out.data(); }
    void execute() { fftwf_execute_dft(d_plan, of(d_in), of(d_out)); }

    //! Transforms other samples, which must be aligned as VOLK aligns them.
    void execute(const gr_complex* in)
    {
        // FFTW keeps the input of a plan with another output, but does not declare it.
        auto* const samples = const_cast<gr_complex*>(in);
        fftwf_execute_dft(d_plan, reinterpret_cast<fftwf_complex*>(samples), of(d_out));
    }

private:
    static fftwf_complex* of(volk::vector<gr_complex>& v)
    {
        return reinterpret_cast<fftwf_complex*>(v.data());
    }

    volk::vector<gr_complex> d_in;
    volk::vector<gr_complex> d_out;
    fftwf_plan d_plan;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_ESTIMATED_FFT_H
