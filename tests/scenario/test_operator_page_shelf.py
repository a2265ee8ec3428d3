"""The operator page: what is put aside, by whom, until when and why; with script and without."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from support.browser import browser
from support.control_room import Served
from support.operator_desk import desk, opened, rows, served, storm

__all__ = ["browser", "desk", "served"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
REASON = "<b>Crew</b> works at the gate"


def shelve(page: Page) -> None:
    page.locator("#hours").select_option("2")
    page.locator("#reason").fill(REASON)
    page.locator("#shelve button").click()


def comes_and_goes(page: Page) -> None:
    """The most important alarm is shelved, found aside, and taken back."""
    expect(rows(page)).to_have_count(2)
    expect(page.locator("#aside-count")).to_have_text("0")
    shelve(page)
    expect(page.locator("#said")).to_have_text("Done.")
    expect(rows(page)).to_have_count(1)
    page.locator("nav[aria-label=Lists] a", has_text="Aside").click()
    expect(page.locator("#aside-count")).to_have_text("1")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("Shelved")
    expect(page.locator("#urgent")).to_contain_text("T2")
    expect(page.locator("#shelved")).to_contain_text(re.compile(r"shelved by .+ until \d\d"))
    expect(page.locator("#shelved")).to_contain_text(REASON)
    expect(page.locator("#history")).to_contain_text("Shelved by")
    page.locator("#unshelve button").click()
    expect(page.locator("#aside-count")).to_have_text("0")
    page.locator("nav[aria-label=Lists] a", has_text="Open").click()
    expect(rows(page)).to_have_count(2)


def test_an_alarm_is_shelved_with_reason_and_end_seen_aside_and_taken_back(served: Served, desk: BrowserContext) -> None:
    storm(served)
    comes_and_goes(opened(desk))


def test_without_script_the_same_forms_do_the_same(served: Served, browser: Browser) -> None:
    storm(served)
    with browser.new_context(base_url=served.url, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/")
        comes_and_goes(page)


def test_a_form_without_hours_puts_nothing_aside(served: Served, desk: BrowserContext) -> None:
    storm(served)
    page = opened(desk)
    form = {"alarm": rows(page).first.get_attribute("data-alarm") or "", "hours": "nan", "reason": "x"}
    answer = page.request.post("/page/shelve", form=form, headers={"origin": served.url})
    assert "Not done: the form was not complete" in answer.text()
    expect(page.locator("#aside-count")).to_have_text("0")
