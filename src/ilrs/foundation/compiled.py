"""How functions are compiled, and what is left out: a first run waits for the compiler."""

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

__all__ = ["compiled", "compiled_part"]

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(*, makes_arrays: bool = True, **settings: Any) -> Any:
    """A decorator for a function that Python calls, and no C.

    One that neither makes nor returns arrays need not count the references to those that it is
    given: a seventh less to compile. If it makes one against its word, it does not compile.
    """
    return njit(  # type: ignore[call-overload]
        cache=True, error_model="numpy", no_cfunc_wrapper=True, _nrt=makes_arrays, **settings
    )


def compiled_part(*, makes_arrays: bool = True, **settings: Any) -> Callable[[Function], Function]:
    """A decorator for a part of a kernel, with no way in from Python or C.

    Each way in is a function more to compile: for a small part, as much as the part itself.
    """
    part: Callable[[Function], Function] = compiled(
        makes_arrays=makes_arrays, no_cpython_wrapper=True, **settings
    )
    return part
