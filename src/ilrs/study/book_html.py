"""HTML built from nested calls: every plain text is escaped, only Html passes as it is."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import TypeAlias

__all__ = ["Child", "Html", "join", "link", "table", "tag"]


class Html(str):
    """Text that is already HTML."""

    __slots__ = ()


Child: TypeAlias = str | None
_VOID = {
    "input", "br", "col", "circle", "ellipse", "path", "line", "rect", "image", "img", "meta",
    "link",
}  # fmt: skip
_LINKED = ("https://", "http://")


def tag(name: str, /, *children: Child, **attributes: str | float | bool | None) -> Html:
    """One element. `cls` is written class, `data_x` data-x; None and False attributes vanish."""
    written = "".join(
        f" {_attribute_name(key)}" + ("" if value is True else f'="{escape(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID and not children:
        return Html(f"<{name}{written}/>")
    return Html(f"<{name}{written}>{join(children)}</{name}>")


def _attribute_name(key: str) -> str:
    return {"cls": "class", "for_": "for"}.get(key, key.replace("_", "-"))


def join(children: Iterable[Child]) -> Html:
    """The children one after the other, plain text escaped."""
    return Html(
        "".join(child if isinstance(child, Html) else escape(child) for child in children if child)
    )


def table(
    head: Sequence[Child],
    rows: Iterable[Html],
    *,
    caption: Child,
    numeric: Sequence[int] = (),
    **attributes: str | None,
) -> Html:
    """A table in a box that scrolls sideways on a narrow screen; `numeric` columns align right."""
    cells = [
        tag("th", child, scope="col", cls="num" if index in numeric else None)
        for index, child in enumerate(head)
    ]
    inner = tag(
        "table",
        tag("caption", caption, cls="quiet"),
        tag("thead", tag("tr", *cells)),
        tag("tbody", *rows),
        **attributes,
    )
    return tag("div", inner, cls="scroll", tabindex="0", role="region")


def link(text: str, url: str | None) -> Html:
    """A link where the address is http or https; else the bare text."""
    if url is None or not url.startswith(_LINKED):
        return join([text])
    return tag("a", text, href=url, rel="noopener noreferrer")
