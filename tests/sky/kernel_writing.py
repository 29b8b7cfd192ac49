"""Small kernels for the tests, written by SPICE, and their copies in the other byte order."""

from pathlib import Path

import numpy as np
import spiceypy

DAY_S = 86400.0


def coefficients(*, records: int, components: int, count: int, seed: int) -> np.ndarray:
    """Chebyshev coefficients that fall off as those of a smooth orbit do."""
    rng = np.random.default_rng(seed)
    scale = 1e5 * 0.3 ** np.arange(count)
    return rng.normal(size=(records, components, count)) * scale


def write_spk(
    path: Path, *, data_type: int, spans=((0.0, 10),), target=301, centre=3, frame="J2000"
):
    """An SPK file with one segment per (first day, number of one-day records)."""
    handle = spiceypy.spkopn(str(path), "test", 0)
    write = {2: spiceypy.spkw02, 3: spiceypy.spkw03}[data_type]
    for seed, (first_day, records) in enumerate(spans):
        table = coefficients(records=records, components=3 * (data_type - 1), count=6, seed=seed)
        start = first_day * DAY_S
        span = (start, start + records * DAY_S)
        args = (DAY_S, records, 5, table.ravel(), start)
        write(handle, target, centre, frame, *span, f"segment {seed}", *args)
    spiceypy.spkcls(handle)
    return path


def write_bpc(path: Path, *, frame: int, records: int = 10) -> Path:
    """A binary PCK file with one segment of smooth Euler angles."""
    table = coefficients(records=records, components=3, count=6, seed=1) * 1e-5
    handle = spiceypy.pckopn(str(path), "test", 0)
    args = (DAY_S, records, 5, table.ravel(), 0.0)
    spiceypy.pckw02(handle, frame, "J2000", 0.0, records * DAY_S, "angles", *args)
    spiceypy.pckcls(handle)
    return path


def write_big_endian(source: Path, target: Path) -> Path:
    """The same little-endian DAF file with every number turned round; texts stay."""
    data = bytearray(source.read_bytes())
    doubles, integers = np.frombuffer(data, "<i4", 2, 8)
    summary_bytes = 8 * int(doubles) + 4 * int(integers)
    step = -(-summary_bytes // 8) * 8
    summaries = int(np.frombuffer(data, "<i4", 1, 76)[0])

    def turn(start: int, stop: int, width: int) -> None:
        words = np.frombuffer(bytes(data[start:stop]), f"<u{width}")
        data[start:stop] = words.astype(f">u{width}").tobytes()

    first_word = len(data)
    block = (summaries - 1) * 1024
    while True:
        following, _, count = np.frombuffer(bytes(data[block : block + 24]), "<f8")
        turn(block, block + 24, 8)
        for index in range(int(count)):
            start = block + 24 + index * step
            numbers = np.frombuffer(bytes(data[start : start + summary_bytes]), "<i4")
            first_word = min(first_word, (int(numbers[-2]) - 1) * 8)
            turn(start, start + 8 * int(doubles), 8)
            turn(start + 8 * int(doubles), start + summary_bytes, 4)
        if following == 0:
            break
        block = (int(following) - 1) * 1024
    turn(first_word, len(data), 8)  # one summary record before all arrays, as SPICE writes few
    turn(8, 16, 4)
    turn(76, 88, 4)
    data[88:96] = b"BIG-IEEE"
    target.write_bytes(bytes(data))
    return target
