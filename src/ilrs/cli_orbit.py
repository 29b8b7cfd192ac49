"""The commands under `ilrs orbit`: what files of orbits hold, and how long an orbit lives."""

import sys
from pathlib import Path

import click

__all__ = ["orbit"]


@click.group()
def orbit() -> None:
    """Read and convert files of orbits: OEM and OPM (CCSDS), SPK (NAIF); judge declared ones."""


_FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
_FRAME = click.option(
    "--frame", help="The axes that FILE's states are told in, whatever FILE says of them."
)


@orbit.command()
@_FILE
@_FRAME
def read(file: Path, frame: str | None) -> None:
    """Tell what FILE holds: craft, span, frame, lowest and highest altitude."""
    from ilrs.orbits.files import file_facts
    from ilrs.study.report import print_table

    for title, rows in file_facts(file, frame=frame):
        print_table((title, ""), rows, sys.stdout)


@orbit.command()
@_FILE
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path, dir_okay=False))
@_FRAME
@click.option("--as-frame", default="ICRF", show_default=True, help="The axes that OUT is told in.")
@click.option("--step-s", type=float, help="Seconds between states; as far apart as 1 mm allows.")
@click.option("--originator", default="ILRS", show_default=True, help="Who issues OUT.")
def convert(
    file: Path,
    out: Path,
    frame: str | None,
    as_frame: str,
    step_s: float | None,
    originator: str,
) -> None:
    """Write the craft of FILE (OEM or SPK) to OUT as an OEM, in XML where OUT ends in .xml."""
    from ilrs.orbits.files import read_orbits
    from ilrs.orbits.oem_write import write_oem

    write_oem(
        out, read_orbits(file, frame=frame), frame=as_frame, step_s=step_s,
        originator=originator, comments=(f"from {file.name}",),
    )  # fmt: skip
    click.echo(f"written: {out}")


@orbit.command()
@click.argument("mission")
@click.option(
    "--programme", "folders", multiple=True, type=click.Path(path_type=Path, file_okay=False),
    help="Folder that declares MISSION, laid over the reference; may be repeated.",
)  # fmt: skip
@click.option("--from", "start", default="2036-01-01", show_default=True, metavar="DATE",
              help="When the elements hold, where they name no epoch.")  # fmt: skip
@click.option("--days", default=730.0, show_default=True, help="How long the orbit is flown.")
@click.option("--lowest-km", default=50.0, show_default=True,
              help="An orbit lives while it stays above this altitude.")  # fmt: skip
def life(
    mission: str, folders: tuple[Path, ...], start: str, days: float, lowest_km: float
) -> None:
    """Tell how long MISSION's orbit lives unheld, what holding costs, and what orbit would live."""
    from ilrs.programme.load import load, reference_folder
    from ilrs.sky.sky import open_sky
    from ilrs.study.orbit_life import orbit_answer, print_orbit_answer

    programme = load([reference_folder(), *folders]).programme
    answer = orbit_answer(
        programme, mission, start=start, days=days, lowest_altitude_m=1e3 * lowest_km,
        sky=open_sky(),
    )  # fmt: skip
    print_orbit_answer(answer, sys.stdout)
