"""Orbits: Kepler's equation, states, propagation, a relay's year in a site's sky, access."""

import numpy as np

from benchmarks import bars_access
from ilrs.orbits import kepler
from ilrs.orbits.forces import ForceModel
from ilrs.orbits.frames import frame_to_icrf
from ilrs.orbits.gravity import default_gravity_field
from ilrs.orbits.propagation import propagate_orbit
from ilrs.orbits.relay import craft_view
from ilrs.orbits.surface_access import surface_access
from ilrs.orbits.trajectory import kepler_trajectory
from ilrs.sky.sky import open_sky

EPOCH_TDB_S = 9.5e8  # in February 2030
YEAR_S = 365.25 * 86400.0
RELAY = {
    "periapsis_altitude_m": 300e3,
    "apoapsis_altitude_m": 8600e3,
    "inclination_deg": 54.9,
    "ascending_node_deg": 0.0,
    "argument_of_periapsis_deg": 90.0,
    "mean_anomaly_deg": 0.0,
}


class Kepler:
    params, param_names = [10_000, 1_000_000], ["epochs"]

    def setup(self, epochs):
        rng = np.random.default_rng(7)
        self.mean_anomaly_deg = rng.uniform(0.0, 360.0, epochs)
        self.eccentricity = rng.uniform(0.0, 0.95, epochs)
        self.orbit = kepler.propagate(
            kepler.orbit_from_altitudes(**RELAY), np.linspace(0.0, YEAR_S, epochs)
        )

    def time_eccentric_anomaly(self, epochs):
        kepler.eccentric_anomaly_deg(self.mean_anomaly_deg, self.eccentricity)

    def time_state(self, epochs):
        kepler.state(self.orbit)

    def peakmem_state(self, epochs):
        kepler.state(self.orbit)


class Propagation:
    """A relay for a year, and ten days of a low orbit, with Earth and Sun; the field's degree."""

    params, param_names = [12, 20], ["degree"]

    def setup(self, degree):
        self.sky = open_sky()
        self.model = ForceModel(gravity=default_gravity_field(degree=degree))
        self.low = kepler.orbit_from_altitudes(
            periapsis_altitude_m=100e3, apoapsis_altitude_m=100e3, inclination_deg=90.0
        )
        self.way(self.low, days=0.1)  # compiles

    def way(self, orbit, *, days):
        return propagate_orbit(
            orbit, frame="EARTH_ORBIT_PLANE", name="A", epoch_tdb_s=EPOCH_TDB_S, sky=self.sky,
            span_tdb_s=(EPOCH_TDB_S, EPOCH_TDB_S + days * 86400.0), model=self.model,
        )  # fmt: skip

    def time_low_orbit(self, degree):
        self.way(self.low, days=10.0)

    def time_relay(self, degree):
        self.way(kepler.orbit_from_altitudes(**RELAY), days=365.25)

    def peakmem_relay(self, degree):
        self.time_relay(degree)


class Relay:
    """One year of a relay over a south-pole site."""

    params, param_names = [3600.0, 60.0], ["step_s"]

    def setup(self, step_s):
        self.tdb_s = EPOCH_TDB_S + np.arange(0.0, YEAR_S, step_s)
        sky = open_sky()
        to_icrf = frame_to_icrf("EARTH_ORBIT_PLANE", epoch_tdb_s=EPOCH_TDB_S, **sky.kernels)
        self.orientation = sky.orientation
        self.way = kepler_trajectory(
            kepler.orbit_from_altitudes(**RELAY), (EPOCH_TDB_S, EPOCH_TDB_S + YEAR_S),
            name="RELAY", epoch_tdb_s=EPOCH_TDB_S, to_icrf=to_icrf,
        )  # fmt: skip

    def view(self):
        return craft_view(
            self.way, latitude_deg=-89.45, longitude_deg=222.7, height_m=1500.0,
            tdb_s=self.tdb_s, orientation=self.orientation,
        )  # fmt: skip

    def time_view(self, step_s):
        self.view()

    def peakmem_view(self, step_s):
        self.view()


class SurfaceAccess:
    """A low orbiter over sites with terrain."""

    params, param_names = [10.0, 100.0], ["days"]

    def setup(self, days):
        self.craft, self.sites = bars_access.orbiters()[:1], bars_access.antennas()[:10]
        self.span_s = bars_access.START_S, bars_access.START_S + days * 86400.0
        self.orientation = bars_access.turning()
        self.time_windows(days)

    def time_windows(self, days):
        surface_access(self.craft, self.sites, span_s=self.span_s, orientation=self.orientation)

    def peakmem_windows(self, days):
        self.time_windows(days)
