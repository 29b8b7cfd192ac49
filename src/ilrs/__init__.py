"""The International Lunar Research Station as code."""

__version__ = "0.1.0"
