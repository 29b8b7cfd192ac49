"""What a node makes of what arrives: which findings quarantine a product, and its full record."""

import mimetypes
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from ilrs.datacentre.ocfl import Digests
from ilrs.datacentre.record import FileEntry, Record
from ilrs.datacentre.submission import KINDS, SourceFile, Submission
from ilrs.foundation.errors import Finding, IlrsError, NodeError, did_you_mean
from ilrs.foundation.yaml_lines import read_yaml

__all__ = [
    "NORMALISED_LABEL", "POLICY_NAME", "IntakePolicy", "Outcome", "complete", "files_of",
    "has_same_content", "read_intake_policy",
]  # fmt: skip

#: The file of an archive's folder that declares what its node does with findings.
POLICY_NAME = "policy.yaml"
#: The name under which a label made strict here lies beside the one that was delivered.
NORMALISED_LABEL = "label-normalised.xml"

_MEDIA = mimetypes.MimeTypes(filenames=())  # no table of this machine: the same everywhere
_MEDIA_OF = {
    ".csv": "text/csv", ".xml": "application/xml", ".lbl": "text/plain", ".tab": "text/plain",
    ".tif": "image/tiff", ".nc": "application/x-netcdf", ".geojson": "application/geo+json",
    ".parquet": "application/vnd.apache.parquet", ".json": "application/json",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakePolicy:
    """Which kinds of error among a product's findings keep it out of sight until it is released."""

    quarantine: frozenset[str] = frozenset({"label", "missing", "truncated", "checksum", "name"})

    def quarantines(self, findings: Sequence[Finding]) -> bool:
        """Whether a product with these findings is kept out of sight."""
        return any(f.severity == "error" and f.kind in self.quarantine for f in findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a submission: filed, quarantined, kept (it was there already) or refused."""

    lidvid: str
    state: str
    findings: tuple[Finding, ...] = ()
    reason: str = ""  # why it was refused


def read_intake_policy(path: Path) -> IntakePolicy:
    """The policy that a file declares. Raises NodeError with every finding where it is wrong."""
    try:
        yaml = read_yaml(path.read_bytes(), file=path.name)
    except OSError as error:
        raise IlrsError(
            f"the policy of intake {path} cannot be read: {error.strerror}",
            "it is a YAML file with a list 'quarantine' of kinds of finding",
            "Name another file, or leave it out.",
        ) from None
    data = yaml.data if isinstance(yaml.data, dict) else {}
    kinds, at = data.get("quarantine"), ("quarantine",)
    possible = "possible are " + ", ".join(KINDS)
    if set(data) != set(at) or not isinstance(kinds, list):
        texts = ("found no list 'quarantine' alone", possible, "Write `quarantine: [missing]`.")
        yaml.fault(at, texts, line=1)
        kinds = []
    for place, kind in enumerate(kinds):
        if not isinstance(kind, str) or kind not in KINDS:
            mend = did_you_mean(str(kind), KINDS, otherwise="Correct it.")
            line = yaml.lines.get((*at, place), yaml.lines.get(at, 1))
            yaml.fault((*at, place), (f"found {kind!r}", possible, mend), line=line)
    if yaml.findings:
        raise NodeError(yaml.findings)
    return IntakePolicy(quarantine=frozenset(kinds))


def files_of(submission: Submission) -> tuple[SourceFile, ...]:
    """All files of a submission, with the label that was made strict where there is one.

    Raises IlrsError where two of them share a name, or one is called as a folder of another.
    """
    made = submission.label_normalised
    extra = () if made is None else (SourceFile(name=NORMALISED_LABEL, role="label", content=made),)
    files = (*submission.files, *extra)
    names = Counter(file.name for file in files)
    twin = next((name for name, count in names.items() if count > 1), None)
    if twin is not None:
        raise IlrsError(
            f"{submission.record.lidvid} has two files called {twin!r}",
            "each file of a product has its own name",
            "Rename one.",
        )
    folders = {str(folder) for name in names for folder in PurePosixPath(name).parents}
    both = next((name for name in names if name in folders), None)
    if both is not None:
        raise IlrsError(
            f"{submission.record.lidvid} has a file and a folder called {both!r}",
            "a name stands for one of both",
            "Rename one.",
        )
    return files


def complete(
    submission: Submission,
    digests: Mapping[str, Digests],
    *,
    received_utc: str,
    policy: IntakePolicy,
) -> Record:
    """The record of a submission with what only the archive knows: checksums, time, quarantine."""
    entries = tuple(
        FileEntry(
            name=file.name,
            size=digests[file.name].size,
            md5=digests[file.name].md5,
            sha256=digests[file.name].sha256,
            media_type=_media_type(file.name),
            role=file.role,
        )
        for file in files_of(submission)
    )
    return replace(
        submission.record,
        files=entries,
        findings=submission.findings,
        quarantined=submission.record.quarantined or policy.quarantines(submission.findings),
        received_utc=received_utc,
        harvested_utc=received_utc,
    )


def has_same_content(
    record: Record, submission: Submission, digests: Mapping[str, Digests]
) -> bool:
    """Whether a filed version holds the very files of a submission, whose checksums are given.

    A label that was made strict here is no part of what was delivered; a file that a product
    without an old label calls so is.
    """
    is_made = submission.label_normalised is not None or any(
        file.role == "original" for file in record.files
    )
    made = {NORMALISED_LABEL} if is_made else set()
    filed = {file.name: file.sha256 for file in record.files if file.name not in made}
    return filed == {name: d.sha256 for name, d in digests.items() if name not in made}


def _media_type(name: str) -> str:
    suffix = PurePosixPath(name).suffix.lower()
    guess = _MEDIA_OF.get(suffix) or _MEDIA.guess_type(name.lower())[0]
    return guess or "application/octet-stream"
