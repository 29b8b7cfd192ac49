"""Radio links: which rate holds at which distance, and how much a contact carries.

All in decibels as the field writes them: EIRP and losses on the sender's side, the figure of merit
G/T on the receiver's, and between them the spreading of the wave. What is left over the needed
energy per bit is the margin. Fades by the ground nearby, by rain and by the Sun behind are no part
of this: who expects them adds them to the losses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows

__all__ = [
    "BOLTZMANN_DBW_K_HZ", "LIGHT_M_S", "LinkBudget", "achievable_rate_bps", "antenna_gain_dbi",
    "carrier_to_noise_db_hz", "contact_volumes_bit", "eirp_dbw", "free_space_loss_db", "g_t_db_k",
    "least_eb_n0_db", "margin_db", "noise_temperature_k", "reach_m", "stepped_rate_bps",
    "system_temperature_k",
]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]
Values: TypeAlias = npt.ArrayLike

LIGHT_M_S = 299_792_458.0  # exact, SI
BOLTZMANN_DBW_K_HZ = 10.0 * float(np.log10(1.380649e-23))  # exact, SI: -228.599 dBW/K/Hz
_ROOM_K = 290.0  # the temperature that noise figures are defined at (IEEE)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkBudget:
    """One direction of a radio link: everything but the distance.

    `loss_db` sums what is lost besides free space: pointing, polarisation, air, implementation.
    `bandwidth_hz`, where given, caps the rate at `bits_per_hz` times it.
    """

    eirp_dbw: float
    g_t_db_k: float
    frequency_hz: float
    required_eb_n0_db: float
    loss_db: float = 0.0
    margin_db: float = 3.0
    bandwidth_hz: float | None = None
    bits_per_hz: float = 1.0

    def __post_init__(self) -> None:
        _above_zero("frequency", "Hz", self.frequency_hz)
        _above_zero("spectral efficiency", "bit/s/Hz", self.bits_per_hz)
        if self.bandwidth_hz is not None:
            _above_zero("bandwidth", "Hz", self.bandwidth_hz)
        least_db = float(least_eb_n0_db(self.bits_per_hz if self.bandwidth_hz is not None else 0.0))
        if not self.required_eb_n0_db >= least_db:
            raise IlrsError(
                f"a link that needs an Eb/N0 of {self.required_eb_n0_db:g} dB",
                f"no code works below Shannon's limit, here {least_db:.2f} dB",
                "Correct the Eb/N0 of the code, or the bits per hertz.",
            )
        if not self.loss_db >= 0.0:
            raise IlrsError(
                f"losses of {self.loss_db:g} dB",
                "losses are written as decibels from 0 on, without a minus",
                "Turn the sign, or put a gain into the EIRP or G/T.",
            )


def _above_zero(what: str, unit: str, value: Values) -> FloatArray:
    values = np.asarray(value, dtype=np.float64)
    outside = ~(values > 0.0)
    if outside.any():
        raise IlrsError(
            f"a {what} of {values[outside].flat[0]:g} {unit}",
            f"a {what} is above 0 {unit}",
            "Correct the value, or its unit.",
        )
    return values


def _decibels(ratio: Values) -> FloatArray:
    return np.asarray(10.0 * np.log10(ratio))


def _ratio(decibels: Values) -> FloatArray:
    return np.asarray(10.0 ** (np.asarray(decibels, dtype=np.float64) / 10.0))


def free_space_loss_db(range_m: Values, *, frequency_hz: Values) -> FloatArray:
    """Basic free-space transmission loss (ITU-R P.525): (4 pi d f / c)^2. [dB]"""
    d, f = _above_zero("range", "m", range_m), _above_zero("frequency", "Hz", frequency_hz)
    return 2.0 * _decibels(4.0 * np.pi * d * f / LIGHT_M_S)


def antenna_gain_dbi(
    diameter_m: Values, *, frequency_hz: Values, efficiency: Values = 0.55
) -> FloatArray:
    """Gain of a round aperture along its axis: efficiency times (pi D f / c)^2. [dBi]"""
    d, f = _above_zero("diameter", "m", diameter_m), _above_zero("frequency", "Hz", frequency_hz)
    part = _above_zero("aperture efficiency", "", efficiency)
    if (part > 1.0).any():
        raise IlrsError(
            f"an aperture efficiency of {part.max():g}",
            "an aperture takes in at most all of the wave: 1",
            "Write it as a fraction, such as 0.55.",
        )
    return _decibels(part) + 2.0 * _decibels(np.pi * d * f / LIGHT_M_S)


def eirp_dbw(power_w: Values, *, gain_dbi: Values, loss_db: Values = 0.0) -> FloatArray:
    """Power that an isotropic sender would need for the same field on the axis. [dBW]"""
    power = _decibels(_above_zero("transmitter power", "W", power_w))
    return np.asarray(power + np.asarray(gain_dbi) - np.asarray(loss_db))


def noise_temperature_k(noise_figure_db: Values) -> FloatArray:
    """Noise temperature of a receiver with a noise figure (defined at 290 K). [K]"""
    return _ROOM_K * (_ratio(noise_figure_db) - 1.0)


def system_temperature_k(
    *, antenna_k: Values, receiver_k: Values, line_loss_db: Values = 0.0, line_k: Values = _ROOM_K
) -> FloatArray:
    """Noise temperature of antenna, line and receiver, as at the antenna's terminals. [K]

    Friis' chain: a line of loss L adds (L - 1) times its own temperature and lifts the receiver's
    by L.
    """
    loss = _ratio(line_loss_db)
    return np.asarray(
        np.asarray(antenna_k) + (loss - 1.0) * np.asarray(line_k) + loss * np.asarray(receiver_k)
    )


def g_t_db_k(gain_dbi: Values, *, system_k: Values) -> FloatArray:
    """Figure of merit of a receiver: gain over its system noise temperature. [dB/K]"""
    noise_k = _above_zero("system noise temperature", "K", system_k)
    return np.asarray(gain_dbi) - _decibels(noise_k)


def least_eb_n0_db(bits_per_hz: Values) -> FloatArray:
    """Energy per bit over noise that no code can do without: (2^b - 1) / b (Shannon). [dB]

    ln 2 or -1.59 dB where the band is as wide as one likes (b = 0).
    """
    b = np.asarray(bits_per_hz, dtype=np.float64)
    return _decibels(
        np.where(b > 0.0, np.expm1(b * np.log(2.0)) / np.where(b > 0, b, 1), np.log(2))
    )


def carrier_to_noise_db_hz(budget: LinkBudget, range_m: Values) -> FloatArray:
    """Received power over noise density, C/N0. [dB Hz]"""
    loss_db = free_space_loss_db(range_m, frequency_hz=budget.frequency_hz) + budget.loss_db
    return np.asarray(budget.eirp_dbw + budget.g_t_db_k - loss_db - BOLTZMANN_DBW_K_HZ)


def margin_db(budget: LinkBudget, range_m: Values, *, rate_bps: Values) -> FloatArray:
    """What is left of Eb/N0 over the needed one at a rate, before `budget.margin_db`. [dB]"""
    rate = _decibels(_above_zero("rate", "bit/s", rate_bps))
    return np.asarray(carrier_to_noise_db_hz(budget, range_m) - rate - budget.required_eb_n0_db)


def achievable_rate_bps(budget: LinkBudget, range_m: Values) -> FloatArray:
    """Highest rate that keeps the budget's margin at a distance. [bit/s]"""
    spare_db = carrier_to_noise_db_hz(budget, range_m) - budget.required_eb_n0_db
    rate = _ratio(spare_db - budget.margin_db)
    if budget.bandwidth_hz is None:
        return rate
    return np.minimum(rate, budget.bandwidth_hz * budget.bits_per_hz)


