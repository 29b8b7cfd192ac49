"""The start of a command: what it leaves unloaded, and that this ends with it."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

from ilrs.cli_start import without


def test_a_module_is_hidden_within_and_found_after() -> None:
    sys.modules.pop("this", None)
    with without("this"):
        assert find_spec("this") is None
        with pytest.raises(ModuleNotFoundError):
            import this  # noqa: F401, PLC0415
    assert "this" not in sys.modules
    assert find_spec("this") is not None


def test_what_is_loaded_already_stays() -> None:
    with without("pytest"):
        assert sys.modules["pytest"] is pytest
    assert sys.modules["pytest"] is pytest


def test_a_fault_within_hides_nothing_after() -> None:
    with pytest.raises(RuntimeError, match="within"), without("this"):
        raise RuntimeError("within")
    assert "this" not in sys.modules


def test_the_chain_needs_none_of_what_a_run_goes_without() -> None:
    """Each takes from 0.1 to 0.4 s to load; `ilrs run` would load them only for being there."""
    code = (
        "import sys\n"
        "from ilrs.cli_start import without\n"
        "with without('dask', 'pyarrow', 'boto3'):\n"
        "    import ilrs.study.book, ilrs.study.chain, ilrs.study.output, ilrs.study.products\n"
        "loaded = {'dask', 'pyarrow', 'boto3', 'scipy.integrate', 'scipy.special', 'pyproj'}\n"
        "print(*sorted(loaded & set(sys.modules)))\n"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.split() == []
