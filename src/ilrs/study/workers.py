"""The same tasks done here, by processes of this machine, or by the workers of a dask scheduler.

A task is a function of one shared value and a few small arguments; what comes back is small too, so
that memory does not grow with the number of tasks.
"""

import importlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import islice
from multiprocessing import get_context
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ilrs.foundation.errors import IlrsError

__all__ = ["cores", "worked"]

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Result = TypeVar("Result")

#: Tasks given out at once for each worker.
_IN_FLIGHT = 2
_REACH_S = 10.0
_kept: Any = None  # the shared value, in a worker process


def cores() -> int:
    """How many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def worked(
    function: Callable[[Shared, Task], Result],
    tasks: Sequence[Task],
    *,
    shared: Shared,
    workers: int | None = None,
    scheduler: str | None = None,
) -> Iterator[Result]:
    """The results of `function(shared, task)` for all tasks, in the order in which they are done.

    By `workers` processes (as many as there are cores when None; 1 stays in this process), or by
    the workers of the dask `scheduler` at an address. Raises IlrsError where it cannot be reached.
    """
    if scheduler is not None:
        yield from _by_dask(function, tasks, shared=shared, address=scheduler)
        return
    count = min(cores() if workers is None else workers, len(tasks))
    if count <= 1:
        for task in tasks:
            yield function(shared, task)
        return
    # Forked processes share the value's memory; where none can be forked each gets a copy.
    pool = ProcessPoolExecutor(
        count, mp_context=get_context(), initializer=_keep, initargs=(shared,)
    )
    try:
        yield from _flown(
            tasks, ask=lambda task: pool.submit(_call, function, task), at_once=_IN_FLIGHT * count
        )
    finally:  # also where the reader stops early: what has not begun is dropped
        pool.shutdown(wait=True, cancel_futures=True)


def _keep(shared: Any) -> None:
    global _kept
    _kept = shared


def _call(function: Callable[[Any, Any], Result], task: Any) -> Result:
    return function(_kept, task)


def _flown(
    tasks: Sequence[Task], *, ask: Callable[[Task], "Future[Result]"], at_once: int
) -> Iterator[Result]:
    waiting = iter(tasks)
    flying = {ask(task) for task in islice(waiting, at_once)}
    while flying:
        done, flying = wait(flying, return_when=FIRST_COMPLETED)
        for future in done:
            if (task := next(waiting, None)) is not None:
                flying.add(ask(task))
            yield future.result()


def _check_address(address: str) -> None:
    """Raises IlrsError unless an address names a host and a port: no wait tells that better."""
    parts = urlsplit(address if "://" in address else f"tcp://{address}")
    if parts.scheme == "inproc":  # a scheduler of this very process
        return
    try:
        port = parts.port
    except ValueError:
        port = None
    if not parts.hostname or port is None:
        raise IlrsError(
            f"the scheduler {address}",
            "it is reached at an address such as tcp://host:8786",
            "Name its host and its port, or leave --scheduler out.",
        )


def _by_dask(
    function: Callable[[Shared, Task], Result],
    tasks: Sequence[Task],
    *,
    shared: Shared,
    address: str,
) -> Iterator[Result]:
    try:  # a heavy optional library, without types
        distributed: Any = importlib.import_module("dask.distributed")
    except ImportError:
        raise IlrsError(
            f"the scheduler {address} was named",
            "dask.distributed is not installed here",
            "Install ilrs[cluster], or leave --scheduler out.",
        ) from None
    _check_address(address)
    try:
        client = distributed.Client(address, set_as_default=False, timeout=_REACH_S)
    except (OSError, ValueError) as error:
        raise IlrsError(
            f"no dask scheduler answers at {address}",
            str(error) or "it is reached at an address such as tcp://host:8786",
            "Start one with `dask scheduler`, or leave --scheduler out.",
        ) from None
    with client:
        value = client.scatter(shared, broadcast=True)
        at_once = _IN_FLIGHT * max(sum(client.nthreads().values()), 1)
        waiting = iter(tasks)
        flying = distributed.as_completed(
            [client.submit(function, value, task, pure=False) for task in islice(waiting, at_once)],
            loop=client.loop,
        )
        for future in flying:
            if (task := next(waiting, None)) is not None:
                flying.add(client.submit(function, value, task, pure=False))
            yield future.result()
