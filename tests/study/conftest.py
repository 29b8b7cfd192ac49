import pytest

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
