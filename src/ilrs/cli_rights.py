"""The commands of rights and of other nodes: `ilrs data rights`, `token`, `mirror`, `publish`, …"""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ilrs.cli_answer import EXIT_FAILS, EXIT_INVALID, archive_option, print_findings

if TYPE_CHECKING:
    from ilrs.datacentre.mirror import Mirrored
    from ilrs.datacentre.rights import Decision, Policy, Principal, Rule
    from ilrs.datacentre.rights_book import RightsBook

__all__ = ["rights_commands"]


def _book(archive: Path) -> "RightsBook":
    from ilrs.datacentre.archive import utc_now
    from ilrs.datacentre.rights_book import RightsBook

    return RightsBook(archive, utc_now)


@click.command()
@archive_option
@click.argument("identifier", required=False)
@click.option(
    "--as", "who", default="anyone", show_default=True,
    help="Who asks: anyone, the owner of a token, a partner, or PARTNER/role,role.",
)  # fmt: skip
@click.option("--at", metavar="DATE", help="At this instant, under the policy of then; else now.")
@click.option("--public", is_flag=True, help="List all that anyone could download then.")
@click.option("--json", "as_json", is_flag=True, help="Print the decisions as JSON.")
def rights(
    archive: Path, identifier: str | None, who: str, at: str | None, public: bool, as_json: bool
) -> None:
    """Say who may do what with IDENTIFIER (a LID or LIDVID), by which rule and from when on.

    Without IDENTIFIER: check the policy of the archive and list its rules.
    """
    from ilrs.datacentre.archive import utc_now
    from ilrs.datacentre.embargo import seconds_of_utc
    from ilrs.datacentre.rights import ANYONE, Verb, decide

    instant_s = seconds_of_utc(at or utc_now())
    book = _book(archive)
    policy = book.policy_on(instant_s) if at else book.policy()
    if public:
        for record in _every(archive):
            found = decide(
                record, policy, principal=ANYONE, instant_s=instant_s, verb=Verb.DOWNLOAD
            )
            if found.allowed:
                click.echo(record.lidvid)
        return
    if identifier is None:
        _print_policy(book, policy)
        return
    record = _existing(archive, identifier)
    principal = _principal(archive, who)
    decisions = [
        decide(record, policy, principal=principal, instant_s=instant_s, verb=verb) for verb in Verb
    ]
    if as_json:
        shown = [asdict(decision) for decision in decisions]
        click.echo(json.dumps({"lidvid": record.lidvid, "decisions": shown}, indent=1))
    else:
        _print_decisions(decisions, principal.id, record.lidvid)


def _every(archive: Path) -> Iterator[Any]:
    """Every version in an archive, whoever may see it."""
    from ilrs.datacentre.archive import Archive
    from ilrs.datacentre.embargo import NEVER_S
    from ilrs.datacentre.question import MOST_AT_ONCE, Question
    from ilrs.datacentre.rights import everything

    question = Question(versions="all", limit=MOST_AT_ONCE)
    return Archive.open(archive).catalogue.every(question, view=everything(NEVER_S))


def _existing(archive: Path, identifier: str) -> Any:
    from ilrs.datacentre.archive import Archive
    from ilrs.foundation.errors import IlrsError

    record = Archive.open(archive).get(identifier)
    if record is None:
        raise IlrsError(
            f"{archive} has no product {identifier}",
            "`ilrs data find` lists what there is",
            "Correct the identifier.",
        )
    return record


def _principal(archive: Path, who: str) -> "Principal":
    """Whom a text names: anyone, the owner of a token that is in force, or a partner with roles."""
    from ilrs.datacentre.archive import utc_now
    from ilrs.datacentre.principals import Tokens
    from ilrs.datacentre.rights import ANYONE, ANYONES, Principal

    if who == ANYONES:
        return ANYONE
    for token in Tokens(archive, now=utc_now).all():
        if token.id == who and not token.revoked_utc:
            return token.principal
    partner, _, roles = who.partition("/")
    return Principal(who, partner, frozenset(roles.split(",")) if roles else frozenset())


