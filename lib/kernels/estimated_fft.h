/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_ESTIMATED_FFT_H
#define INCLUDED_RFATTN_ESTIMATED_FFT_H

#include <gnuradio/fft/fft.h>
#include <gnuradio/gr_complex.h>

#include <fftw3.h>
#include <volk/volk_alloc.hh>

namespace gr {
namespace rfattn {

/*!
 * \brief FFT, unscaled, whose plan is estimated and not measured.
 *
 * The plans of gr-fft are measured, which takes up to a second when a size comes for the
 * first time on a machine. A channel appears while samples arrive, so its plan must cost
 * microseconds; it runs 1.1 to 1.6 times as long. Where gr-fft has measured the same FFT
 * in this process before, its plan is taken.
 */
class estimated_fft {
public:
    //! \param direction FFTW_FORWARD or FFTW_BACKWARD
    estimated_fft(int size, int direction) : d_in(size), d_out(size)
    {
        std::lock_guard<std::mutex> lock(gr::fft::planner::mutex());
        d_plan = fftwf_plan_dft_1d(size, of(d_in), of(d_out), direction, FFTW_ESTIMATE);
    }

    ~estimated_fft()
    {
        std::lock_guard<std::mutex> lock(gr::fft::planner::mutex());
        fftwf_destroy_plan(d_plan);
    }

    estimated_fft(const estimated_fft&) = delete;
    estimated_fft& operator=(const estimated_fft&) = delete;

    gr_complex* input() { return d_in.data(); }
    const gr_complex* input() const { return d_in.data(); }
    const gr_complex* output() const { return d_out.data(); }
    void execute() { fftwf_execute(d_plan); }

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
