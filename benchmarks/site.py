"""Benchmarks of the site tools (asv), on made-up ground."""

from typing import ClassVar

from benchmarks.moon import SITE, rough_terrain
from ilrs.moon.horizon import horizon_profile
from ilrs.sky.sky import open_sky
from ilrs.study.site_almanac import almanac
from ilrs.study.site_criteria import DEFAULT_CRITERIA
from ilrs.study.site_masts import mast_study
from ilrs.study.site_place import Place, span_tdb_s
from ilrs.study.site_ranking import rank_terrain


class Rank:
    """All layers, ten sites and sets of up to four, a year."""

    params: ClassVar = [128, 256]
    param_names: ClassVar = ["pixels"]

    def setup(self, pixels: int) -> None:
        self.terrain = rough_terrain(pixels=pixels, pixel_m=200.0)
        self.sky, self.span_s = open_sky(), span_tdb_s("2030-01-01", None)
        self._rank()

    def time_rank(self, pixels: int) -> None:
        self._rank()

    def peakmem_rank(self, pixels: int) -> None:
        self._rank()

    def _rank(self) -> None:
        rank_terrain(
            self.terrain, criteria=DEFAULT_CRITERIA, span_s=self.span_s, sky=self.sky,
            observer_height_m=50.0,
        )  # fmt: skip


class Year:
    """A year of one place, two masts."""

    def setup(self) -> None:
        profile = horizon_profile([rough_terrain(pixels=256, pixel_m=200.0)], **SITE)
        self.place = Place(name="ROUGH", profile=profile)
        self.sky, self.span_s = open_sky(), span_tdb_s("2030-01-01", None)
        self.time_almanac()
        self.time_masts()

    def time_almanac(self) -> None:
        almanac(self.place, span_s=self.span_s, sky=self.sky)

    def time_masts(self) -> None:
        mast_study(self.place, span_s=self.span_s, sky=self.sky)

    def peakmem_almanac(self) -> None:
        almanac(self.place, span_s=self.span_s, sky=self.sky)
