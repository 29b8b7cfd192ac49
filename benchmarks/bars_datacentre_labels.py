"""The bar of validation: labels a second on one core, XML Schema, Schematron and data together."""

import time
from pathlib import Path

from benchmarks.bar import Bar, bar
from ilrs.datacentre.validate import Validator

SHARED = Path(__file__).parents[2] / "shared" / "data"


@bar
def validate_labels() -> Bar:
    """All real PDS4 labels, as often as 10 s take; compiling the schemas is told apart."""
    labels = sorted((SHARED / "pds4").rglob("*.xml"))
    if not labels:
        return Bar("validate-labels", 0.0, 100.0, "labels/s", ">=", note="no real labels there")
    validator = Validator(SHARED / "pds4-schemas")
    begin = time.process_time()
    findings = sum(len(validator.check_file(label)) for label in labels)
    first_s = time.process_time() - begin
    begin, count = time.process_time(), 0
    while time.process_time() - begin < 10.0:
        for label in labels:
            validator.check_file(label)
        count += len(labels)
    rate = count / (time.process_time() - begin)
    whole = [
        path
        for path in labels
        if not any(f.kind == "not-checked" for f in validator.check_file(path))
    ]
    begin = time.process_time()
    for _ in range(20):
        for label in whole:
            validator.check_file(label)
    of_whole = 20 * len(whole) / (time.process_time() - begin)
    return Bar(
        "validate-labels", rate, 100.0, "labels/s", ">=",
        peer="NASA validate 1–2 products/s (issue 6)",
        note=f"processor time, {len(labels)} real labels, {findings} findings; {of_whole:.0f}/s "
        f"of {len(whole)} whose dictionaries are all there; compiled once in {first_s:.1f} s",
    )  # fmt: skip
