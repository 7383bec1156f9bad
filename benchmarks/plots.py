"""Plots as SVG, which show in light and in dark pages. No library: two shapes are all we need."""

import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

# The hues of the series are told apart also by those who do not see red and green.
_STYLE = """
svg { font: 13px system-ui, sans-serif; color: #1f2328; background: #fff }
text { fill: currentColor }
.small { font-size: 11px } .title { font-size: 15px; font-weight: 600 }
.grid { stroke: currentColor; opacity: .15 } .axis { stroke: currentColor; opacity: .6 }
.spread { stroke: currentColor; stroke-width: 1.5 } .target { stroke: #d1242f; stroke-width: 2.5 }
.bar { fill: #4c8bf5 } .short { fill: #9aa4b2 }
.line { fill: none; stroke-width: 2 }
.s0 { stroke: #2f6fde } .s1 { stroke: #c2570c } .s2 { stroke: #1a8a5f }
.s3 { stroke: #9a4fc9 } .s4 { stroke: #b8860b } .s5 { stroke: #d03a7a }
@media (prefers-color-scheme: dark) {
  svg { color: #d8dee6; background: #0d1117 }
  .target { stroke: #ff7b72 } .bar { fill: #5b95f0 } .short { fill: #6b7684 }
  .s0 { stroke: #6aa2ff } .s1 { stroke: #f08c3a } .s2 { stroke: #3fc08e }
  .s3 { stroke: #c28cf0 } .s4 { stroke: #e0b341 } .s5 { stroke: #f47bad }
}
"""
_WIDTH = 860
_COLOURS = 6


class Bar(NamedTuple):
    """A row of `bars`: a value, the lowest and highest it was, and where it should be at least."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None
    target: float | None = None


def bars(rows: Sequence[Bar], path: Path, title: str) -> None:
    """Write horizontal bars to ``path``: the thin line is the spread, the red mark the target.

    The line at 1 is where ratios say that both are as fast. A bar short of its target is grey.
    """
    left, right, top, step = 300, 70, 56, 24
    bottom = top + step * len(rows)
    most = max((max(row.value, row.high or 0, row.target or 0) for row in rows), default=1)
    ticks = _ticks(most)
    across = (_WIDTH - left - right) / ticks[-1]
    parts = [_text(16, 24, title, "title")]
    for tick in ticks:
        x = left + tick * across
        parts.append(_line(x, top - 6, x, bottom, "grid" if tick else "axis"))
        parts.append(_text(x, top - 12, f"{tick:g}", "small", "middle"))
    x = left + across
    parts.append(_line(x, top - 6, x, bottom, "axis"))
    for n, row in enumerate(rows):
        y, middle = top + n * step, top + n * step + step / 2
        is_short = row.target is not None and row.value < row.target
        parts.append(_text(left - 10, middle + 4, row.label, "", "end"))
        parts.append(
            f'<rect x="{left}" y="{y + 4:g}" width="{row.value * across:.1f}" height="{step - 8}" '
            f'class="{"short" if is_short else "bar"}"/>'
        )
        if row.low is not None and row.high is not None:
            low, high = left + row.low * across, left + row.high * across
            parts.append(_line(low, middle, high, middle, "spread"))
            parts += [_line(x, middle - 4, x, middle + 4, "spread") for x in (low, high)]
        if row.target is not None:
            x = left + row.target * across
            parts.append(_line(x, y + 2, x, y + step - 2, "target"))
        parts.append(_text(_WIDTH - 12, middle + 4, f"{row.value:.2f}", "", "end"))
    _write(path, title, parts, bottom + 16)


def lines(
    series: Mapping[str, Sequence[tuple[float, float]]],
    path: Path,
    title: str,
    x_label: str,
    y_label: str,
) -> None:
    """Write lines through points (x, y) to ``path``. The y axis begins at 0. The x axis is
    logarithmic where its ends are far apart."""
    left, right, top, height = 70, 200, 56, 300
    bottom = top + height
    points = [point for line in series.values() for point in line]
    first, last = min(x for x, _ in points), max(x for x, _ in points)
    is_log = first > 0 and last / first > 30
    ticks = _ticks(max(y for _, y in points))

    def across(x: float) -> float:
        place = (math.log(x), math.log(first), math.log(last)) if is_log else (x, first, last)
        return left + (place[0] - place[1]) / ((place[2] - place[1]) or 1) * (_WIDTH - left - right)

    def up(y: float) -> float:
        return bottom - y / ticks[-1] * height

    parts = [_text(16, 24, title, "title"), _text(16, top - 14, y_label, "small")]
    for tick in ticks:
        parts.append(_line(left, up(tick), _WIDTH - right, up(tick), "grid" if tick else "axis"))
        parts.append(_text(left - 8, up(tick) + 4, f"{tick:g}", "small", "end"))
    seen = sorted({x for x, _ in points})
    for x in seen if len(seen) <= 9 else seen[:: len(seen) // 8]:
        parts.append(
            _text(
                across(x), bottom + 18, f"{x:,.0f}" if x == int(x) else f"{x:g}", "small", "middle"
            )
        )
    parts.append(_text((left + _WIDTH - right) / 2, bottom + 38, x_label, "small", "middle"))
    for n, (name, line) in enumerate(series.items()):
        hue = f"line s{n % _COLOURS}"
        dashes = f' stroke-dasharray="{6 - n // _COLOURS} 3"' if n >= _COLOURS else ""
        drawn = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in line)
        parts.append(f'<polyline points="{drawn}" class="{hue}"{dashes}/>')
        y = top + 8 + n * 20
        parts.append(
            f'<polyline points="{_WIDTH - right + 16},{y} {_WIDTH - right + 40},{y}" '
            f'class="{hue}"{dashes}/>'
        )
        parts.append(_text(_WIDTH - right + 48, y + 4, name, "small"))
    _write(path, title, parts, max(bottom + 52, top + 20 * len(series) + 16))


def _ticks(most: float) -> list[float]:
    """From 0 to beyond ``most``, in round steps."""
    rough = (most or 1) / 6
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * n for n in (1, 2, 2.5, 5, 10) if size * n >= rough)
    return [round(n * step, 9) for n in range(math.ceil((most or 1) / step) + 1)]


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(text)}</text>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def _write(path: Path, title: str, parts: list[str], height: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" '
        f'width="{_WIDTH}" height="{height:.0f}" role="img">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n"
        + "\n".join(parts)
        + "\n</svg>\n"
    )
