"""Writes the true output of `ilrs run` into README.md, and the station book's picture into docs/.

The picture needs headless Chromium on the PATH; without it only the text is written.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"```text\n.*?```", flags=re.S)
#: File, style that leaves a part of the page alone, height in pixels.
PICTURES = (
    ("station-book.png", "", 700),
    ("station-book-site.png", "main > :not(#site) { display: none }", 820),
    ("station-book-map.png", "main > :not(#map) { display: none }", 1010),
)
QUIET = [
    "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def main() -> None:
    ilrs = Path(sys.executable).with_name("ilrs")
    with tempfile.TemporaryDirectory() as folder:
        run = [str(ilrs), "run"]
        shown = subprocess.run(run, cwd=folder, capture_output=True, text=True, check=True).stdout
        output = "\n".join(line.rstrip() for line in shown.splitlines() if line.strip())
        readme = ROOT / "README.md"
        block = f"```text\n$ make run\n{output}\n```"
        text = BLOCK.sub(lambda _: block, readme.read_text(encoding="utf-8"), count=1)
        readme.write_text(text, encoding="utf-8")
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        if chromium is None:
            print("no Chromium: the picture stays as it was")
            return
        page = next(Path(folder).glob("ilrs-runs/*/station-book.html"))
        for picture, shown_alone, height in PICTURES:
            alone = Path(folder) / "alone.html"
            hide = f"<style>{shown_alone}</style></head>" if shown_alone else "</head>"
            text = page.read_text(encoding="utf-8").replace("</head>", hide, 1)
            alone.write_text(text, encoding="utf-8")
            subprocess.run(
                [chromium, *QUIET, f"--user-data-dir={folder}/chromium",
                 f"--window-size=1200,{height}", f"--screenshot={ROOT / 'docs' / picture}",
                 alone.as_uri()],
                check=True, capture_output=True,
            )  # fmt: skip


if __name__ == "__main__":
    main()
