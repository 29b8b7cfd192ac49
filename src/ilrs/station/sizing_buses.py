"""The station's buses and cables as the linear programs of sizes and dispatch name them."""

from collections.abc import Sequence

from ilrs.programme.entities import Element
from ilrs.station.network import station_network
from ilrs.station.sizing_problem import Cable

__all__ = ["bus_names", "station_cables"]

_NO_LIMIT_W = 1e30


def bus_names(elements: Sequence[Element]) -> dict[str, str]:
    """Of each element's id the name of its bus: by the first element on it, or by the site."""
    network = station_network(elements)
    if len(network.buses) == 1:
        return {e.id: f"the grid of {e.site}" for e in elements}
    first: dict[int, str] = {}
    for element, bus in zip(elements, network.bus.tolist(), strict=True):
        first.setdefault(bus, f"the bus of {element.id}")
    return {e.id: first[bus] for e, bus in zip(elements, network.bus.tolist(), strict=True)}


def station_cables(elements: Sequence[Element]) -> list[Cable]:
    """The cables between buses, one each way."""
    network, names = station_network(elements), bus_names(elements)
    at = {bus: names[e.id] for e, bus in zip(elements, network.bus.tolist(), strict=True)}
    cables = []
    for bus, row in enumerate(network.buses):
        if row["parent"] >= 0:
            ends = at[bus], at[int(row["parent"])]
            most_w = min(float(row["limit_w"]), _NO_LIMIT_W)
            cables += [
                Cable(source=a, destination=b, most_w=most_w, loss_per_w=float(row["loss_per_w"]))
                for a, b in (ends, ends[::-1])
            ]
    return cables