def _print_policy(book: "RightsBook", policy: "Policy") -> None:
    from ilrs.datacentre.embargo import utc_of_seconds
    from ilrs.datacentre.rights_file import check_policy
    from ilrs.study.report import print_table

    _, findings = check_policy(book.path.read_bytes(), file=book.path.name)
    if findings:
        print_findings(findings)
    rows = [(rule.name, rule.place, _grants(rule)) for rule in policy.rules]
    print_table(("rule", "declared in", "grants"), rows, sys.stdout)
    for extension in policy.extensions:
        until = utc_of_seconds(extension.until_s) or "an instant not known"
        click.echo(f"extended: {extension.lid} until {until}: {extension.reason}")


def _grants(rule: "Rule") -> str:
    from ilrs.datacentre.grants import text_of_grants

    if rule.grants is None:
        return "what the access of each product says"
    return text_of_grants(rule.grants) or "nothing to anyone"


def _print_decisions(decisions: list["Decision"], who: str, lidvid: str) -> None:
    from ilrs.datacentre.embargo import utc_of_seconds
    from ilrs.study.report import print_table

    rows = [(d.verb, "yes" if d.allowed else "no", d.why) for d in decisions]
    click.echo(f"{who} and {lidvid}")
    print_table(("verb", "may", "why"), rows, sys.stdout)
    first = decisions[0]
    if first.rule:
        click.echo(f"decided by the rule {first.rule!r}, {first.place}")
    if first.extension is not None:
        until = utc_of_seconds(first.extension.until_s)
        click.echo(f"embargo extended until {until}: {first.extension.reason}")


@click.command()
@archive_option
@click.argument("lid")
@click.option("--until", required=True, help="An instant, or a duration more such as P3M.")
@click.option("--reason", required=True, help="Why; the ledger keeps it for ever.")
@click.option("--by", default="", help="Who decided it.")
def extend(archive: Path, lid: str, until: str, reason: str, by: str) -> None:
    """Extend the embargo of LID: a product or version that is not yet released."""
    from ilrs.datacentre.embargo import utc_of_seconds

    record = _existing(archive, lid)
    made = _book(archive).extend(record, lid=lid, until=until, reason=reason, by=by)
    click.echo(f"{lid}: embargo until {utc_of_seconds(made.until_s)}")


@click.group()
def token() -> None:
    """Give out, revoke and list the tokens by which this node knows who asks."""


@token.command("add")
@archive_option
@click.argument("name")
@click.option("--partner", required=True, help="The partner that its bearer acts for.")
@click.option("--role", "roles", multiple=True, help="A role there, such as curator; repeatable.")
@click.option("--expires", default="", metavar="DATE", help="When it ends; never when left out.")
def token_add(archive: Path, name: str, partner: str, roles: tuple[str, ...], expires: str) -> None:
    """Make a token for NAME and print it, this once."""
    from ilrs.datacentre.archive import utc_now
    from ilrs.datacentre.principals import Tokens

    tokens = Tokens(archive, now=utc_now)
    text, kept = tokens.add(name, partner=partner, roles=roles, expires_utc=expires)
    click.echo(text)
    click.echo(f"token {kept.number} of {name}: it is shown this once and kept nowhere", err=True)


@token.command("revoke")
@archive_option
@click.argument("name")
def token_revoke(archive: Path, name: str) -> None:
    """End every token of NAME, or the one with that number, at once."""
    from ilrs.datacentre.archive import utc_now
    from ilrs.datacentre.principals import Tokens

    for kept in Tokens(archive, now=utc_now).revoke(name):
        click.echo(f"token {kept.number} of {kept.id}: revoked")


@token.command("list")
@archive_option
def token_list(archive: Path) -> None:
    """List the tokens given out: whose, for which partner, and whether they are in force."""
    from ilrs.datacentre.archive import utc_now
    from ilrs.datacentre.principals import Tokens
    from ilrs.study.report import print_table

    rows = []
    for kept in Tokens(archive, now=utc_now).all():
        state = (
            f"revoked {kept.revoked_utc}" if kept.revoked_utc else kept.expires_utc or "in force"
        )
        rows.append((kept.number, kept.id, kept.partner, ", ".join(kept.roles), state))
    print_table(("token", "owner", "partner", "roles", "until"), rows, sys.stdout)


