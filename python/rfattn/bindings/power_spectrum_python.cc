/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include <gnuradio/rfattn/power_spectrum.h>
#include <pybind11/pybind11.h>

namespace py = pybind11;

namespace {

constexpr char DOC[] = R"(Power spectra of overlapping, adjacent or spaced frames: tokens.

Stream input: complex64, any rate, full scale 1.0.

Stream output: float32[n_bins], one token each hop * averaging samples: the mean power of
averaging frames of fft_size samples that start hop samples apart, in dB (floor -200) or
linear. Power is |X|^2 / (sum w)^2: a full-scale complex tone on a bin centre reads 0 dB in
its bin before pooling; white noise of power P reads P * sum(w^2) / (sum w)^2 in every bin.

Gaps: an rx_time, rx_rate or rx_freq tag after the first sample of a segment begins a new
segment at its sample. No frame spans two segments; samples and frames that do not make a
token before the gap are discarded. Several such tags on one sample are one gap.

Tags out:
  rfattn:segment, first token of each segment that has a token: dictionary of segment
  (counts every gap), retunes and overflows (those gaps by kind: changes of rx_freq, and
  others), sample_start, samples_per_token, token_samples (uint64); rx_rate,
  rx_freq (double, Hz) and rx_time (tuple of uint64 s, double s; of sample_start) where
  known. A gap that does not restate rx_time has it from the last one by counting samples.
  rfattn:arrival_ns, first token of each work call: uint64, when that call began (steady
  clock, time.monotonic_ns); holds until the next.
No other tag is passed on.

Args:
  fft_size: samples in a frame, a power of two from 8 to 65536.
  hop: samples from frame to frame, >= 1; below fft_size frames overlap, above it samples
    are skipped.
  n_bins: values in a token, a power of two up to the bins kept (fft_size two-sided,
    fft_size / 2 one-sided); each is the mean linear power of neighbouring bins.
  window: hann, hamming, blackman, blackmanharris, flattop or rectangular (symmetric,
    as gnuradio.fft.window builds it).
  averaging: frames in a token, >= 1.
  scale: "db" or "linear".
  dc: "keep", or "remove": the mean of bins -2 and 2 stands for bins -1, 0 and 1
    (one-sided: bin 2 for bins 0 and 1).
  sides: "two": DC in the middle. "one": for real signals carried as complex, bins 0 to
    fft_size / 2 - 1, doubled power but in bin 0: a full-scale real tone reads -3.01 dB.

Raises:
  ValueError: naming the parameter, the rule and the value.)";

} // namespace

void bind_power_spectrum(py::module& m)
{
    using gr::rfattn::power_spectrum;

    py::class_<power_spectrum,
               gr::block,
               gr::basic_block,
               std::shared_ptr<power_spectrum>>(m, "power_spectrum", DOC)
        .def(py::init(&power_spectrum::make),
             py::arg("fft_size") = 128,
             py::arg("hop") = 64,
             py::arg("n_bins") = 128,
             py::arg("window") = "hann",
             py::arg("averaging") = 1,
             py::arg("scale") = "db",
             py::arg("dc") = "keep",
             py::arg("sides") = "two")
        .def("samples_per_token",
             &power_spectrum::samples_per_token,
             "Samples from the start of a token to the start of the next: "
             "hop * averaging.")
        .def("token_samples",
             &power_spectrum::token_samples,
             "Samples that a token looks at: fft_size + (averaging - 1) * hop.")
        .def("segments",
             &power_spectrum::segments,
             "Segments begun in this run, or in the last one: gaps so far and one more.")
        .def("retunes",
             &power_spectrum::retunes,
             "Of those, the segments that began with another rx_freq than the one "
             "before.");
}
