"""The commands under `ilrs orbit`: what files of orbits hold, and their conversion."""

import sys
from pathlib import Path

import click

__all__ = ["orbit"]


@click.group()
def orbit() -> None:
    """Read and convert files of orbits: OEM and OPM (CCSDS), SPK (NAIF)."""


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
