"""The picture of an incident's course as SVG: one file that needs nothing else, in the light, in the dark, on paper."""

import math
from collections.abc import Container
from typing import Final

from markupsafe import Markup, escape

from bot.postmortem.layout import layout
from bot.postmortem.marks import Picture
from bot.postmortem.sheet import Shape

#: Names of colours: in the light and on paper, and in the dark. `bot/charts/course.py` has those of the light.
_COLOURS: Final = {
    "paper": ("#ffffff", "#14171c"),
    "ink": ("#1d2330", "#e6e9ef"),
    "soft": ("#5a6272", "#a2abba"),
    "grid": ("#e3e6ec", "#2b313b"),
    "rule": ("#8b93a3", "#78818f"),
    "triage": ("#ead9f7", "#43305a"),
    "active": ("#fbd9d2", "#5a2b24"),
    "monitoring": ("#d3e6fa", "#1d3c5c"),
    "over": ("#d5edda", "#1d4029"),
    "good": ("#1a7f45", "#5cc98a"),
    "plain": ("#1f5fa8", "#8ab8f0"),
    "dim": ("#6b7280", "#9aa3b2"),
    "warn": ("#a65f00", "#f0b35a"),
    "bad": ("#c8102e", "#ff8a80"),
}
#: How bad a severity is, with white letters on it, the worst first.
_RANKS: Final = ("#b3261e", "#b4530a", "#56708f", "#6b7280", "#6b7280")
_TONES: Final = ("good", "plain", "dim", "warn", "bad")
_CATEGORIES: Final = (
    ("triage", "triage"),
    ("active", "active"),
    ("monitoring", "monitoring"),
    ("resolved", "over"),
    ("closed", "over"),
)


def to_svg(shown: Picture, *, linked: Container[int] = ()) -> str:
    """The picture as an SVG element that may stand in a page or be a file of its own.

    Args:
        shown: the picture.
        linked: the entries that the page around it has, as `id="e12"`: marks lead there.
    """
    sheet = layout(shown)
    head = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" class="course" viewBox="0 0 {0:g} {1:g}" width="{0:g}" height="{1:g}" '
        'role="img" aria-labelledby="course-title" aria-describedby="course-says">\n'
        '<title id="course-title">{2}</title>\n<desc id="course-says">{3}</desc>\n<style>{4}</style>\n{5}\n'
    ).format(sheet.width, sheet.height, sheet.title, sheet.says, _STYLE, _HATCH)
    body = Markup("\n").join(_linked(shape, linked) for shape in sheet.shapes)
    return f"{head}{body}\n</svg>\n"


def _linked(shape: Shape, linked: Container[int]) -> Markup:
    target = next((seq for seq in shape.cites if seq in linked), None)
    drawn = _drawn(shape)
    # For those who point: a keyboard would have to go through all of them, and each row can be reached by itself.
    return drawn if target is None else Markup('<a href="#e{}" tabindex="-1">{}</a>').format(target, drawn)


def _drawn(shape: Shape) -> Markup:
    hint = Markup("<title>{}</title>").format(shape.hint) if shape.hint else Markup()
    look = Markup(' class="{}">{}').format(shape.look, hint)
    match shape.kind:
        case "text":
            x, y = shape.at
            anchor = "" if shape.anchor == "start" else Markup(' text-anchor="{}"').format(shape.anchor)
            bold = Markup(' font-weight="650"') if shape.bold else ""
            return Markup('<text x="{:g}" y="{:g}" font-size="{:g}"{}{} class="{}">{}</text>').format(
                x, y, shape.size, anchor, bold, shape.look, escape(shape.text)
            )
        case "box":
            corners = 0 if shape.look == "paper" else 2
            return Markup('<rect x="{:g}" y="{:g}" width="{:g}" height="{:g}" rx="{}"{}</rect>').format(
                *shape.at, corners, look
            )
        case "line":
            return Markup('<line x1="{:g}" y1="{:g}" x2="{:g}" y2="{:g}"{}</line>').format(*shape.at, look)
        case "triangle" | "diamond":
            points = " ".join(f"{x:g},{y:g}" for x, y in corners_of(shape))
            return Markup('<polygon points="{}"{}</polygon>').format(points, look)
        case _:
            x, y, radius = shape.at
            less = 0.9 if shape.kind == "ring" else 0.0
            ring = Markup(' fill-opacity="0"') if shape.kind == "ring" else ""
            return Markup('<circle cx="{:g}" cy="{:g}" r="{:g}"{}{}</circle>').format(x, y, radius - less, ring, look)