@click.command()
@archive_option
@click.option("--last", default=20, show_default=True, help="How many decisions are shown.")
def audit(archive: Path, last: int) -> None:
    """Show the last decisions on who may do what, and verify the chains of the log."""
    from collections import deque

    from ilrs.datacentre.audit import decisions, verify_audit
    from ilrs.study.report import print_table

    findings = [*_book(archive).verify(), *verify_audit(archive)]
    columns = ("at_utc", "principal", "partner", "verb", "what", "allowed", "rule")
    shown = deque(decisions(archive), maxlen=max(last, 0))
    rows = [tuple(str(entry.get(name, "")) for name in columns) for entry in shown]
    print_table(columns, rows, sys.stdout)
    if findings:
        print_findings(findings)
    if any(finding.severity == "error" for finding in findings):
        raise SystemExit(EXIT_INVALID)
    click.echo("every line follows the one before it")


@click.command()
@archive_option
@click.argument("url")
@click.option(
    "--token-file", type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A file with the token of that node; else the variable ILRS_TOKEN; else as anyone.",
)  # fmt: skip
def mirror(archive: Path, url: str, token_file: Path | None) -> None:
    """Copy what the node at URL holds, as far as its rights allow; go on where it was broken off.

    What this node has with other files is shown and kept. Exit code 1: not all of it came.
    """
    from ilrs.datacentre.archive import Archive, utc_now
    from ilrs.datacentre.mirror import mirror_node
    from ilrs.datacentre.transfer import Link

    token = os.environ.get("ILRS_TOKEN", "") if token_file is None else token_file.read_text()

    def said(done: int, count: int) -> None:
        click.echo(f"{done} of {count} products", err=True)

    link = Link(url.rstrip("/"), token.strip())
    found = mirror_node(link, Archive(archive), now=utc_now, said=said)
    _print_mirrored(found)
    raise SystemExit(EXIT_FAILS if found.failed else 0)


def _print_mirrored(found: "Mirrored") -> None:
    click.echo(
        f"{len(found.copied)} products copied, {len(found.had)} were here already, "
        f"{found.requests} requests, {found.bytes_read} bytes"
    )
    for lidvid in found.conflicts:
        click.echo(f"conflict: {lidvid} has other files there; the one here stays")
    for lidvid in found.gone:
        click.echo(f"gone: {lidvid} is no longer given there; the one here stays")
    for lidvid, text in found.rights.items():
        click.echo(f"rights: {lidvid}: {text}")
    for lidvid, text in found.failed.items():
        click.echo(f"failed: {lidvid}: {text}", err=True)


@click.command()
@archive_option
@click.argument("lidvid")
def holders(archive: Path, lidvid: str) -> None:
    """List the nodes that hold LIDVID, as far as they were mirrored."""
    from ilrs.datacentre.archive import Archive, utc_now
    from ilrs.datacentre.holdings import Holdings
    from ilrs.study.report import print_table

    own = Archive.open(archive).get(lidvid)
    rows = [("this node", own.received_utc, "", "")] if own is not None else []
    rows += [
        (holder.node, holder.seen_utc, holder.copied_utc, holder.gone_utc)
        for holder in Holdings(archive, now=utc_now).holders(lidvid)
    ]
    print_table(("node", "seen", "copied from it", "gone"), rows, sys.stdout)


@click.command()
@archive_option
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def publish(archive: Path, folder: Path) -> None:
    """Write what anyone may redistribute into FOLDER, as files that any web server can serve."""
    from ilrs.datacentre.archive import Archive, utc_now
    from ilrs.datacentre.embargo import seconds_of_utc
    from ilrs.datacentre.static_mirror import write_static_mirror

    made_utc = utc_now()
    store = Archive.open(archive)
    count = write_static_mirror(
        _every(archive), folder, policy=_book(archive).policy(), instant_s=seconds_of_utc(made_utc),
        open_file=store.open_file, about={"node": store.node.name, "made_utc": made_utc},
    )  # fmt: skip
    click.echo(f"{folder}: {count} products")


#: In the order in which `ilrs data --help` lists them.
rights_commands = (rights, extend, token, audit, mirror, holders, publish)
