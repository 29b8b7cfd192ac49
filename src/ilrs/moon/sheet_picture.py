"""A map sheet as one PNG picture, for places where an SVG is not shown: slides, papers, messages.

The letters come with the extra `maps`, not from the machine: on a bare one a sheet would else
lose every word without a sign, and on two machines it would differ.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

from ilrs.foundation.errors import IlrsError

__all__ = ["sheet_tools", "write_sheet_png"]

_SANS, _SERIF = "Source Sans Pro", "Source Serif Pro"
#: Each family by the package that carries it, regular and half bold (both SIL Open Font License).
_FACES = {
    "font_source_sans_pro": ("SourceSansPro-Regular.ttf", "SourceSansPro-Semibold.ttf"),
    "font_source_serif_pro": ("SourceSerifPro-Regular.ttf", "SourceSerifPro-Semibold.ttf"),
}

_NAMES_NEEDED = (1, 6)  # family and PostScript: resvg passes over a font without them


class _Tools(NamedTuple):
    """What draws a sheet: resvg's function, fontTools' reader of fonts, and the fonts."""

    draw: Any
    open_font: Any
    fonts: tuple[str, ...]


@cache
def sheet_tools() -> _Tools:
    """What draws a sheet as a picture; raises IlrsError where the extra `maps` is not installed."""
    try:
        from fontTools.ttLib import TTFont  # noqa: PLC0415
        from resvg_py import svg_to_bytes  # noqa: PLC0415

        fonts = [files(package) / "files" / face for package in _FACES for face in _FACES[package]]
    except ImportError as error:
        raise IlrsError(
            f"a sheet cannot become a PNG picture: {error.name} is not installed",
            "it comes with the extra 'maps'",
            "Run: pip install 'ilrs[maps]'",
        ) from None
    return _Tools(svg_to_bytes, TTFont, tuple(str(font) for font in fonts))


def write_sheet_png(
    sheet: Path, path: Path, *, zoom: float = 2.0, fonts: Sequence[Path] = ()
) -> None:
    """Writes a sheet that `ilrs.moon.maps.write_svg` made as a PNG, `zoom` pixels for each unit.

    Source Sans and Source Serif letter it, the same on any machine; `fonts` are files asked for
    letters that those lack. Raises IlrsError for a letter that no font has, a file that is no
    SVG, and a missing extra `maps`.
    """
    tools = sheet_tools()
    text = _svg_text(Path(sheet))
    faces = [*tools.fonts, *(str(font) for font in fonts)]
    _check_letters(text, faces, tools)
    picture = tools.draw(
        svg_string=text, zoom=zoom, skip_system_fonts=True, font_files=faces,
        sans_serif_family=_SANS, serif_family=_SERIF,
    )  # fmt: skip
    Path(path).write_bytes(bytes(picture))


def _svg_text(sheet: Path) -> str:
    try:
        text = sheet.read_text(encoding="utf-8")
        if ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg":
            return text
    except (OSError, UnicodeError, ElementTree.ParseError):
        pass
    raise IlrsError(
        f"{sheet.name} is no sheet",
        "a picture is drawn from an SVG file",
        "Write one first with ilrs.moon.maps.write_svg.",
    )


def _check_letters(text: str, faces: Sequence[str], tools: _Tools) -> None:
    """Raises IlrsError for letters that the fonts lack: resvg would leave them out silently."""
    known = {ord(" "), ord("\n")}.union(*(_letters(face, tools.open_font) for face in faces))
    words = [node.text or "" for node in ElementTree.fromstring(text).iter() if node.text]
    if missing := sorted({letter for word in words for letter in word if ord(letter) not in known}):
        raise IlrsError(
            f"the fonts of the sheet have no {' '.join(missing)}",
            "Source Sans and Source Serif know Latin, Greek and Cyrillic letters",
            "Give a font file that has them with fonts=, or use the SVG, which the reader's own"
            " fonts letter.",
        )


@cache
def _letters(face: str, open_font: Any) -> frozenset[int]:
    """Unicode numbers of the letters of a font file; raises IlrsError for one resvg passes over."""
    try:
        with open_font(face) as font:
            if all(font["name"].getDebugName(number) for number in _NAMES_NEEDED):
                return frozenset(font.getBestCmap())
    except Exception:  # fontTools raises many kinds for a broken file
        pass
    raise IlrsError(
        f"the font {Path(face).name} cannot be used",
        "fonts are TrueType or OpenType files that bear a family name and a PostScript name",
        "Name another file.",
    )
