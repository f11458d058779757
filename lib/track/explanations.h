/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_EXPLANATIONS_H
#define INCLUDED_RFATTN_EXPLANATIONS_H

#include "candidate.h"
#include "fit/decisions.h"
#include "scene.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace gr {
namespace rfattn {

// What explains something that was found, so that it is not an emission of its own. Each
// explanation is a function of what was found and of the scene, in a list with its name.

//! Whether a candidate comes from what is known already. It is compared with what has
//! changed since it was compared before, where it was.
bool is_explained(candidate& c, const scene& s, const decisions& d);

//! What a burst is of an emission on the air: nothing, a part, one that widens it, what
//! widens it for moments, or what it spreads for moments, with next to no power.
enum class part { NONE, WITHIN, WIDENS, ALTERNATES, SPREADS };

//! What a burst is if it is not of an emission of its own.
struct verdict {
    part of = part::NONE;
    size_t emission = 0; // index in scene::live, if it is of one on the air
};

//! What a burst is that was measured.
verdict judge(const measured_burst& f, const scene& s, const decisions& d);

//! What a burst is of one emission on the air with it.
part part_of(const measured_burst& f,
             const live_emission& e,
             const scene& s,
             const decisions& d);

//! Whether much stronger signals spill it: it is as strong as their skirts, lies right
//! beside them, begins and ends with their bursts, or is far weaker and lies within one.
//! The latter does not make a burst a sideband that is of an emission already: what is on
//! the air for long has many within its time.
//! \return the id of the emission that spills it
std::optional<uint64_t>
spilt_by(const measured_burst& f, const scene& s, const decisions& d);

//! Whether a burst has power in the pulses of a much stronger emission alone. What ended
//! long ago and was too weak to be found is taken for it.
bool is_keyed_with_another(const measured_burst& f, const scene& s);

//! Whether two emissions on the air have the same band.
bool have_same_band(const live_emission& a, const live_emission& b);

//! Whether two bands on the air are the tones of one signal: equally wide and strong, and
//! where one has power the other has less. Weak ones are found one by one.
bool are_tones(const live_emission& a, const live_emission& b, const scene& s);

//! Whether a line stays what it was under a wider signal that came later, and whose
//! carrier it is not. That one may have ended in the time that a fit looks at.
bool is_line_under(const live_emission& e, const scene& s);

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_EXPLANATIONS_H
