"""The operator page in a real browser: what people see, hear and do, and what becomes of it when the API is gone."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from support.alert_events import MINUTE, alive, now, overflow_evidence, register, signal
from support.browser import browser
from support.control_room import ControlRoom, Served, application
from talaia.contracts.vocabulary import Clock, Priority, SignalState

__all__ = ["browser"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
HOSTILE = '<img src=x onerror="document.title=1">"\'&{{7*7}}</td><script>document.title=1</script>\u202eevil'


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


def rows(page: Page) -> Any:
    return page.locator("#rows tr")


def test_a_new_alarm_appears_without_reloading_and_rings(served: Served, desk: BrowserContext) -> None:
    page = opened(desk)
    expect(page.locator("#list")).to_contain_text("No open alarm")
    expect(page.locator("#sound")).to_contain_text("Sound blocked: press Z")
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


def test_an_act_on_what_has_changed_since_is_refused_and_shows_what_is_so_now(served: Served, desk: BrowserContext) -> None:
    storm(served)
    page = opened(desk)
    served.say(signal("T4", now(), SignalState.CHANGED, priority=Priority.CRITICAL, in_min=9))
    page.locator("#acknowledge").evaluate("form => { form.elements.version.value = 1; form.requestSubmit() }")
    expect(page.locator("#said")).to_contain_text("has changed since")
    expect(rows(page).filter(has_text="T4")).to_contain_text("New")


def test_when_the_api_is_gone_the_page_says_lost_contact_keeps_its_data_takes_no_acts_and_comes_back_by_itself(
    served: Served, desk: BrowserContext, tmp_path_factory: pytest.TempPathFactory
) -> None:
    storm(served)
    page = opened(desk)
    served.stop()
    expect(page.locator("#lost")).to_contain_text("LOST CONTACT", timeout=15_000)
    expect(page.locator("body")).to_have_attribute("data-contact", "lost")
    expect(rows(page)).to_have_count(2)
    expect(page.locator("#acknowledge button")).to_have_js_property("inert", True)

    room = ControlRoom(tmp_path_factory.mktemp("again"))
    again = Served(application(room), room, served.port)
    again.start()
    again.say(signal("T7", now() - MINUTE))
    expect(page.locator("body")).to_have_attribute("data-contact", "held", timeout=15_000)
    expect(page.locator("#lost")).to_be_hidden()
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("T7")
    again.stop()


def test_hostile_words_are_shown_as_they_are_written(served: Served, desk: BrowserContext) -> None:
    at = now() - MINUTE
    served.say(signal("T1", at, subject=HOSTILE, guidance=HOSTILE, evidence=overflow_evidence(at), in_min=5))
    page = opened(desk)
    expect(rows(page)).to_have_count(1)
    expect(page.locator("#rows .subject")).to_have_text(HOSTILE)
    expect(page.locator("#guidance p")).to_have_text(HOSTILE)
    page.locator("#text").fill(HOSTILE)
    page.locator("#note button").click()
    expect(page.locator("#history q")).to_have_text(HOSTILE)
    expect(page).to_have_title("(1) Talaia alarms")
    assert page.locator("#board img, #board script").count() == 0


def test_the_age_of_every_feed_is_in_sight_and_a_silent_one_is_marked(served: Served, desk: BrowserContext) -> None:
    served.say(alive(now() - 17 * MINUTE, source="rain-gauges"))
    page = opened(desk)
    expect(page.locator("#feeds")).to_contain_text(re.compile(r"waste-worker\s+\d+ s"))
    expect(page.locator("#feeds li.silent")).to_contain_text("rain-gauges silent 17 min")
    expect(page.locator("#feeds")).to_contain_text(re.compile(r"View\s+\d+ s"))
    expect(page.locator("#open")).to_contain_text("Open without login")


def test_a_silent_worker_is_not_taken_for_a_calm_night(served: Served, desk: BrowserContext) -> None:
    page = opened(desk)
    expect(page.locator("#feeds")).to_contain_text(re.compile(r"Alarm worker\s+0 s"))
    served.room.worker_runs = False
    storm(served)
    expect(page.locator("#unjudged")).to_contain_text("New alarms may be missing", timeout=20_000)
    expect(page.locator("#feed-worker")).to_have_class("silent")
    served.room.worker_runs = True
    served.say()
    expect(rows(page)).to_have_count(2)
    expect(page.locator("#unjudged")).to_have_count(0)


def test_a_replay_says_so_and_shows_the_time_of_the_recording(browser: Browser, tmp_path: Path) -> None:
    room = ControlRoom(tmp_path)
    replayed = Served(application(room, clock=Clock.REPLAY), room)
    replayed.start()
    at = now().replace(year=2020, month=3, day=1, hour=1, minute=10)
    try:
        replayed.say(alive(at))
        page = browser.new_page(base_url=replayed.url)
        page.goto("/")
        expect(page.locator("#replay")).to_contain_text(re.compile("REPLAY: not live.*01 Mar 2020 02:10"))
        replayed.say(signal("T1", at + MINUTE), alive(at + 5 * MINUTE))
        expect(page.locator("#replay")).to_contain_text("02:15")
        expect(page.locator("#time")).to_contain_text("02:15")
        page.keyboard.press("a")
        expect(page.locator("#said")).to_have_text("Done.")
        expect(page.locator("#history")).to_contain_text(re.compile("02:15:.*Acknowledged by loopback"))
        page.close()
    finally:
        replayed.stop()


def test_without_javascript_the_page_is_whole_renews_itself_and_takes_acts(served: Served, browser: Browser) -> None:
    storm(served)
    with browser.new_context(base_url=served.url, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/")
        assert page.locator("meta[http-equiv=refresh]").count() == 1
        expect(rows(page)).to_have_count(2)
        rows(page).filter(has_text="T2").get_by_role("link").click()
        expect(page.locator("#detail h2")).to_contain_text("T2")
        expect(page.get_by_role("img", name=re.compile("Chart"))).to_be_visible()
        page.get_by_role("link", name="Hold it").click()
        assert page.locator("meta[http-equiv=refresh]").count() == 0
        page.get_by_label("Note").fill("Gate is shut & locked")
        page.get_by_role("button", name="Write").click()
        expect(page.locator("#said")).to_have_text("Done.")
        expect(page.locator("#history q")).to_have_text("Gate is shut & locked")
        page.get_by_role("button", name="Acknowledge").click()
        expect(rows(page).filter(has_text="T2")).to_contain_text("Acknowledged")


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


def test_with_keys_the_browser_asks_for_one_and_a_viewer_may_look_but_not_act(browser: Browser, tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text("".join(f"{role}-1 {role} {hashlib.sha256(role.encode()).hexdigest()}\n" for role in ("viewer", "operator")))
    room = ControlRoom(tmp_path)
    guarded = Served(application(room, key_file=keys), room)
    guarded.start()
    try:
        storm(guarded)
        for role, may_act in (("viewer", 0), ("operator", 1)):
            with browser.new_context(base_url=guarded.url, http_credentials={"username": "me", "password": role}) as context:
                page = opened(context)
                expect(rows(page)).to_have_count(2)
                expect(page.locator("#acknowledge")).to_have_count(may_act)
                expect(page.locator("#open")).to_have_count(0)
                page.keyboard.press("a")
                if may_act:
                    expect(page.locator("#history")).to_contain_text("Acknowledged by operator-1")
    finally:
        guarded.stop()
