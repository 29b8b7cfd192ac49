"""Where a site's horizon and terrain come from."""

from pathlib import Path

import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Programme, Site
from ilrs.study.site_horizon import site_horizon, terrain_path


def test_terrain_is_the_file_itself_before_any_of_that_name(tmp_path, monkeypatch):
    monkeypatch.setenv("ILRS_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "dem.tif").touch()
    assert terrain_path(Path("dem.tif")) == tmp_path / "data" / "dem.tif"
    Path("dem.tif").touch()
    assert terrain_path(Path("dem.tif")) == Path("dem.tif")
    assert terrain_path(Path("none.tif")) == Path("none.tif")


def test_the_name_of_an_official_product_stands_for_the_file_to_open(tmp_path, monkeypatch):
    monkeypatch.setenv("ILRS_DATA", str(tmp_path))
    (tmp_path / "Site01_final_adj_5mpp_surf.tif").touch()
    assert terrain_path(Path("site01_5m")) == tmp_path / "Site01_final_adj_5mpp_surf.tif"


def test_a_horizon_file_that_is_nowhere_says_where_it_was_looked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("ILRS_DATA", str(tmp_path))
    site = Site.model_validate({"id": "RIDGE", "kind": "candidate", "horizon": "h/ridge.csv"})
    with pytest.raises(IlrsError) as caught:
        site_horizon(Programme(name="T"), site, terrain=(), mast_heights_m=(2.0,))
    assert str(caught.value) == (
        "the horizon of RIDGE is not there: h/ridge.csv; it is looked for beside programme.yaml, in"
        " each folder that was named, and in the data folder. Put the file there or correct its "
        "name."
    )
