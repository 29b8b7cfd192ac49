"""Order of dates that are only partly known: 2028 is neither before nor after 2028-06."""

__all__ = ["surely_before"]


def surely_before(first: str | None, second: str | None) -> bool:
    """Whether every reading of the first date lies before every reading of the second.

    Dates are checked ISO 8601 texts (a year, a month, a day or an instant in UTC); an unknown one
    is before nothing.
    """
    if first is None or second is None:
        return False
    # '~' sorts after '-', 'T' and digits, so "2028~" is the last moment of 2028
    return f"{_plain(first)}~" < _plain(second)


def _plain(date: str) -> str:
    text = date.strip().replace(" ", "T").removesuffix("Z").removesuffix("+00:00")
    return f"{text}:00" if len(text) == len("2028-03-20T06:00") else text
