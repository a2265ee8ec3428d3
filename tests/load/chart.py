"""A bar chart as SVG: one bar a peer, on a scale of powers of ten, readable on light and dark pages."""

import math
from collections.abc import Sequence
from html import escape

WIDTH, LEFT, RIGHT, ROW, TOP = 760, 130, 90, 34, 46
FIRST = 1.0
"""Where the scale begins, microseconds."""


def bars(title: str, rows: Sequence[tuple[str, float, bool]]) -> str:
    """rows: name, value, whether it is ours. Values below the scale's beginning are drawn as its beginning."""
    decades = max(1, math.ceil(math.log10(max(value for _, value, _ in rows))))
    unit, height = (WIDTH - LEFT - RIGHT) / decades, TOP + ROW * len(rows) + 30
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="14">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="24" font-weight="bold" fill="#1b1f24">{escape(title)}</text>',
    ]
    for decade in range(decades + 1):
        x = LEFT + decade * unit
        drawn.append(f'<line x1="{x:.0f}" y1="{TOP - 8}" x2="{x:.0f}" y2="{height - 26}" stroke="#d0d7de"/>')
        drawn.append(f'<text x="{x:.0f}" y="{height - 8}" text-anchor="middle" fill="#57606a">{10**decade}</text>')
    for number, (name, value, ours) in enumerate(rows):
        y, long = TOP + number * ROW, max(0.0, math.log10(value / FIRST)) * unit
        drawn.append(f'<text x="{LEFT - 10}" y="{y + 17}" text-anchor="end" fill="#1b1f24">{escape(name)}</text>')
        drawn.append(
            f'<rect x="{LEFT}" y="{y + 2}" width="{long:.1f}" height="{ROW - 12}" fill="{"#0b6e4f" if ours else "#8c959f"}"/>'
        )
        drawn.append(f'<text x="{LEFT + long + 8:.1f}" y="{y + 17}" fill="#1b1f24">{value:.1f}</text>')
    return "\n".join([*drawn, "</svg>"]) + "\n"
