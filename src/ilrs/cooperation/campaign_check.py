"""What is wrong with a launch campaign, found by going through its landings one after another.

Written apart from the program that makes campaigns, so that it judges that, or one made by hand.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from ilrs.cooperation.campaign import Campaign, Cargo, Carrier

__all__ = ["campaign_faults"]

_SLACK = 1e-6  # of a mass or a volume, for rounding


def campaign_faults(
    campaign: Campaign,
    cargo: Sequence[Cargo],
    carriers: Sequence[Carrier],
    *,
    disturbed: Mapping[str, Sequence[str]] | None = None,
    pad_landings: Mapping[str, int] | None = None,
) -> list[str]:
    """Every rule that the campaign breaks, in words; none where it can be flown."""
    known, takers = {c.id: c for c in cargo}, {c.id: c for c in carriers}
    faults = _counts(campaign, known)
    faults += _launches(campaign, takers)
    landed: dict[str, float] = {}
    for landing in campaign.landings:
        landed |= dict.fromkeys(landing.cargo, landing.day_d)
    for landing in campaign.landings:
        where = f"{landing.carrier} on day {landing.day_d:g}"
        carrier = takers[landing.carrier]
        aboard = [known[name] for name in landing.cargo if name in known]
        mass_kg, volume_m3 = sum(c.mass_kg for c in aboard), sum(c.volume_m3 for c in aboard)
        if mass_kg > carrier.landed_kg * (1.0 + _SLACK):
            faults.append(f"{where} carries {mass_kg:g} kg and lands {carrier.landed_kg:g} kg")
        if volume_m3 > carrier.volume_m3 * (1.0 + _SLACK):
            faults.append(f"{where} carries {volume_m3:g} m3 and has {carrier.volume_m3:g} m3")
        for c in aboard:
            if landing.day_d < c.ready_d:
                faults.append(f"{c.id} flies on day {landing.day_d:g}, ready on day {c.ready_d:g}")
            if landing.day_d > c.by_d:
                faults.append(f"{c.id} lands on day {landing.day_d:g}, wanted by day {c.by_d:g}")
            faults += [
                f"{c.id} lands on day {landing.day_d:g} without {' or '.join(group)}"
                for group in (*((need,) for need in c.needs), *c.needs_any)
                if all(landed.get(need, float("inf")) > landing.day_d for need in group)
            ]
        faults += [
            f"{where} lands at {landing.pad}, where {name} stands since day {landed[name]:g}"
            for name in (disturbed or {}).get(landing.pad, ())
            if landed.get(name, float("inf")) < landing.day_d
        ]
    used = Counter(landing.pad for landing in campaign.landings)
    return faults + [
        f"{used[pad]} landings at {pad}, which takes {most}"
        for pad, most in (pad_landings or {}).items()
        if used[pad] > most
    ]


def _counts(campaign: Campaign, known: Mapping[str, Cargo]) -> list[str]:
    flown = Counter(name for landing in campaign.landings for name in landing.cargo)
    faults = [f"{name} is not landed" for name in known if not flown[name]]
    faults += [f"{name} is landed {count} times" for name, count in flown.items() if count > 1]
    return faults + [f"{name} is no cargo of the campaign" for name in flown if name not in known]


def _launches(campaign: Campaign, takers: Mapping[str, Carrier]) -> list[str]:
    """Launches on days that there are none, and more than one on the same."""
    faults = []
    counts = Counter((landing.carrier, landing.day_d) for landing in campaign.landings)
    for (name, day_d), count in counts.items():
        carrier = takers.get(name)
        days_d = (
            []
            if carrier is None
            else [carrier.first_d + k * carrier.interval_d for k in range(carrier.launches)]
        )
        if not any(abs(day_d - possible) < 1e-6 for possible in days_d) or count > 1:
            faults.append(f"{name} cannot be launched on day {day_d:g}, {count} times")
    return faults
