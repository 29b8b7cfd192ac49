"""What makes a command quick to start and to end: fewer libraries, and less looking for garbage."""

import atexit
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["seldom_collect", "without"]

_YOUNG = 100_000  # containers made before the next look; Python's own figure is 700


def seldom_collect() -> None:
    """Lets the collector of cyclic garbage look a hundred times less often, and not at the end.

    What a command makes lives about as long as the command. Going through it again and again took
    a fifth of the time of `ilrs run`, half of that after the last line was printed.
    """
    gc.set_threshold(_YOUNG, 20, 20)
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)


@contextmanager
def without(*modules: str) -> Iterator[None]:
    """Within, those of `modules` that are not loaded yet count as not installed.

    Some libraries load others only because these are installed: xarray and pint dask with all it
    needs, pandas pyarrow, rasterio boto3. They ask once, and go on without.
    """
    hidden = [name for name in modules if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: not to be found
    try:
        yield
    finally:
        for name in hidden:
            if name in sys.modules and sys.modules[name] is None:
                del sys.modules[name]
