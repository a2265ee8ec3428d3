"""An operator at the page: a control room that is served, and a real browser that looks at it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from support.alert_events import MINUTE, alive, now, overflow_evidence, register, signal
from support.control_room import ControlRoom, Served, application
from talaia.contracts.vocabulary import Priority


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A control room that is served, with its register and a source that is alive."""
    room = ControlRoom(tmp_path)
    running = Served(application(room), room)
    running.start()
    running.say(register(now() - 60 * MINUTE))
    running.say(alive(now()))
    yield running
    running.stop()
    room.close()


@pytest.fixture
def desk(browser: Browser, served: Served) -> Iterator[BrowserContext]:
    """An operator's browser; the test fails when a page breaks its own policy or its script fails."""
    with browser.new_context(base_url=served.url) as context:
        wrong: list[str] = []
        context.on("weberror", lambda error: wrong.append(str(error.error)))
        context.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
        yield context
        assert wrong == []


def opened(context: BrowserContext) -> Page:
    """The page, once it is live."""
    page = context.new_page()
    page.goto("/")
    expect(page.locator("body")).to_have_attribute("data-contact", "held")
    return page


def storm(served: Served) -> None:
    """Two tanks that will spill, the second one sooner but less grave."""
    at = now() - MINUTE
    guidance = "Check the gate.\nTell the river patrol."
    served.say(
        signal("T4", at, priority=Priority.CRITICAL, in_min=25, evidence=overflow_evidence(at), guidance=guidance),
        signal("T2", at, priority=Priority.HIGH, in_min=12, evidence=overflow_evidence(at, last_m=4.6)),
    )


def rows(page: Page) -> Locator:
    """The rows of the list."""
    return page.locator("#rows tr")
