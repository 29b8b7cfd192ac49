"""The antennas on Earth that a programme declares, as ends of links."""

from ilrs.orbits.earth_station import EarthStation
from ilrs.programme.entities import Element, Programme

__all__ = ["earth_stations", "stations_of"]


def earth_stations(programme: Programme) -> list[EarthStation]:
    """The antennas on Earth that elements declare, named by themselves or by their element."""
    return [one for element in programme.elements.values() for one in stations_of(element)]


def stations_of(element: Element) -> list[EarthStation]:
    """The antennas on Earth of one element."""
    return [
        EarthStation(
            name=f"{element.id} {antenna.name}".strip(), latitude_deg=antenna.latitude_deg,
            longitude_deg=antenna.longitude_deg, height_m=antenna.height_m,
            mask_deg=antenna.mask_deg,
        )
        for antenna in element.ground_antennas
    ]  # fmt: skip
