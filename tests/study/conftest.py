import pytest

from ilrs.programme.entities import Programme
from ilrs.programme.load import load
from ilrs.sky.sky import Sky, open_sky
from ilrs.study.book import render
from tests.study.synthetic_run import synthetic_run


@pytest.fixture(scope="session")
def run():
    """A made-up hourly polar year."""
    return synthetic_run()


@pytest.fixture(scope="session")
def book(run):
    """Its station book in English."""
    return render(run)


@pytest.fixture(scope="session")
def programme() -> Programme:
    """The reference programme."""
    return load(("reference",)).programme


@pytest.fixture(scope="session")
def sky() -> Sky:
    """Ephemeris and orientation as a run takes them."""
    return open_sky()
