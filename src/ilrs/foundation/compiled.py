"""Functions that only compiled functions call."""

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

__all__ = ["compiled_part"]

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled_part(**settings: Any) -> Callable[[Function], Function]:
    """A decorator for a part of a kernel, with no way in from Python or C.

    Each way in is a function more to compile: for a small part, as much as the part itself.
    """
    compiled: Callable[[Function], Function] = njit(
        cache=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, **settings
    )  # type: ignore[call-overload]
    return compiled
