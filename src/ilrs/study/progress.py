"""Progress on long work, shown on a terminal and silent elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console

__all__ = ["shown_progress"]

_WORDS = {
    "check": "reading and checking the files",
    "horizon": "the site's horizon",
    "environment": "Sun, Earth, relays and ground temperature",
    "schedule": "scheduling the research",
    "simulate": "running the station",
    "verdicts": "judging the requirements",
    "book": "writing the station book",
    "archive": "filing the products",
}


@contextmanager
def shown_progress(stream: TextIO) -> Iterator[Callable[[str], None]]:
    """A function to tell each step to; a terminal shows a spinner, a log file one line a step."""
    console = Console(file=stream, highlight=False)
    total, done = len(_WORDS), 0
    if not console.is_terminal:
        yield lambda step: console.print(f"ilrs: {_WORDS.get(step, step)}")
        return
    with console.status("ilrs") as status:

        def tell(step: str) -> None:
            nonlocal done
            done += 1
            status.update(f"[bold]{done}/{total}[/bold] {_WORDS.get(step, step)} …")

        yield tell
