"""Every bar of every issue, measured: `make bars`, or `make bars BAR=run-warm` for one.

A name may also be the beginning of several: `make bars BAR=horizon-map` measures four.

A bar is a function that returns a Bar: name, measured, limit, the peer's figure from the same run
where the peer installs, and whether it holds. A table goes to the terminal, JSON to bars.json.
"""

import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.bar import BARS, Bar

ROOT = Path(__file__).parents[1]


def show(measured: list[Bar]) -> None:
    print(f"{'bar':<38}{'measured':>14}{'limit':>14}  {'holds':<6} peer, notes")
    for b in measured:
        figure, limit = f"{b.measured:.4g} {b.unit}", f"{b.comparison} {b.limit:g} {b.unit}"
        print(f"{b.name:<38}{figure:>14}{limit:>14}  {'yes' if b.holds else 'NO':<6}"
              f" {b.peer} {b.note}".rstrip())  # fmt: skip


def main(names: list[str]) -> int:
    for path in sorted(Path(__file__).parent.glob("bars_*.py")):
        importlib.import_module(f"benchmarks.{path.stem}")
    chosen = [bar for name in names for bar in BARS if bar.startswith(name)]
    unknown = [name for name in names if not any(bar.startswith(name) for bar in BARS)]
    if unknown:
        print(f"no bar {', '.join(unknown)}; there are {', '.join(BARS)}", file=sys.stderr)
        return 2
    measured = []
    for name in chosen or BARS:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        measured.append(BARS[name]())
    show(measured)
    records = [{**asdict(b), "holds": b.holds} for b in measured]
    (ROOT / "bars.json").write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")
    print("written: bars.json", file=sys.stderr)
    return 0 if all(b.holds for b in measured) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
