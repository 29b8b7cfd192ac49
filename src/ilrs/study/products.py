"""A run's results as data-centre products: horizon, environment, station, research, verdicts."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ilrs.datacentre.archive import Archive
from ilrs.datacentre.filing import file_products
from ilrs.datacentre.filing_lists import file_lists
from ilrs.datacentre.lid import Lid
from ilrs.datacentre.place import Point
from ilrs.datacentre.product import Column, Product, Table
from ilrs.foundation.time import utc_text
from ilrs.programme.entities import Experiment
from ilrs.study.label_parts import embargo_rule, publication_year, slug
from ilrs.study.planning_observations import plan_products
from ilrs.study.product_light import lit
from ilrs.study.run import Run

__all__ = ["file_run", "products_of"]

JOINT = "joint"  # who owns what no single partner made


def file_run(run: Run, archive: Path) -> int:
    """How many products of the run are in the archive, once they are filed there."""
    orientation = run.provenance.orientation
    store = Archive(archive)
    filed = file_products(
        store,
        products_of(run),
        enriched=lambda submissions: lit(submissions, orientation=orientation),
    )
    file_lists(store, filed)
    return len(filed)


def products_of(run: Run) -> Iterator[Product]:
    """The run's products, each a table with everything its label says, sources before results."""
    site, scenario = run.site.id, run.scenario.id
    model = "Computed by ilrs"
    horizon = str(_lid(run, "geometry", f"horizon-{site}"))
    environment = str(_lid(run, "geometry", f"environment-{site}-{scenario}"))
    station = str(_lid(run, "station", f"station-{site}-{scenario}"))
    yield _product(
        run, "geometry", f"horizon-{site}", _horizon_table(run.horizon),
        title=f"Horizon seen from {site}",
        description=f"{model} from {run.horizon.attrs.get('terrain', 'terrain')}: elevation of the "
        "terrain horizon per azimuth and mast height.",
        sources=(f"{name} sha256:{sha}" for name, sha in run.provenance.inputs_sha256.items()),
    )  # fmt: skip
    yield _product(
        run, "geometry", f"environment-{site}-{scenario}", _series_table(run.environment),
        title=f"Sun, Earth, relays and ground temperature at {site}",
        description=f"{model}: apparent directions, visible parts of the discs, irradiance, relay "
        f"geometry and surface temperature; orientation {run.provenance.orientation}, "
        f"ephemeris {run.provenance.ephemeris}.",
        sources=(horizon, run.provenance.ephemeris, run.provenance.orientation),
    )  # fmt: skip
    yield _product(
        run, "station", f"station-{site}-{scenario}", _series_table(run.station),
        title=f"Power, heat and data of the station at {site}",
        description=f"{model}: the simulated station, step by step, per element and in sum.",
        sources=(environment,),
    )  # fmt: skip
    if run.crew is not None:
        yield _product(
            run, "station", f"crew-{site}-{scenario}", _series_table(run.crew),
            title=f"Life support of the crew at {site}",
            description=f"{model}: air, supplies, machines, power and dose of visiting crews.",
            sources=(station,),
        )  # fmt: skip
    for key in run.plan["experiment"].values.tolist():
        yield _experiment_product(run, run.programme.experiments[key], station)
    yield _product(
        run, "verdicts", f"verdicts-{site}-{scenario}", _verdict_table(run),
        title=f"Requirements judged in scenario {scenario}",
        description=f"{model}: measured number, limit and verdict of every requirement.",
        sources=(environment, station),
    )  # fmt: skip
    if run.sessions is not None:
        yield from plan_products(run.sessions)


def _product(
    run: Run,
    collection: str,
    name: str,
    table: Table,
    *,
    title: str,
    description: str,
    sources: Iterable[str],
    experiment: Experiment | None = None,
) -> Product:
    policy = experiment.data_policy if experiment else None
    step = np.timedelta64(round(float(run.environment.attrs["step_s"]) * 1e9), "ns")
    return Product(
        lid=_lid(run, collection, name),
        title=title,
        description=description,
        start_utc=utc_text(run.environment["time"].values[0]),
        stop_utc=utc_text(run.environment["time"].values[-1] + step),
        publication_year=publication_year(run.programme, otherwise=run.scenario.start),
        partner=experiment.owner if experiment else JOINT,
        table=table,
        site=run.site.id,
        science_fields=experiment.fields if experiment else (),
        access=policy.access if policy else "open",
        embargo=embargo_rule(policy),
        licence=policy.licence if policy else "",
        keywords=tuple(experiment.products) if experiment else (),
        place=_site_point(run),
        sources=(*sources, f"{run.programme.name} sha256:{run.provenance.programme_sha256}"),
        command=run.provenance.command,
    )  # fmt: skip


