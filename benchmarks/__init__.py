"""Benchmarks: asv classes, one file per package, and `bars`, which measures every bar."""
