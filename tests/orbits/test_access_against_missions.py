"""Time in view of a relay over the real Moon against what its designers published."""

from ilrs.foundation.time import parse_utc, tdb_from_utc
from ilrs.orbits.frames import frame_to_icrf
from ilrs.orbits.kepler import orbit_from_altitudes
from ilrs.orbits.skyline import SurfaceAntenna
from ilrs.orbits.surface_access import surface_access
from ilrs.orbits.trajectory import kepler_trajectory
from ilrs.sky.sky import open_sky


# Zhang et al. 2021, Space: Sci&Tech 3471608 (truth table O3): 300 x 8,600 km, about 12 h, more than
# 8 h of link per orbit for the south pole. Inclined by the frozen 54.9 deg; the mask is not
# published, 5 deg is the usual one. A month covers every phase between Moon and plane.
def test_relay_links_the_south_pole_for_more_than_8_h_in_each_orbit() -> None:
    sky = open_sky()
    start_s = float(tdb_from_utc(parse_utc("2030-03-01")))
    span_s = start_s, start_s + 28 * 86400.0
    orbit = orbit_from_altitudes(
        periapsis_altitude_m=300e3, apoapsis_altitude_m=8600e3, inclination_deg=54.9,
        ascending_node_deg=0.0, argument_of_periapsis_deg=90.0, mean_anomaly_deg=0.0,
    )  # fmt: skip
    to_icrf = frame_to_icrf("EARTH_ORBIT_PLANE", epoch_tdb_s=start_s, **sky.kernels)
    way = kepler_trajectory(orbit, span_s, name="RELAY", epoch_tdb_s=start_s, to_icrf=to_icrf)
    pole = SurfaceAntenna(
        name="POLE", latitude_deg=-88.8, longitude_deg=123.4, height_m=0.0, mask_deg=5.0
    )
    found = surface_access([way], [pole], span_s=span_s, orientation=sky.orientation)[
        "RELAY", "POLE"
    ]
    whole = found.duration_s[1:-1]  # the first and the last may be cut by the span
    assert whole.size > 50
    assert whole.min() > 8 * 3600.0
    assert whole.max() < 12.13 * 3600.0  # it does set once in every orbit
