"""The operator page when something is wrong: no API, no worker, no script, no key, hostile words, a recording instead of now."""

import hashlib
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect
from support.alert_events import MINUTE, alive, now, overflow_evidence, register, signal
from support.browser import browser
from support.control_room import ControlRoom, Served, application
from support.operator_desk import desk, opened, rows, served, storm
from talaia.contracts.vocabulary import Clock, Priority, SignalState

__all__ = ["browser", "desk", "served"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
HOSTILE = '<img src=x onerror="document.title=1">"\'&{{7*7}}</td><script>document.title=1</script>\u202eevil'


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


def test_a_worker_of_which_nobody_says_how_far_it_is_is_not_taken_for_a_calm_night(served: Served, desk: BrowserContext) -> None:
    page = opened(desk)
    expect(page.locator("#feeds")).to_contain_text(re.compile(r"Alarm worker\s+0 s"))
    served.room.pace_known = False
    expect(page.locator("#unjudged")).to_contain_text("It is not known whether the alarm worker works", timeout=20_000)
    expect(page.locator("#feed-worker")).to_have_text(re.compile(r"Alarm worker\s+not known"))
    expect(page.locator("#feed-worker")).to_have_class("silent")
    served.room.pace_known = True
    expect(page.locator("#unjudged")).to_have_count(0, timeout=20_000)
    expect(page.locator("#feed-worker")).to_have_text(re.compile(r"Alarm worker\s+0 s"))


def test_a_replay_says_so_and_shows_the_time_of_the_recording(browser: Browser, tmp_path: Path) -> None:
    room = ControlRoom(tmp_path)
    replayed = Served(application(room, clock=Clock.REPLAY), room)
    replayed.start()
    at = now().replace(year=2020, month=3, day=1, hour=1, minute=10)
    try:
        replayed.say(register(at), alive(at))
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
