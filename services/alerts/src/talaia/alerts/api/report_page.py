"""The report of a shift for people: as a page to print, and as text."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from talaia.alerts.api.handover_answers import HandoverItem
from talaia.alerts.api.words import STATES, local, span
from talaia.alerts.view.report import AlarmLine, Report, Section
from talaia.contracts.register import zone_named

HTML_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}
SECTIONS = {
    "unacknowledged": "Open, not acknowledged",
    "acknowledged": "Open, acknowledged",
    "shelved": "Shelved",
    "out_of_service": "Out of service",
    "suppressed": "Suppressed by design",
    "stale": "Stale: nobody knows whether it still is so",
    "forecasts": "Expected in the coming shift",
}
ENDINGS = {
    "shelf": "comes back from the shelf",
    "out_of_service_review": "out of service: to be reviewed",
    "acknowledgement": "acknowledgement expires",
}


_TEMPLATES = Environment(
    loader=PackageLoader("talaia.alerts.api"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def as_html(report: Report, item: HandoverItem | None) -> str:
    """A page without script. item: what became of it, None for a draft."""
    return _TEMPLATES.get_template("handover.html").render(_said(report, item))


def as_text(report: Report, item: HandoverItem | None) -> str:
    """Plain text."""
    return _TEMPLATES.get_template("handover.txt").render(_said(report, item))


def _said(report: Report, item: HandoverItem | None) -> dict[str, Any]:
    zone = zone_named(report.zone) or UTC

    def when(at: datetime) -> str:
        return local(at, zone).strftime("%a %d %b %H:%M")

    sections: list[tuple[str, Section]] = [(heading, getattr(report, name)) for name, heading in SECTIONS.items()]
    return {
        "report": report,
        "item": item,
        "sections": sections,
        "when": when,
        "states": STATES,
        "endings": ENDINGS,
        "span": span,
        "remarks": partial(_remarks, when),
        "year": local(report.prepared_at, zone).strftime("%Y"),
    }


def _remarks(when: Callable[[datetime], str], alarm: AlarmLine) -> str:
    """When it is expected, in whose hands it is, until when and why it is put away, and what was written of it."""
    said = []
    if alarm.expected_at:
        share = "" if alarm.probability is None else f" ({alarm.probability:.0%})"
        said.append(f"expected {when(alarm.expected_at)}{share}")
    if alarm.by:
        at = f", {when(alarm.at)}" if alarm.at else ""
        until = f", until {when(alarm.until)}" if alarm.until else ""
        said.append(f"by {alarm.by}{at}{until}" + (f": {alarm.reason}" if alarm.reason else ""))
    if alarm.suppressed_by:
        said.append(f"hidden by {alarm.suppressed_by}")
    if alarm.assigned_to:
        said.append(f"assigned to {alarm.assigned_to}")
    return "; ".join([*said, *(f'"{note}"' for note in alarm.notes)])
