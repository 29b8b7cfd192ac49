"""docs/sites.md tells the defaults that stand in the code."""

from pathlib import Path

from ilrs.study.site_criteria import DEFAULT_CRITERIA, Criterion

TEXT = (Path(__file__).parents[2] / "docs" / "sites.md").read_text(encoding="utf-8")


def told(value: float, layer: Criterion) -> str:
    scale, unit = {"1": (100.0, "%"), "s": (1 / 3600.0, "h"), "m": (1e-3, "km")}.get(
        layer.unit, (1.0, layer.unit)
    )
    return f"{value * scale:g} {unit}"


def test_the_page_tells_every_default():
    for name, layer in DEFAULT_CRITERIA.layers.items():
        cells = [
            cell.strip()
            for line in TEXT.splitlines()
            if line.startswith(f"| `{name}` |")
            for cell in line.strip("|").split("|")
        ]
        sign = "at least" if layer.best > layer.worst else "at most"
        limit = "" if layer.limit is None else f"{sign} {told(layer.limit, layer)}"
        assert cells[2:] == [
            f"{layer.weight:g}", told(layer.worst, layer), told(layer.best, layer), limit,
        ], name  # fmt: skip


def test_the_page_tells_the_usual_landing_ellipse():
    landing = DEFAULT_CRITERIA.landing
    assert (
        f"length: {landing.length_m:g} m, width: {landing.width_m:g} m, "
        f"grid_azimuth: {landing.grid_azimuth_deg:g} deg, slope: {landing.slope_deg:g} deg"
    ) in TEXT
