"""The operator page behind a login: a real provider, a real browser."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from support.alert_events import MINUTE, alive, now, register
from support.browser import browser
from support.control_room import ControlRoom, Served, application
from support.login import LoginProvider, provider
from support.operator_desk import desk, rows, storm
from talaia.cli.kafka.node import free_port

__all__ = ["browser", "desk", "provider"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def served(tmp_path: Path, provider: LoginProvider) -> Iterator[Served]:
    """A control room that only people with a login see."""
    room, port = ControlRoom(tmp_path), free_port()
    oidc_file = provider.oidc_file(tmp_path, public_url=f"http://127.0.0.1:{port}")
    running = Served(application(room, oidc_file=oidc_file), room, port)
    running.start()
    running.say(register(now() - 60 * MINUTE))
    running.say(alive(now()))
    storm(running)
    yield running
    running.stop()
    room.close()


def logged_in(context: BrowserContext, user: str, page: str = "/") -> Page:
    shown = context.new_page()
    shown.goto(page)
    shown.get_by_role("button", name=user).click()
    expect(rows(shown)).to_have_count(2)
    return shown


def test_an_operator_logs_in_acts_under_their_own_name_and_logs_out(served: Served, desk: BrowserContext) -> None:
    page = logged_in(desk, "operator")
    expect(page.locator("body")).to_have_attribute("data-contact", "held")
    expect(page.locator("#feed-session")).to_contain_text("operator")
    page.keyboard.press("a")
    expect(page.locator("#said")).to_have_text("Done.")
    expect(page.locator("#history")).to_contain_text("oidc:operator")
    page.locator("#text").fill("Gate is checked")
    page.locator("#note button").click()
    expect(page.locator("#history q")).to_have_text("Gate is checked")

    page.get_by_role("button", name="Log out").click()
    expect(page.locator("body")).to_contain_text("You are logged out here")
    page.goto("/")
    expect(page.get_by_role("button", name="viewer")).to_be_visible()
    assert page.url.startswith("http://127.0.0.1:") and "/authorize" in page.url


def test_a_viewer_sees_everything_and_may_do_nothing(served: Served, desk: BrowserContext) -> None:
    page = logged_in(desk, "viewer", "/?list=all")
    assert page.url.endswith("/?list=all") or "list=all" in page.url
    expect(page.locator("#acts")).to_have_count(0)


def test_when_the_session_is_over_the_page_stays_says_so_and_leads_back_to_where_it_was(
    served: Served, desk: BrowserContext
) -> None:
    page = logged_in(desk, "operator")
    expect(page.locator("body")).to_have_attribute("data-contact", "held")
    expect(page.locator("#over")).to_be_hidden()
    desk.clear_cookies()
    page.locator("#text").fill("Gate is checked")
    page.locator("#note button").click()
    expect(page.locator("#said")).to_contain_text("Not done")
    expect(page.locator("#over")).to_contain_text("Your session is over")
    expect(rows(page)).to_have_count(2)
    page.get_by_role("link", name="Log in again").click()
    page.get_by_role("button", name="operator").click()
    expect(page).to_have_url(re.compile(r"/\?alarm="))
    expect(rows(page)).to_have_count(2)


def test_without_script_the_forms_carry_the_token_of_the_session(served: Served, browser: Browser) -> None:
    with browser.new_context(base_url=served.url, java_script_enabled=False) as context:
        page = logged_in(context, "operator")
        page.locator("#acknowledge button").click()
        expect(page.locator("#said")).to_have_text("Done.")
        page.get_by_role("button", name="Log out").click()
        expect(page.locator("body")).to_contain_text("You are logged out here")
