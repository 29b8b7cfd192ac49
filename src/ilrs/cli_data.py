"""The commands of the data centre: `ilrs data …`; heavy imports wait for their command."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from ilrs.cli_answer import DEFAULT_OUT, EXIT_INVALID, print_findings

__all__ = ["archive_option", "data"]


@click.group()
def data() -> None:
    """File, find, verify and export what the data centre keeps."""


def archive_option(command: Any) -> Any:
    """Gives a command the option --archive: the folder of a node."""
    return click.option(
        "--archive",
        type=click.Path(path_type=Path, file_okay=False),
        default=DEFAULT_OUT / "archive",
        show_default=True,
        help="The archive's folder; its node.yaml may name another storage.",
    )(command)


@data.command()
@click.argument("name")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to put it; the data folder when left out.",
)
def get(name: str, folder: Path | None) -> None:
    """Fetch the official product NAME (terrain, kernels), whole and with its checksum."""
    from ilrs.datacentre.fetch import fetch_product
    from ilrs.study.progress import shown_transfer

    with shown_transfer(sys.stderr) as progress:
        path = fetch_product(name, folder, progress=progress)
    click.echo(str(path))


@data.command()
@archive_option
@click.argument("text", required=False)
@click.option("--site", help="Only products of this site.")
@click.option("--partner", help="Only products of this partner.")
@click.option("--from", "start_utc", help="Only products that end after this UTC date.")
@click.option("--to", "stop_utc", help="Only products that begin before this UTC date.")
@click.option("--json", "as_json", is_flag=True, help="Print the records as JSON.")
def find(
    archive: Path,
    text: str | None,
    site: str | None,
    partner: str | None,
    start_utc: str | None,
    stop_utc: str | None,
    as_json: bool,
) -> None:
    """Find products by TEXT, site, partner and time."""
    from ilrs.datacentre.archive import Archive
    from ilrs.study.report import print_table

    records = Archive.open(archive).find(
        text=text, site=site, partner=partner, start_utc=start_utc, stop_utc=stop_utc
    )
    if as_json:
        click.echo(json.dumps([record.to_dict() for record in records], indent=1))
        return
    rows = [(str(r.lidvid), r.title, f"{r.start_utc} – {r.stop_utc}") for r in records]
    print_table(("product", "title", "span"), rows, sys.stdout)


@data.command()
@archive_option
def verify(archive: Path) -> None:
    """Recompute every checksum of the archive; exit code 2 where something differs."""
    from ilrs.datacentre.archive import Archive
    from ilrs.study.progress import shown_bytes

    with shown_bytes(sys.stderr, "reading") as said:
        found = Archive.open(archive).verify(said=said)
    counts = f"{found.objects} products, {found.versions} versions, {found.files} files, "
    click.echo(f"{archive}: {counts}{found.size} bytes read")
    if found.findings:
        print_findings(found.findings)
        raise SystemExit(EXIT_INVALID)
    click.echo("every checksum holds")


@data.command()
@click.argument("label", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--schemas",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder with the PDS4 .xsd and .sch files.",
)
def validate(label: Path, schemas: Path) -> None:
    """Validate a PDS4 LABEL against the schemas in a local folder."""
    from ilrs.datacentre.validate import validate_label

    findings = validate_label(label, schemas=schemas)
    if findings:
        print_findings(findings)
        raise SystemExit(EXIT_INVALID)
    click.echo(f"{label.name}: valid")


@data.command()
@archive_option
@click.argument("lidvid")
@click.option("--reason", required=True, help="Why; the ledger keeps it for ever.")
def withdraw(archive: Path, lidvid: str, reason: str) -> None:
    """Withdraw the version LIDVID: it stays known, its files are given no more."""
    from ilrs.datacentre.archive import Archive

    record = Archive.open(archive).withdraw(lidvid, reason=reason)
    click.echo(f"{lidvid}: withdrawn since {record.withdrawn_utc}")


@data.command()
@archive_option
@click.argument("lidvid")
@click.option("--reason", required=True, help="Why; the ledger keeps it for ever.")
def release(archive: Path, lidvid: str, reason: str) -> None:
    """Release the version LIDVID from quarantine."""
    from ilrs.datacentre.archive import Archive

    Archive.open(archive).release(lidvid, reason=reason)
    click.echo(f"{lidvid}: released")


@data.command()
@archive_option
def rebuild(archive: Path) -> None:
    """Make the catalogue anew from what the storage holds."""
    from ilrs.datacentre.archive import Archive

    findings = Archive.open(archive).rebuild()
    if findings:
        print_findings(findings)
        raise SystemExit(EXIT_INVALID)
    click.echo(f"{archive}: the catalogue lists what the storage holds")
