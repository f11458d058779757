/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include <gnuradio/rfattn/latency_probe.h>
#include <pybind11/pybind11.h>

namespace py = pybind11;

namespace {

constexpr char CLASS_DOC[] =
    R"doc(Passes logits through and measures, per step, how late they are and what they cost.

Latency runs from the arrival of a step's last sample in power_spectrum to the end of inference
in transformer, on the monotonic clock. It includes neither the age of the samples at arrival
nor what happens after transformer.

Parameters
----------
n_classes : int, >= 1
    Floats per item.
interval_ms : float, > 0
    Time between two messages, ms.
budget_ms : float, > 0
    Latency above which a step has missed its deadline, ms.

Raises ValueError naming the parameter, its rule and the value.

Stream input
------------
float32[n_classes], one item per step, of any streams.

Stream output
-------------
The same items, with all their tags.

Messages
--------
stats (out): one dictionary per interval in which steps arrive, posted with the first items
after its end. Keys as in stats(), but latency_seconds, wait_seconds and inference_seconds
cover the interval only. What came after the last message is in stats() alone.

Tags
----
Read: rfattn:step, a dictionary with arrival_ns, start_ns and end_ns (uint64, ns). Items without
are passed on, not counted and not tagged.

Added to every counted item, float64 in ms: rfattn:latency_ms, which is the sum of
rfattn:wait_ms (arrival to start of inference) and rfattn:inference_ms.

Added to the first counted item of each interval, uint64 in bytes: rfattn:kv_bytes (where the
step states it) and rfattn:rss_bytes (resident memory of this process).)doc";

constexpr char STATS_DOC[] =
    R"doc(Statistics of the whole run so far, as a PMT dictionary. Thread-safe; survives stop().

steps, interval_steps : uint64
    Steps counted in the run, and in the span that the three distributions cover.
latency_seconds, wait_seconds, inference_seconds : dictionary
    count (uint64), mean, max (exact, s), p50, p95, p99 (within 1 %, s); zeros when empty.
latency_histogram, wait_histogram, inference_histogram : dictionary
    Of the whole run: upper_seconds, edges (n float64, s); counts (n + 1 uint64): the values up to
    and with each edge but above the one before, and those above all; sum_seconds of all values.
budget_seconds : float64
    The budget_ms parameter, in s.
deadline_misses : uint64
    Steps of the run with a latency above the budget.
tokens_in, dropped_tokens, queued_steps : uint64
    All streams together: tokens that entered token_buffer and tokens that it dropped before the
    latest step, and steps that waited when it left.
retunes, overflows : uint64, absent where no step states them
    Gaps in the samples: changes of frequency, and others. The most that any stream had.
streams, evictions : uint64, absent where the latest step does not state them
    Streams for which the model holds a cache, and caches that it evicted since its start.
kv_bytes, device_bytes : uint64, bytes, absent where the latest step does not state them
    Key and value caches of the model; memory held on the device.
peak_temporary_bytes : uint64, bytes, absent where no step states it
    The largest that any step states.
rss_bytes, peak_rss_bytes : uint64, bytes
    Resident memory of this process, now and at its highest.
uptime_seconds : float64
    Time between start() and stop(), summed over restarts, s.)doc";

} // namespace

void bind_latency_probe(py::module& m)
{
    using gr::rfattn::latency_probe;

    py::class_<latency_probe,
               gr::sync_block,
               gr::block,
               gr::basic_block,
               std::shared_ptr<latency_probe>>(m, "latency_probe", CLASS_DOC)
        .def(py::init(&latency_probe::make),
             py::arg("n_classes"),
             py::arg("interval_ms") = 1000.0,
             py::arg("budget_ms") = 30.0)
        .def("stats",
             &latency_probe::stats,
             py::call_guard<py::gil_scoped_release>(),
             STATS_DOC);
}
