"""asv benchmarks of `sky`: apparent Sun and Earth over epochs and over maps."""

import numpy as np

from ilrs.sky.directions import apparent_directions
from ilrs.sky.kernels import EARTH, MOON, SUN, open_ephemeris
from ilrs.sky.orientation import open_orientation

DAY_S = 86400.0
START_S = 1.1e9  # late 2034


class SiteDirections:
    """Sun and Earth, azimuth and elevation, at one site; 400 s steps, and the same out of order."""

    params = [[8_766, 1_000_000], ["steps", "unordered"]]
    param_names = ["epochs", "order"]

    def setup(self, epochs, order):
        self.tdb_s = START_S + 400.0 * np.arange(epochs)
        if order == "unordered":
            np.random.default_rng(7).shuffle(self.tdb_s)
        self.kernels = {"ephemeris": open_ephemeris(), "orientation": open_orientation()}
        self.time_directions(epochs, order)  # compiles

    def time_directions(self, epochs, order):
        apparent_directions(
            (SUN, EARTH), self.tdb_s, latitude_deg=-88.8, longitude_deg=123.4, **self.kernels
        )

    def peakmem_directions(self, epochs, order):
        self.time_directions(epochs, order)


class MapDirections:
    """Sun and Earth for every place of a map at a few epochs."""

    params = [[1, 24]]
    param_names = ["epochs"]

    def setup(self, epochs):
        self.tdb_s = START_S + 3600.0 * np.arange(epochs)
        latitude, longitude = np.meshgrid(np.linspace(-90, -85, 300), np.linspace(0, 359, 300))
        self.places = {"latitude_deg": latitude, "longitude_deg": longitude}
        self.kernels = {"ephemeris": open_ephemeris(), "orientation": open_orientation()}
        self.time_directions(epochs)

    def time_directions(self, epochs):
        apparent_directions((SUN, EARTH), self.tdb_s, **self.places, **self.kernels)

    def peakmem_directions(self, epochs):
        self.time_directions(epochs)


class Kernels:
    """Opening the default kernels, geometric vectors and rotation matrices."""

    def setup(self):
        self.tdb_s = START_S + 400.0 * np.arange(100_000)
        self.ephemeris, self.orientation = open_ephemeris(), open_orientation()
        self.time_positions()
        self.time_matrices()

    def time_open(self):
        open_ephemeris()
        open_orientation()

    def time_positions(self):
        self.ephemeris.position_km(EARTH, MOON, self.tdb_s)

    def time_matrices(self):
        self.orientation.matrices(self.tdb_s)

    def peakmem_positions(self):
        self.time_positions()
