"""The operator page in a real browser: what people see, hear and do."""

import re

import pytest
from playwright.sync_api import BrowserContext, expect
from support.alert_events import MINUTE, now, signal
from support.browser import browser
from support.control_room import Served
from support.operator_desk import desk, opened, rows, served, storm
from talaia.contracts.vocabulary import Priority

__all__ = ["browser", "desk", "served"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


def test_a_new_alarm_appears_without_reloading_and_rings(served: Served, desk: BrowserContext) -> None:
    page = opened(desk)
    expect(page.locator("#list")).to_contain_text("No open alarm")
    expect(page.locator("#sound")).to_contain_text("Sound blocked: turn on")
    page.evaluate("window.loadedOnce = true")
    page.keyboard.press("z")
    expect(page.locator("#sound")).to_have_text(re.compile("Sound on"))
    expect(page.locator("#sound")).to_have_attribute("data-rung", "0")

    storm(served)
    expect(rows(page)).to_have_count(2)
    expect(page.locator("#sound")).to_have_attribute("data-rung", "1")
    expect(page.locator("#spoken")).to_contain_text(re.compile("(critical|high): Overflow expected"))
    expect(page.locator("#tally-critical")).to_contain_text("1")
    expect(page).to_have_title("(2) Talaia alarms")
    assert page.evaluate("window.loadedOnce")


def test_a_blocked_sound_says_so_and_a_silenced_one_says_for_how_long(served: Served, desk: BrowserContext) -> None:
    page = opened(desk)
    storm(served)
    expect(page.locator("#sound")).to_have_attribute("data-missed", "1")
    expect(page.locator("#sound")).to_have_attribute("data-rung", "0")
    page.locator("#sound").click()
    expect(page.locator("#sound")).to_have_attribute("data-state", "on")
    page.locator("#sound").click()
    expect(page.locator("#sound")).to_have_text(re.compile(r"Silent for \d+ "))


def test_the_list_stands_in_order_of_importance_and_the_detail_says_why_and_what_to_do(
    served: Served, desk: BrowserContext
) -> None:
    storm(served)
    page = opened(desk)
    expect(rows(page).nth(0)).to_contain_text("T4")
    expect(rows(page).nth(1)).to_contain_text("T2")
    expect(rows(page).nth(0).get_by_role("img", name="critical, New")).to_be_visible()
    detail = page.locator("#detail")
    expect(detail.get_by_role("heading", level=2)).to_have_text(re.compile("Overflow expected.*T4"))
    expect(detail.locator("#guidance")).to_contain_text("Tell the river patrol.")
    expect(detail.locator("#evidence")).to_contain_text("8.40 mm")
    expect(detail.locator("#history")).to_contain_text("Began")
    chart = detail.get_by_role("img", name=re.compile("Chart: 4.00 m at .*, limit 5.00 m, expected there at"))
    expect(chart).to_be_visible()
    expect(chart.locator("polyline.level")).to_have_attribute("points", re.compile(r"\d+.*,\d+.* \d+"))
    expect(chart.locator("polyline.forecast")).to_have_attribute("points", re.compile(r"\d+.*,\d+.* \d+"))
    expect(chart.locator("line.limit")).to_have_count(1)


def test_an_acknowledgement_by_click_shows_in_every_window(served: Served, desk: BrowserContext) -> None:
    storm(served)
    page, other = opened(desk), opened(desk)
    page.locator("#detail").get_by_role("button", name="Acknowledge").click()
    expect(page.locator("#said")).to_have_text("Done.")
    for window in (page, other):
        expect(rows(window).filter(has_text="T4")).to_contain_text("Acknowledged")
        expect(rows(window).nth(0)).to_contain_text("T2")
    expect(page.locator("#history")).to_contain_text("Acknowledged by loopback")
    expect(page.locator("#detail").get_by_role("button", name="Acknowledge")).to_be_disabled()


def test_all_of_a_turn_of_duty_goes_by_keys(served: Served, desk: BrowserContext) -> None:
    storm(served)
    page = opened(desk)
    page.keyboard.press("j")
    expect(page.locator("#detail h2")).to_contain_text("T2")
    page.keyboard.press("a")
    expect(rows(page).filter(has_text="T2")).to_contain_text("Acknowledged")
    page.keyboard.press("c")
    page.keyboard.type("Crew on its way, a and j stay letters")
    page.keyboard.press("Enter")
    expect(page.locator("#history")).to_contain_text("Crew on its way, a and j stay letters")
    expect(page.locator("#text")).to_have_value("")
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    expect(page.locator("#detail h2")).to_contain_text("T4")


def test_a_quick_hand_acts_on_the_alarm_that_is_marked_not_on_the_one_still_shown(served: Served, desk: BrowserContext) -> None:
    storm(served)
    page = opened(desk)
    page.evaluate("for (const key of ['j', 'a']) document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}))")
    expect(rows(page).filter(has_text="T2")).to_contain_text("Acknowledged")
    expect(rows(page).filter(has_text="T4")).to_contain_text("New")


def test_what_is_chosen_stays_chosen_when_something_graver_comes(served: Served, desk: BrowserContext) -> None:
    at = now() - MINUTE
    served.say(signal("T9", at, priority=Priority.MEDIUM, in_min=40))
    page = opened(desk)
    expect(page.locator("#detail h2")).to_contain_text("T9")
    page.locator("#text").fill("half a no")
    storm(served)
    expect(rows(page)).to_have_count(3)
    expect(rows(page).nth(0)).to_contain_text("T4")
    expect(page.locator("#detail h2")).to_contain_text("T9")
    expect(page.locator("#text")).to_have_value("half a no")
    expect(page.locator("#text")).to_be_focused()


def test_on_a_phone_a_touched_alarm_comes_into_sight(served: Served, desk: BrowserContext) -> None:
    served.say(*(signal(f"S{n}", now() - n * MINUTE) for n in range(30)))
    page = opened(desk)
    page.set_viewport_size({"width": 400, "height": 800})
    expect(page.locator("#head")).not_to_be_in_viewport()
    rows(page).nth(1).click()
    expect(page.locator("#detail h2")).to_contain_text("S1")
    expect(page.locator("#head")).to_be_in_viewport()


@pytest.mark.parametrize("width", [400, 1366, 1920])
def test_nothing_runs_out_of_the_window(served: Served, desk: BrowserContext, width: int) -> None:
    storm(served)
    page = opened(desk)
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for part in ("#tally", "#acknowledge button", "#chart", "#feeds"):
        box = page.locator(part).bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= width, part


def test_everything_one_can_use_has_a_name_can_be_reached_by_keys_and_shows_the_focus(
    served: Served, desk: BrowserContext
) -> None:
    storm(served)
    page = opened(desk)
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("a, button, input:not([type=hidden]), svg[role=img]")].filter((node) =>
            !(node.textContent.trim() || node.ariaLabel || node.labels?.length)).map((node) => node.outerHTML)"""
    )
    assert nameless == []
    assert page.locator("html").get_attribute("lang") == "en"
    ids = page.locator("[id]").evaluate_all("nodes => nodes.map((node) => node.id)")
    assert len(ids) == len(set(ids))
    for landmark in ("banner", "main", "contentinfo"):
        expect(page.get_by_role(landmark)).to_have_count(1)  # type: ignore[arg-type]

    reached = set()
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent.trim() || document.activeElement.id"))
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none" or page.evaluate("document.activeElement === document.body")
    assert {"A Acknowledge", "text", "Write"} <= reached
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, input:not([type=hidden]), nav a")].filter((node) =>
            node.getBoundingClientRect().height < 24).map((node) => node.outerHTML)"""
    )
    assert small == []
