"""Writes docs/metrics.md: the metrics that a requirement may name, from the registry itself."""

from pathlib import Path

from ilrs.study.metrics import METRICS

HEAD = """# Metrics

What a requirement's `metric:` may name, and what its `of:` names then. A limit is a comparison and
a quantity: `<= 72 h`, `>= 95 %`, `== 0`. The unit `1` is a ratio (write it as a number or in %),
`count` a number of things.
`ilrs metrics` prints this list. This page is written by `builders/build_metrics_page.py`.

| metric | unit | meaning | of |
|---|---|---|---|
"""


def page() -> str:
    rows = (f"| `{m.name}` | {m.unit} | {m.meaning} | {m.of} |" for m in METRICS.values())
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    (Path(__file__).parents[1] / "docs" / "metrics.md").write_text(page(), encoding="utf-8")
