"""Progress on long work, shown on a terminal and silent elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

__all__ = ["shown_progress", "shown_transfer"]

_WORDS = {
    "check": "reading and checking the files",
    "horizon": "the site's horizon",
    "orbits": "the ways of craft",
    "environment": "Sun, Earth, relays and ground temperature",
    "schedule": "scheduling the research",
    "simulate": "running the station",
    "verdicts": "judging the requirements",
    "book": "writing the station book",
    "archive": "filing the products",
    "contacts": "who sees whom",
    "loads": "what the station asks for",
    "size": "the lightest design",
    "verify": "running the design",
    "dispatch": "comparing with the best dispatch",
    "trades": "trade curves",
    "surveys": "which pass images which ground",
    "network": "who can send to whom",
    "plan": "the best contact plan",
    "losses": "plans without each relay",
}


@contextmanager
def shown_progress(stream: TextIO) -> Iterator[Callable[[str], None]]:
    """A function to tell each step to; a terminal shows a spinner, a log file one line a step."""
    console = Console(file=stream, highlight=False)
    done = 0
    if not console.is_terminal:
        yield lambda step: console.print(f"ilrs: {_WORDS.get(step, step)}")
        return
    with console.status("ilrs") as status:

        def tell(step: str) -> None:
            nonlocal done
            done += 1
            status.update(f"[bold]{done}[/bold] {_WORDS.get(step, step)} …")

        yield tell


@contextmanager
def shown_transfer(stream: TextIO) -> Iterator[Callable[[str, int, int | None], None]]:
    """A function to tell a transfer's file, bytes done and bytes in all; a bar on a terminal."""
    console = Console(file=stream, highlight=False)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks = {}

        def tell(file: str, done: int, total: int | None) -> None:
            if file not in tasks:
                tasks[file] = bars.add_task(file, total=total)
            bars.update(tasks[file], completed=done, total=total)

        yield tell