def corners_of(shape: Shape) -> list[tuple[float, float]]:
    """The corners of a triangle or a diamond, a little larger than a dot so that all look the same size."""
    x, y, radius = shape.at
    if shape.kind == "diamond":
        far = radius * 1.2
        return [(x, y - far), (x + far, y), (x, y + far), (x - far, y)]
    far = radius * 1.28
    aside = round(far * math.cos(math.pi / 6), 2)
    return [(x, y - far), (x + aside, y + far / 2), (x - aside, y + far / 2)]


_HATCH: Final = Markup(
    '<defs><pattern id="course-hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="6" height="6" class="hatched"/>'
    '<line x1="0" y1="0" x2="0" y2="6" class="hatch"/></pattern></defs>'
)


def _variables(which: int) -> str:
    return " ".join(f"--c-{name}: {colours[which]};" for name, colours in _COLOURS.items())


def _rules() -> list[str]:
    """Every rule begins with the picture's own class: a style in a page is one of the whole page."""
    tones = [
        rule
        for tone in _TONES
        for rule in (
            f".mark-{tone} {{ fill: var(--c-{tone}); stroke: var(--c-paper); stroke-width: 1; }}",
            f".held-{tone} {{ fill: var(--c-{tone}); fill-opacity: .16; }}",
            f".bar-{tone}, .course .open-{tone} {{ fill: var(--c-{tone}); stroke: var(--c-{tone}); }}",
        )
    ]
    return [
        "text { font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif; }",
        ".paper, .course .hatched { fill: var(--c-paper); }",
        ".ink, .course .label { fill: var(--c-ink); }",
        ".label { paint-order: stroke; stroke: var(--c-paper); stroke-width: 2.5; stroke-opacity: .8; }",
        ".soft { fill: var(--c-soft); }",
        ".on { fill: #ffffff; }",
        ".grid { stroke: var(--c-grid); stroke-width: 1; }",
        ".rule { stroke: var(--c-rule); stroke-width: 1; stroke-dasharray: 3 3; }",
        ".leader { stroke: var(--c-rule); stroke-width: 1; }",
        ".silence { fill: url(#course-hatch); stroke: var(--c-warn); stroke-width: 1; stroke-opacity: .6; }",
        ".hatch { stroke: var(--c-warn); stroke-width: 2; opacity: .45; }",
        *(f".phase-{look} {{ fill: var(--c-{colour}); }}" for look, colour in _CATEGORIES),
        *(f".rank{place} {{ fill: {colour}; }}" for place, colour in enumerate(_RANKS)),
        *tones,
        "[class^=bar], .course [class^=open] { fill-opacity: .18; stroke-width: 1; }",
        "[class^=open] { stroke-dasharray: 4 3; }",
        ".mark-dim[fill-opacity] { stroke: var(--c-dim); stroke-width: 1.8; }",
        "a:hover { opacity: .7; }",
    ]


_STYLE: Final = Markup(
    "\nsvg.course {{ {light} display: block; max-width: 100%; height: auto; "
    "print-color-adjust: exact; -webkit-print-color-adjust: exact; }}\n"
    "@media screen and (prefers-color-scheme: dark) {{ svg.course {{ {dark} }} }}\n{rules}\n"
).format(
    light=_variables(0),
    dark=_variables(1),
    rules=Markup("\n".join(f".course {rule}" for rule in _rules())),  # noqa: S704 (ours)
)