def _lid(run: Run, collection: str, name: str) -> Lid:
    return Lid.of_product(
        run.programme.lid_prefix,
        bundle=slug(run.programme.name),
        collection=collection,
        product=slug(name),
    )


def _site_point(run: Run) -> Point | None:
    latitude_deg, longitude_deg = run.site.latitude_deg, run.site.longitude_deg
    if latitude_deg is None or longitude_deg is None:
        return None
    return Point(longitude_deg, latitude_deg)


def _horizon_table(profile: xr.Dataset) -> Table:
    azimuth, horizon = profile["azimuth_deg"], profile["horizon_deg"]
    columns = [_column("azimuth_deg", azimuth.values, azimuth.attrs, ".4f")]
    elevations = horizon.transpose("mast_height_m", "azimuth_deg").values
    for height, values in zip(profile["mast_height_m"].values, elevations, strict=True):
        columns.append(_column(f"horizon_deg at {height:g} m", values, horizon.attrs, ".4f"))
    return Table(columns)


def _column(
    name: str, values: Any, attributes: Mapping[str, Any], number_format: str = ".7g"
) -> Column:
    is_real = values.dtype.kind == "f"
    return Column(
        name=name,
        values=values,
        unit=str(attributes.get("units", "")).replace("1", "") if is_real else "",
        description=str(attributes.get("long_name", "")),
        number_format=number_format if is_real else "",
    )


def _series_table(dataset: xr.Dataset) -> Table:
    """Every variable on `time` as columns, one for each place on its other dimension."""
    columns = [Column(name="time", values=dataset["time"].values, description="UTC, cell's start")]
    for name, variable in dataset.data_vars.items():
        if "time" not in variable.dims:
            continue
        others = [str(dim) for dim in variable.dims if dim != "time"]
        places = [[_place(dataset[dim], k) for k in range(dataset.sizes[dim])] for dim in others]
        series = variable.transpose(*others, "time").values
        for index in np.ndindex(series.shape[:-1]):
            place = " at ".join(names[k] for names, k in zip(places, index, strict=True))
            title = f"{name} of {place}" if others else str(name)
            columns.append(_column(title, series[index], variable.attrs))
    return Table(columns)


def _place(coordinate: xr.DataArray, k: int) -> str:
    label, unit = coordinate.values[k].item(), str(coordinate.name).rpartition("_")[2]
    return f"{label:g} {unit}" if isinstance(label, float) else str(label)


def _experiment_product(run: Run, experiment: Experiment, station: str) -> Product:
    plan = run.plan["planned_fraction"].sel(experiment=experiment.id)
    done = run.station["experiment_fraction"].sel(experiment=experiment.id)
    table = Table(
        [
            Column(name="time", values=run.plan["time"].values, description="UTC, cell's start"),
            _column("planned_fraction", plan.values, plan.attrs),
            _column("experiment_fraction", done.values, done.attrs),
        ]
    )
    return _product(
        run, "research", f"{experiment.id}-{run.scenario.id}", table,
        title=experiment.name or experiment.id,
        description=f"Computed by ilrs: when {experiment.name or experiment.id} was planned and "
        f"when it ran on {experiment.element}.",
        sources=(station,),
        experiment=experiment,
    )  # fmt: skip


def _verdict_table(run: Run) -> Table:
    verdicts = run.verdicts
    words = {True: "pass", False: "fail", None: "not judged"}
    reals = {
        "measured": [np.nan if v.measured is None else v.measured for v in verdicts],
        "limit": [v.limit for v in verdicts],
    }
    texts = {
        "requirement": [v.requirement for v in verdicts],
        "metric": [v.metric for v in verdicts],
        "comparison": [v.comparison for v in verdicts],
        "unit": [v.unit for v in verdicts],
        "verdict": [words[v.holds] for v in verdicts],
    }
    columns = [Column(name=name, values=np.array(cells, np.str_)) for name, cells in texts.items()]
    columns += [Column(name=name, values=np.array(cells)) for name, cells in reals.items()]
    return Table(columns)
