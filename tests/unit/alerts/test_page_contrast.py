"""The colours of the operator page: what must be read can be read, in the dark and in bright rooms (WCAG 2.2 AA)."""

import re
from importlib.resources import files

import pytest

CSS = files("talaia.alerts.api").joinpath("static", "page.css").read_text()
PRIORITIES = ("critical", "high", "medium", "low", "unknown")


def tokens(theme: str) -> dict[str, str]:
    """The colours of a theme by name; the light one overrides the dark one."""
    blocks = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    chosen = blocks[:1] if theme == "dark" else blocks
    return {name: value for block in chosen for name, value in re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", block)}


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio (WCAG 2.2), 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_words_stand_out_from_every_ground_they_stand_on(theme: str) -> None:
    colour = tokens(theme)
    for ground in ("ground", "panel", "raised"):
        for ink in ("strong", "ink", "ink-2"):
            assert contrast(colour[ink], colour[ground]) >= 4.5, (theme, ink, ground)
    assert contrast(colour["ink-3"], colour["panel"]) >= 4.5
    assert contrast(colour["line-strong"], colour["panel"]) >= 3


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("priority", PRIORITIES)
def test_signs_and_their_numbers_can_be_read(theme: str, priority: str) -> None:
    colour = tokens(theme)
    assert contrast("#101214", colour[priority]) >= 4.5, "the number on a filled sign"
    assert contrast(colour[f"{priority}-line"], colour["panel"]) >= 4.3, "outline and number of an acknowledged sign"
