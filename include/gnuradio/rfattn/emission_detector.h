/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_EMISSION_DETECTOR_H
#define INCLUDED_RFATTN_EMISSION_DETECTOR_H

#include <gnuradio/rfattn/api.h>
#include <gnuradio/sync_block.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Finds the emissions of a band: where each is, how wide, how long and how strong.
 *
 * An emission is one transmitter's signal in one band of frequencies; a burst is a
 * stretch of samples in which it is on the air. A burst that was found is followed until
 * it ends. Bursts of about the same band are one emission, until none came for 2 s, or
 * for three times their median distance up to 30 s.
 *
 * All constants are in Hz and s: the same signals give the same emissions at any sample
 * rate. A signal that fills the whole band is found only if it is OFDM or has about
 * constant power.
 *
 * # Stream input
 * complex64, samples at sample_rate.
 *
 * # Stream output
 * complex64, the same samples; non-finite ones, which samples_non_finite() counts, are
 * zero. It may stay unconnected.
 *
 * # Tags in
 * rx_time, rx_rate or rx_freq after the first sample of a segment is a gap: it ends all
 * emissions and begins a new segment. An rx_rate that differs from sample_rate by a
 * millionth or more ends the flowgraph with an error.
 *
 * # Tags out
 * rfattn:emission, at the first sample that the decision did not need: dictionary of
 * - id (uint64, from 1 up in a run), state (symbol: new, update or end), segment
 * (uint64),
 * - sample_start, sample_count (uint64): from the first sample of the first burst to the
 *   last sample on the air so far; sample_now (uint64): samples that had arrived,
 * - freq_lower, freq_upper (double, Hz): edges, absolute where rx_freq is known, else
 *   relative to the centre,
 * - snr_db, power_db (double): during the bursts, between the edges; power in dBFS,
 * - duty (double, 0 to 1), period_s (double; absent with fewer than three bursts),
 * - burst_count (uint64), bursts (vector of uint64: first sample and number of samples of
 *   each burst that ended since the last tag of this emission), burst_start (uint64; of
 *   the burst on the air, if any),
 * - flags (vector of symbols: edge, dc, image, overload, non-finite, sideband,
 *   ignored),
 * - sideband_of (uint64; with the flag sideband: id of the emission it is a sideband of),
 * - rx_rate, rx_freq (double, Hz), rx_time (tuple, of sample_start) where known.
 *
 * All tags of the input are passed on.
 *
 * # Messages out
 * emissions: the same dictionary, for each new and ended emission, and for updates at
 * most four times a second of samples for each emission; bursts holds those since the
 * last message of the emission. Emissions that are live when the flowgraph ends get their
 * state end as a message only.
 */
class RFATTN_API emission_detector : virtual public gr::sync_block {
public:
    typedef std::shared_ptr<emission_detector> sptr;

    struct settings {
        //! false emissions per second and MHz that noise may cause, from 1e-6 to 10.
        //! Lower values miss weak signals
        double sensitivity = 0.01;
        //! "two", or "one" for real signals carried as complex: only frequencies from 0
        //! Hz up count
        std::string sides = "two";
        //! pairs of a lower and an upper edge, Hz, absolute where rx_freq is known, else
        //! relative to the centre. An emission with more than half of its width in them
        //! has the flag ignored
        std::vector<std::pair<double, double>> ignored_bands = {};
    };

    /*!
     * \param sample_rate samples a second, Hz, from 6e3 to 1e8
     * \throws std::invalid_argument naming the parameter, the rule and the value
     */
    static sptr make(double sample_rate, const settings& s);
    static sptr make(double sample_rate) { return make(sample_rate, settings()); }

    //! Emissions found in this run, or in the last one.
    virtual uint64_t emissions_found() const = 0;

    //! Emissions that have not ended.
    virtual uint64_t emissions_live() const = 0;

    //! Samples of this run, or of the last one, in which I or Q was NaN, infinite or
    //! beyond 1e12.
    virtual uint64_t samples_non_finite() const = 0;

    //! Other samples, in which I or Q reached 0.99 of full scale.
    virtual uint64_t samples_saturated() const = 0;

    //! Samples that were not looked at: 4 ms or more in a row were exactly equal, as of a
    //! receiver that is muted, padding, or a gap that was filled. Noise never is.
    virtual uint64_t samples_absent() const = 0;

    //! How many samples up to the newest repeat those one period of at most 1 s before
    //! exactly, as of a driver that hands out one buffer again and again; 0 where the
    //! newest does not. It is found some seconds after it began.
    virtual uint64_t samples_repeated() const = 0;

    /*!
     * Leaves a decision out from the next run on, so that its worth can be measured. A
     * decision says that something is not a separate emission, or that two things are
     * one.
     *
     * \param decision a key of decided()
     * \throws std::invalid_argument that lists the names, for another name
     */
    virtual void leave_out(const std::string& decision) = 0;

    //! How often each decision applied in this run, or in the last one, by name: to a
    //! candidate, a burst, or emissions on the air. The flag `sideband`, which every
    //! report sets anew, does not count.
    virtual std::map<std::string, uint64_t> decided() const = 0;

    //! Why the last run ended with an error; empty when it did not.
    virtual std::string error() const = 0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_EMISSION_DETECTOR_H
