"""Benchmarks of terrain tools (asv): relief, sight, viewsheds and map files on made-up ground."""

import tempfile
from pathlib import Path
from typing import ClassVar

import numpy as np

from benchmarks.moon import rough_terrain
from ilrs.moon.map_layout import height_map
from ilrs.moon.maps import write_cog, write_svg
from ilrs.moon.relief import hillshade_map, roughness_map, slope_map
from ilrs.moon.sight import line_of_sight
from ilrs.moon.terrain import read_terrain
from ilrs.moon.viewshed import viewshed

MAST = {"latitude_deg": -89.99, "longitude_deg": 30.0, "mast_height_m": 10.0}


class Relief:
    """Slope, roughness over 20 pixels, and hillshade of one square map."""

    params: ClassVar = [1024, 4096]
    param_names: ClassVar = ["pixels"]

    def setup(self, pixels: int) -> None:
        self.terrain = rough_terrain(pixels=pixels, pixel_m=20.0)
        small = rough_terrain(pixels=64, pixel_m=20.0)
        slope_map(small), roughness_map(small, baseline_m=400.0)
        hillshade_map(small, grid_azimuth_deg=315.0, elevation_deg=45.0)

    def time_slope(self, pixels: int) -> None:
        slope_map(self.terrain)

    def time_roughness(self, pixels: int) -> None:
        roughness_map(self.terrain, baseline_m=400.0)

    def time_hillshade(self, pixels: int) -> None:
        hillshade_map(self.terrain, grid_azimuth_deg=315.0, elevation_deg=45.0)

    def peakmem_slope(self, pixels: int) -> None:
        slope_map(self.terrain)


class Sight:
    """Lines to many places, and what one mast sees."""

    params: ClassVar = [256, 1024]
    param_names: ClassVar = ["pixels"]

    def setup(self, pixels: int) -> None:
        self.terrain = rough_terrain(pixels=pixels, pixel_m=40.0)
        rng = np.random.default_rng(7)
        half_m = 19.0 * pixels
        x_m, y_m = rng.uniform(-half_m, half_m, (2, 1000))
        self.to = dict(
            zip(
                ("to_latitude_deg", "to_longitude_deg"),
                self.terrain.grid.locate(x_m, y_m),
                strict=True,
            )
        )
        small = rough_terrain(pixels=64, pixel_m=40.0)
        viewshed([small], **MAST)
        line_of_sight([self.terrain], **MAST, **self.to, to_mast_height_m=2.0)

    def time_thousand_lines(self, pixels: int) -> None:
        line_of_sight([self.terrain], **MAST, **self.to, to_mast_height_m=2.0)

    def time_viewshed(self, pixels: int) -> None:
        viewshed([self.terrain], **MAST, target_height_m=2.0)

    def peakmem_viewshed(self, pixels: int) -> None:
        viewshed([self.terrain], **MAST, target_height_m=2.0)


class Files:
    """A map written as COG and as a sheet, and read back as terrain."""

    params: ClassVar = [1024]
    param_names: ClassVar = ["pixels"]

    def setup(self, pixels: int) -> None:
        terrain = rough_terrain(pixels=pixels, pixel_m=40.0)
        self.map = height_map(terrain)
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "map.tif"
        write_cog(self.map, "height_m", self.path)

    def teardown(self, pixels: int) -> None:
        self.folder.cleanup()

    def time_write_cog(self, pixels: int) -> None:
        write_cog(self.map, "height_m", self.path.with_name("again.tif"))

    def time_write_svg(self, pixels: int) -> None:
        write_svg(self.map, "height_m", self.path.with_suffix(".svg"), title="Ground")

    def time_read_terrain(self, pixels: int) -> None:
        read_terrain(self.path)

    def peakmem_read_terrain(self, pixels: int) -> None:
        read_terrain(self.path)
