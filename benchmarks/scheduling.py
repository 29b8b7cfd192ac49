"""Seeded months of research for the scheduling bars: 28 days, 15-minute slots, 8 partners."""

from dataclasses import replace

import numpy as np

from ilrs.foundation.windows import Windows
from ilrs.operations.problem import Activity, After, Capacity, Problem, Store

__all__ = ["month"]

STEP_S = 900.0
SLOTS = 28 * 96
DAY = 96
PARTNERS = tuple(f"P{k}" for k in range(1, 9))
TYPES = 30


def _windows(rng: np.random.Generator, kind: str) -> Windows:
    """Windows of a condition, as they come at the pole: light, passes, quiet, anything."""
    span_s = SLOTS * STEP_S
    if kind == "always":
        return Windows([(0.0, span_s)])
    if kind == "sunlit":  # one dark spell in a lunar day, and some shadows of peaks
        spans = [(0.0, span_s)]
        dark = Windows([(18 * 86400.0, 23 * 86400.0), (5.2 * 86400.0, 6.1 * 86400.0)])
        return Windows(spans) - dark
    if kind == "dark":
        return Windows([(18 * 86400.0, 23 * 86400.0), (5.2 * 86400.0, 6.1 * 86400.0)])
    if kind == "earth":  # half of the month
        return Windows([(2.0 * 86400.0, 16.0 * 86400.0)])
    assert kind == "relay"  # 4.5 h of each 12 h
    return Windows((t, t + 4.5 * 3600.0) for t in np.arange(0.0, span_s, 12 * 3600.0))


def _resources() -> tuple[Capacity | Store, ...]:
    t_d = (np.arange(SLOTS) + 0.5) / DAY
    sunlit = _windows(np.random.default_rng(0), "sunlit").mask(t_d * 86400.0)
    relay = _windows(np.random.default_rng(0), "relay").mask(t_d * 86400.0)
    one = np.ones(SLOTS)
    return (
        Capacity(name="FEED", unit="W", available=np.where(sunlit, 9000.0, 5000.0)),
        Capacity(name="ROBOT", available=2 * one),
        Capacity(name="ROVER", available=one),
        Capacity(name="TELESCOPE", available=one),
        Capacity(name="LABORATORY", available=one),
        Capacity(name="DRILL", available=one),
        Capacity(name="LINK", available=2.0 * relay),
        Capacity(name="COOLER", unit="W", available=np.where(sunlit, 1500.0, 2500.0)),
        Store(name="ENERGY", unit="W", inflow=np.where(sunlit, 6500.0, 1500.0),
              capacity=150e3 * 3600, initial=150e3 * 3600, least=30e3 * 3600,
              fill_efficiency=0.92, draw_efficiency=0.95),
        Store(name="BUFFER", unit="bit s-1", inflow=60e6 * relay, capacity=600e9, initial=600e9),
    )  # fmt: skip


def month(requests: int, *, seed: int = 1) -> Problem:
    """A month with that many requests of 30 types from 8 partners on 10 resources.

    A tenth of the requests come after the one before, within 2 days; a quarter may be cut to half
    their length; half name a part of the month. Entitlements go from 1 to 3, and who is entitled to
    more asks for more, from 1 to 8. With 600 requests the busiest tool (the rover) is asked for
    68 % of the time and nearly all has room, though its windows are in the way; with 1,200 it is
    asked for 120 %, with 2,400 246 %, and all other exclusive tools for more than there is.
    Energy binds in the dark, the data buffer between passes: filled by worth over cost, 2,400
    requests come to 2 % less with them than without.
    """
    rng = np.random.default_rng(seed)
    kinds = [_kind(rng, k) for k in range(TYPES)]
    shares = np.arange(1.0, 9.0) / 36.0
    activities: list[Activity] = []
    while len(activities) < requests:
        k, partner = int(rng.integers(TYPES)), PARTNERS[int(rng.choice(8, p=shares))]
        activity = _request(rng, f"R{len(activities):04d}", partner, kinds[k], f"T{k:02d}")
        link = rng.random()
        if activities and link < 0.1 and not activities[-1].after:
            lag = After(activity=activities[-1].id, most_s=2 * 86400.0)
            activity = replace(activity, after=(lag,), partner=activities[-1].partner)
        activities.append(activity)
    return Problem(
        epoch_utc="2036-01-01T00:00:00Z", step_s=STEP_S, slots=SLOTS,
        activities=tuple(activities), resources=_resources(),
        entitlements={p: 1.0 + 2.0 * k / 7.0 for k, p in enumerate(PARTNERS)},
    )  # fmt: skip


def _kind(rng: np.random.Generator, k: int) -> dict[str, object]:
    tool = ("ROBOT", "ROVER", "TELESCOPE", "LABORATORY", "DRILL", "COOLER")[k % 6]
    power_w = float(rng.uniform(150.0, 1200.0))
    data_bps = float(rng.choice([0.0, 1e5, 2e6, 8e6]))
    needs: dict[str, float] = {"FEED": power_w, "ENERGY": power_w, "BUFFER": data_bps}
    needs[tool] = power_w if tool == "COOLER" else 1.0
    condition = str(rng.choice(["always", "sunlit", "dark", "earth", "relay"],
                               p=[0.3, 0.3, 0.1, 0.15, 0.15]))  # fmt: skip
    if condition == "relay" and rng.random() < 0.5:
        needs["LINK"] = 1.0
    return {
        "needs": {name: amount for name, amount in needs.items() if amount > 0.0},
        "condition": condition,
        "slots": int(rng.integers(2, 17)) if condition == "relay" else int(rng.integers(2, 25)),
        "worth": float(rng.uniform(2.0, 8.0)),
        "disturbs": frozenset({"radio"}) if k % 10 == 3 else frozenset(),
        "quiet": frozenset({"radio"}) if tool == "TELESCOPE" else frozenset(),
        "data_bps": data_bps,
        "power_w": power_w,
    }


def _request(
    rng: np.random.Generator, name: str, partner: str, kind: dict[str, object], type_name: str
) -> Activity:
    slots = int(kind["slots"])  # type: ignore[call-overload]
    duration_s = slots * STEP_S
    windows = _windows(rng, str(kind["condition"]))
    if rng.random() < 0.5:  # half of the requests name a part of the month
        begin_s = float(rng.uniform(0.0, 20.0)) * 86400.0
        length_s = float(rng.uniform(4.0, 12.0)) * 86400.0
        part = windows & Windows([(begin_s, begin_s + length_s)])
        windows = part if part.longest_s >= duration_s else windows
    return Activity(
        id=name, partner=partner, kind=type_name, windows=windows, duration_s=duration_s,
        shortest_s=duration_s / 2 if rng.random() < 0.25 else None,
        needs=kind["needs"], disturbs=kind["disturbs"], quiet=kind["quiet"],  # type: ignore[arg-type]
        worth=slots * float(kind["worth"]) * float(rng.uniform(0.7, 1.3)),  # type: ignore[arg-type]
        data_bps=float(kind["data_bps"]), power_w=float(kind["power_w"]),  # type: ignore[arg-type]
    )  # fmt: skip
