/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_EMISSION_CHANNEL_H
#define INCLUDED_RFATTN_EMISSION_CHANNEL_H

#include "filter_bank.h"

#include <map>
#include <memory>

namespace gr {
namespace rfattn {

//! The bank of a band, and those that narrow channels pass through after it, by size.
class filter_banks {
public:
    //! \param kept see filter_bank; of the first one
    explicit filter_banks(double sample_rate, size_t kept = 0)
        : d_sample_rate(sample_rate),
          d_first(filter_bank::size_for(sample_rate), kept)
    {
    }

    double sample_rate() const { return d_sample_rate; }
    filter_bank& first() { return d_first; }
    filter_bank& second(int size);

private:
    const double d_sample_rate;
    filter_bank d_first;
    std::map<int, std::unique_ptr<filter_bank>> d_second;
};

/*!
 * \brief The channel of one emission: the samples of a band about twice as wide as it.
 *
 * The rate is 4, 5, 6 or 7 times a power of two of bins of the bank, whichever is
 * nearest to twice the width. Below filter_bank::MIN_BINS bins, a second bank cuts the
 * emission out of a wider channel; its rates are as fine, down to half a bin of the first
 * bank (about 300 Hz). An emission half as wide as the band or wider has the band itself.
 *
 * Sample u of the channel lies at the time u / rate() after sample 0 of the band.
 */
class emission_channel {
public:
    //! Samples that follow each other, from number `first` on.
    struct run {
        uint64_t first;
        const gr_complex* samples;
        size_t count;
    };

    //! \param centre,width Hz; centre relative to that of the band, width > 0
    emission_channel(filter_banks& banks, double centre, double width);

    double rate() const { return d_rate; }
    double centre() const { return d_centre; }

    //! Whether it has the response of filter_bank; else it is the band itself.
    bool is_filtered() const { return !d_channel.weights.empty(); }

    //! Samples of the band on both sides of a block that its channel samples look at, at
    //! most; 0 where there is no second bank.
    uint64_t reach() const { return d_reach; }

    /*!
     * The samples that block `number` of the first bank, which has begun, completes.
     *
     * With a second bank these are samples of earlier blocks, and there may be none;
     * after blocks that were left out, they begin with the next block, before which there
     * is silence.
     */
    run extract(int64_t number);

    //! Whether blocks from `number` on complete `sample` of the channel, and all before
    //! it that it needs were extracted.
    bool continues_to(int64_t number, uint64_t sample) const;

private:
    void add_second_bank(double wanted);
    run narrow(uint64_t first);
    void restart(int64_t first);

    filter_banks& d_banks;
    filter_bank::channel d_channel;
    filter_bank* d_second = nullptr;
    filter_bank::channel d_narrow; // channel of the second bank
    double d_rate = 0.0;
    double d_centre = 0.0;
    uint64_t d_reach = 0;

    volk::vector<gr_complex> d_samples; // one block of the first bank's channel
    volk::vector<gr_complex> d_held;    // those that the second bank still needs
    int64_t d_next = -1;                // number of the sample after d_held
    int64_t d_block = 0;                // next, of the second bank
    uint64_t d_first = 0;               // sample that is not before those held
    volk::vector<gr_complex> d_completed;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_EMISSION_CHANNEL_H
