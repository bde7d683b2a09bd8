"""Small inline SVG plots: no library, no request, readable without colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from evals.figures import Figure

_WIDTH = 220
_HEIGHT = 16
_BAR_ROW = 24


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a bar plot: `value` of at most `most`, with what is written beside it."""

    label: str
    value: float
    note: str


def interval_plot(figure: Figure) -> Markup:
    """Return the share as a dot on its 95% interval, on a scale from 0 to 1."""

    def x(share: float) -> float:
        return round(6 + share * (_WIDTH - 12), 1)

    middle = _HEIGHT / 2
    grid = Markup("").join(
        Markup('<line x1="{0}" x2="{0}" y1="2" y2="{1}" class="grid"/>').format(x(at), _HEIGHT - 2)
        for at in (0, 0.25, 0.5, 0.75, 1)
    )
    return Markup(
        '<svg class="interval" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img" '
        'aria-label="{label}">'
        '{grid}<line x1="{low}" x2="{high}" y1="{y}" y2="{y}" class="range"/>'
        '<circle cx="{at}" cy="{y}" r="4" class="dot"/></svg>'
    ).format(
        w=_WIDTH,
        h=_HEIGHT,
        label=f"{figure.value:.1%}, 95% from {figure.low:.1%} to {figure.high:.1%}",
        grid=grid,
        low=x(figure.low),
        high=x(figure.high),
        y=middle,
        at=x(figure.value),
    )


def bar_plot(bars: Sequence[Bar], most: float) -> Markup:
    """Return horizontal bars in the given order; the first one stands out."""
    height = _BAR_ROW * len(bars)
    rows = Markup("").join(
        Markup(
            '<g transform="translate(0,{y})"><text x="118" y="16" text-anchor="end">{label}</text>'
            '<rect x="126" y="4" width="{width}" height="15" class="bar{first}"/>'
            '<text x="{after}" y="16" class="note">{note}</text></g>'
        ).format(
            y=index * _BAR_ROW,
            label=bar.label,
            width=round(max(1.0, 170 * bar.value / (most or 1)), 1),
            first=" first" if index == 0 else "",
            after=round(132 + 170 * bar.value / (most or 1), 1),
            note=bar.note,
        )
        for index, bar in enumerate(bars)
    )
    return Markup(
        '<svg class="bars" width="460" height="{h}" viewBox="0 0 460 {h}" role="img">{rows}</svg>'
    ).format(h=height, rows=rows)
