"""Progress on long work, shown on a terminal and silent elsewhere."""

import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

if TYPE_CHECKING:
    from ilrs.datacentre.intake import Outcome

__all__ = [
    "shown_bytes", "shown_count", "shown_intake", "shown_lives", "shown_progress", "shown_search",
    "shown_transfer",
]  # fmt: skip

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
    "lives": "living the station's lives",
    "contacts": "who sees whom",
    "loads": "what the station asks for",
    "size": "the lightest design",
    "verify": "running the design",
    "dispatch": "comparing with the best dispatch",
    "trades": "trade curves",
    "surveys": "which pass images which ground",
    "joint observations": "when both look at one place",
    "close passes": "whether craft come close",
    "network": "who can send to whom",
    "plan": "the best contact plan",
    "losses": "plans without each relay",
    "requests": "what is asked for, and what there is",
    "without it": "the station without the proposal",
    "with it": "the station with the proposal",
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


@contextmanager
def shown_bytes(stream: TextIO, word: str) -> Iterator[Callable[[int], None]]:
    """A function to tell bytes to as they are done; a terminal shows their sum and the speed."""
    console = Console(file=stream, highlight=False)
    columns = (TextColumn("{task.description}"), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task(word, total=None)
        yield lambda size: bars.advance(task, size)


@contextmanager
def shown_intake(stream: TextIO) -> Iterator[Callable[["Outcome"], None]]:
    """A function to tell what became of each product; a terminal counts, a log has thousands."""
    console = Console(file=stream, highlight=False)
    counts: Counter[str] = Counter()

    def text() -> str:
        return ", ".join(f"{count} {state}" for state, count in counts.items())

    if not console.is_terminal:

        def said(outcome: "Outcome") -> None:
            counts[outcome.state] += 1
            if counts.total() % 1000 == 0:
                console.print(f"ilrs: {text()}")

        yield said
        return
    with console.status("ilrs") as status:

        def shown(outcome: "Outcome") -> None:
            counts[outcome.state] += 1
            status.update(f"[bold]{counts.total()}[/bold] products: {text()} …")

        yield shown


@contextmanager
def shown_count(stream: TextIO, word: str) -> Iterator[Callable[[int], None]]:
    """A function to tell how many are done; a terminal shows the number."""
    console = Console(file=stream, highlight=False)
    columns = (TextColumn("{task.completed} {task.description}"),)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task(word, total=None)
        yield lambda done: bars.update(task, completed=done)


@contextmanager
def shown_lives(
    stream: TextIO,
) -> Iterator[tuple[Callable[[str], None], Callable[[int, int], None]]]:
    """Functions to tell each step to, and how many lives are done of how many.

    A terminal shows a bar and the time that is left, a log file one line a tenth.
    """
    console = Console(file=stream, highlight=False)
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("ilrs", total=None)
        tenths = 0

        def step(name: str) -> None:
            bar.update(task, description=_WORDS.get(name, name))
            if not console.is_terminal:
                console.print(f"ilrs: {_WORDS.get(name, name)}")

        def said(done: int, total: int) -> None:
            nonlocal tenths
            bar.update(task, completed=done, total=total)
            if not console.is_terminal and 10 * done // total > tenths:
                tenths = 10 * done // total
                console.print(f"ilrs: {done} of {total} lives")

        yield step, said


@contextmanager
def shown_search(
    stream: TextIO, *, seconds: float
) -> Iterator[Callable[[int, float, float], bool]]:
    """A function to tell a search's rounds, seconds gone and worth; it says whether to go on.

    A terminal shows a bar and the worth, a log file one line every ten seconds. Ctrl-C ends the
    search, which keeps the best that it has; a second one ends the program.
    """
    console = Console(file=stream, highlight=False)
    columns = (TextColumn("a better plan"), BarColumn(), TextColumn("{task.description}"))
    is_stopped, tens = False, 0

    def stop(number: int, frame: object) -> None:
        nonlocal is_stopped
        is_stopped = True
        signal.signal(signal.SIGINT, former)

    former = signal.signal(signal.SIGINT, stop)
    try:
        with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
            task = bar.add_task("", total=seconds)

            def said(rounds: int, gone_s: float, worth: float) -> bool:
                nonlocal tens
                told = f"worth {worth:,.0f} after {rounds:,} rounds"
                bar.update(task, completed=gone_s, description=told)
                if not console.is_terminal and gone_s // 10 > tens:
                    tens = int(gone_s // 10)
                    console.print(f"ilrs: {told}")
                return not is_stopped

            yield said
    finally:
        signal.signal(signal.SIGINT, former)