def reach_m(budget: LinkBudget, rate_bps: Values) -> FloatArray:
    """Distance up to which a rate keeps the budget's margin; 0 where the band is too narrow. [m]"""
    rate = _above_zero("rate", "bit/s", rate_bps)
    spare_db = margin_db(budget, 1.0, rate_bps=rate) - budget.margin_db
    reach = 10.0 ** (spare_db / 20.0)
    if budget.bandwidth_hz is None:
        return np.asarray(reach)
    return np.where(rate <= budget.bandwidth_hz * budget.bits_per_hz, reach, 0.0)


def stepped_rate_bps(achievable_bps: Values, rates_bps: Sequence[float]) -> FloatArray:
    """Highest of a radio's rates that is achievable; 0 where none is. [bit/s]"""
    if not len(rates_bps):
        raise IlrsError(
            "a radio without rates",
            "a radio has at least one rate above 0 bit/s",
            "Give its rates.",
        )
    steps = np.concatenate([[0.0], np.sort(_above_zero("rate", "bit/s", rates_bps))])
    found = np.searchsorted(steps, np.asarray(achievable_bps, dtype=np.float64), side="right")
    return np.asarray(steps[np.maximum(found - 1, 0)])


def contact_volumes_bit(windows: Windows, t_s: Values, *, rate_bps: Values) -> FloatArray:
    """What each window carries: the integral of the rate over it. [bit]

    The rate is given at rising times, and is linear between them; a step of the radio's rate falls
    in the middle of its interval, so sample by a minute or less where single steps count. Raises
    IlrsError for negative rates and for windows beyond the times.
    """
    t = np.asarray(t_s, dtype=np.float64)
    rate = np.asarray(rate_bps, dtype=np.float64)
    if t.ndim != 1 or t.size < 2 or rate.shape != t.shape or not (np.diff(t) > 0.0).all():
        raise IlrsError(
            f"{rate.size} rates for {t.size} times",
            "there is one rate per time, at two times or more that rise",
            "Compute the rates on the times, in their order.",
        )
    if not (rate >= 0.0).all():
        raise IlrsError(
            f"a rate of {rate[~(rate >= 0.0)][0]:g} bit/s",
            "a rate is 0 bit/s or more",
            "Correct the rates; where nothing is sent, write 0.",
        )
    if len(windows) and not (windows.start_s[0] >= t[0] and windows.end_s[-1] <= t[-1]):
        raise IlrsError(
            f"windows from {windows.start_s[0]:g} to {windows.end_s[-1]:g} s",
            f"rates are known from {t[0]:g} to {t[-1]:g} s",
            "Compute the rates over the whole span of the windows.",
        )
    sums = np.concatenate([[0.0], np.cumsum(0.5 * (rate[1:] + rate[:-1]) * np.diff(t))])

    def _until(at_s: FloatArray) -> FloatArray:
        k = np.clip(np.searchsorted(t, at_s, side="right") - 1, 0, t.size - 2)
        past = at_s - t[k]
        slope = (rate[k + 1] - rate[k]) / (t[k + 1] - t[k])
        return np.asarray(sums[k] + past * (rate[k] + 0.5 * slope * past))

    return _until(windows.end_s) - _until(windows.start_s)
