"""Draws docs/route.png: the earliest arrival of a rover from the Connecting Ridge, and its way.

Needs LOLA terrain: a folder with connecting_ridge_40m.tif, shackleton_ridge_200m.tif and LDEM_4.LBL
(`../shared/data/terrain` beside the checkout, or another one as the argument).
"""

import sys
import tempfile
from pathlib import Path

from ilrs.moon.sheet_picture import write_sheet_png
from ilrs.programme.load import load, reference_folder
from ilrs.sky.sky import open_sky
from ilrs.study.route import find_route
from ilrs.study.route_case import route_case
from ilrs.study.route_files import write_route

ROOT = Path(__file__).parents[1]
TERRAIN = ("connecting_ridge_40m.tif", "shackleton_ridge_200m.tif", "LDEM_4.LBL")


def main(folder: Path) -> None:
    """Finds the way that docs/traverse.md shows and draws its map."""
    case = route_case(
        load([reference_folder()]).programme, element_id="PAK-ROVER", start="CONNECTING-RIDGE",
        goal="-89.70,206", depart="2036-03-01", days=14.0, sky=open_sky(),
        terrain=[folder / name for name in TERRAIN], progress=print,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as made:
        write_route(find_route(case), Path(made), record=dict.fromkeys(
            ("element", "depart_utc", "arrive_utc"), ""))  # fmt: skip
        write_sheet_png(Path(made) / "arrival.svg", ROOT / "docs" / "route.png", zoom=0.8)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "data" / "terrain")
