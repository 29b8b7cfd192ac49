"""The commands of the data centre: `ilrs data …`; heavy imports wait for their command."""

import json
import sys
from pathlib import Path

import click

from ilrs.cli_answer import EXIT_INVALID, archive_option, print_findings
from ilrs.cli_find import find
from ilrs.foundation.errors import Finding

__all__ = ["archive_option", "data"]

STATES = ("filed", "quarantined", "kept", "refused")


@click.group()
def data() -> None:
    """File, find, verify and export what the data centre keeps."""


data.add_command(find)


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
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--schemas",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder with the PDS4 .xsd and .sch files; without it only files and data are checked.",
)
@click.option("--profile", "name", default="ilrs", show_default=True,
              help="What labels are held to: strict, ilrs or legacy.")  # fmt: skip
@click.option(
    "--prefix", "prefixes", multiple=True, help="A further prefix that is read as listed."
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON, one in a line.")
def validate(
    paths: tuple[Path, ...],
    schemas: Path | None,
    name: str,
    prefixes: tuple[str, ...],
    as_json: bool,
) -> None:
    """Validate labels, data files with a sidecar, and all that lies in folders: PATH…

    Each finding says file, line, what is possible and how to mend it; exit code 2 where one is an
    error.
    """
    from dataclasses import asdict

    from ilrs.datacentre.profiles import profile_named
    from ilrs.datacentre.validate import Validator
    from ilrs.datacentre.validation_report import validated
    from ilrs.study.progress import shown_count
    from ilrs.study.report import print_table

    profile = profile_named(name, prefixes=prefixes)
    validator = None if schemas is None else Validator(schemas, profile=profile)
    with shown_count(sys.stderr, "products read") as said:
        report = validated(
            paths,
            profile=profile,
            validator=validator,
            tell=lambda finding: click.echo(
                json.dumps(asdict(finding), ensure_ascii=False)
                if as_json
                else f"{finding.severity}: {finding}"
            ),
            said=said,
        )
    if not as_json:
        rows = [(kind, str(n), str(m)) for kind, n, m in report.rows()]
        print_table(("kind of finding", "errors", "warnings"), rows, sys.stdout)
        click.echo(f"{report.products} products, {report.valid} of them without an error")
    if report.errors:
        raise SystemExit(EXIT_INVALID)


@data.command()
@archive_option
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option(
    "--profile",
    type=click.Choice(["strict", "ilrs", "legacy"]),
    default="ilrs",
    show_default=True,
    help="How labels are read: strict PDS4; with the partners' prefixes; or old Chinese ones too.",
)
@click.option(
    "--schemas",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder with the PDS4 .xsd and .sch files; without it labels are judged by content alone.",
)
@click.option(
    "--policy",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Which findings quarantine a product; the archive's policy.yaml when left out.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what became of each product as JSON.")
def ingest(
    archive: Path,
    paths: tuple[Path, ...],
    profile: str,
    schemas: Path | None,
    policy: Path | None,
    as_json: bool,
) -> None:
    """File what lies at PATHS: products, bundles, folders, zip files, the folder of a plan.

    Killed at any instant, the same command does the rest; what is filed already is kept as it is.
    Exit code 2 where a product was refused.
    """
    from ilrs.datacentre.archive import Archive
    from ilrs.datacentre.intake import read_intake_policy
    from ilrs.study.intake import submissions_at
    from ilrs.study.progress import shown_intake

    store = Archive(archive)
    rules = None if policy is None else read_intake_policy(policy)
    loose: list[Finding] = []
    outcomes = []
    with shown_intake(sys.stderr) as said:
        for path in paths:  # one after another: a plan's versions follow from what is filed
            submissions = submissions_at(
                [path], profile=profile, schemas=schemas, unpack_in=store.unpacking,
                versions=store.versions, tell=loose.append,
            )  # fmt: skip
            outcomes += store.ingest(submissions, policy=rules, said=said)
    if as_json:
        from dataclasses import asdict

        click.echo(json.dumps([asdict(o) for o in outcomes], ensure_ascii=False, indent=1))
    else:
        for outcome in outcomes:
            if outcome.state != "kept" or outcome.findings:
                click.echo(f"{outcome.state:<12} {outcome.lidvid}  {outcome.reason}".rstrip())
            for finding in outcome.findings:
                click.echo(f"  {finding.severity}: {finding}")
        for finding in loose:
            click.echo(f"{finding.severity}: {finding}")
        states = [outcome.state for outcome in outcomes]
        counts = ", ".join(f"{states.count(s)} {s}" for s in STATES)
        click.echo(f"{archive}: {counts}")
    if any(outcome.state == "refused" for outcome in outcomes):
        raise SystemExit(EXIT_INVALID)


@data.command()
@archive_option
@click.argument("identifier")
@click.option(
    "--bagit",
    type=click.Path(path_type=Path),
    help="Write the products as a BagIt bag into this new folder.",
)
@click.option(
    "--deep",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write a deep-archive package (AIP and SIP manifests with labels) into this folder.",
)
@click.option("--base-url", help="With --deep: where the products' folders can be had.")
@click.option("--site-id", help="With --deep: who hands the package over, such as PDS_GEO.")
def export(
    archive: Path,
    identifier: str,
    bagit: Path | None,
    deep: Path | None,
    base_url: str | None,
    site_id: str | None,
) -> None:
    """Export IDENTIFIER: a version, a product's newest one, or all of a collection or bundle."""
    from ilrs.datacentre.archive import Archive, utc_now
    from ilrs.datacentre.bag import selected, write_bag
    from ilrs.datacentre.deep import write_deep_package
    from ilrs.study.progress import shown_bytes

    if bagit is None and deep is None:
        raise click.UsageError("name where to: --bagit DIR, --deep DIR, or both")
    if deep is not None and not (base_url and site_id):
        raise click.UsageError("--deep needs --base-url and --site-id")
    store = Archive.open(archive)
    records = selected(store, identifier)
    if bagit is not None:
        with shown_bytes(sys.stderr, "copying") as said:
            write_bag(store, records, bagit, said=said)
        click.echo(f"{bagit}: a bag of {len(records)} products")
    if deep is not None and base_url and site_id:
        filed = store.get(identifier)
        bundle = identifier if "::" in identifier else f"{identifier}::1.0"
        paths = write_deep_package(
            records,
            deep,
            identifier=filed.lidvid if filed else bundle,
            base_url=base_url,
            site_id=site_id,
            created_utc=utc_now(),
        )
        for path in paths:
            click.echo(str(path))


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
