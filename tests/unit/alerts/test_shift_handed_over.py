"""A shift hands over: who goes signs the report, then who comes, and both what they saw."""

import hashlib
from datetime import timedelta

import pytest
from support.story import AREA, Story, kind
from talaia.alerts.model.handover import SHIFT_HANDOVER
from talaia.contracts.catalogue import ACTS
from talaia.contracts.handovers import Handover, HandoverPrepared, HandoverSigned, Signature
from talaia.contracts.journal import Transition
from talaia.contracts.vocabulary import HandoverSide, Role

CONTENT = '{"format":1}'
SHA256 = hashlib.sha256(CONTENT.encode()).hexdigest()


def prepared(story: Story, role: Role = Role.OPERATOR) -> Story:
    story.now += timedelta(seconds=10)
    data = Handover(content=CONTENT, who="anna", role=role, position="control")
    return story.send(ACTS, HandoverPrepared(id="shift", source="api", time=story.now, recordedtime=story.now, data=data))


def signed(story: Story, side: str, who: str, role: Role = Role.OPERATOR, sha256: str = SHA256) -> Story:
    story.now += timedelta(seconds=10)
    data = Signature(handover_id="shift", sha256=sha256, side=HandoverSide(side), who=who, role=role, position="control")
    name = f"{side} {who} {story.now.isoformat()}"
    return story.send(ACTS, HandoverSigned(id=name, source="api", time=story.now, recordedtime=story.now, data=data))


def last(story: Story) -> Transition:
    return story.journal[-1].data


def test_who_goes_hands_over_and_who_comes_takes_over() -> None:
    story = signed(signed(prepared(Story(kind())), "outgoing", "anna"), "incoming", "bernat")
    entries = [entry.data for entry in story.journal if entry.data.region == "handover"]
    assert [(entry.from_, entry.to, entry.who) for entry in entries] == [
        (None, "prepared", "anna"),
        ("prepared", "handed_over", "anna"),
        ("handed_over", "taken_over", "bernat"),
    ]
    assert {(entry.handover_id, entry.text, entry.policy) for entry in entries} == {("shift", SHA256, "1")}


@pytest.mark.parametrize(
    ("before", "side", "who", "refused"),
    [
        ((), "incoming", "bernat", "not_handed_over"),
        (("outgoing", "anna"), "incoming", "anna", "same_person"),
        (("outgoing", "anna"), "outgoing", "bernat", "signed_by_another"),
    ],
)
def test_two_people_sign_each_for_one_side(before: tuple[str, str] | tuple[()], side: str, who: str, refused: str) -> None:
    story = prepared(Story(kind()))
    if before:
        signed(story, *before)
    signed(story, side, who)
    assert last(story).refused == refused
    assert last(story).from_ == last(story).to


def test_what_is_signed_is_what_was_prepared() -> None:
    assert last(signed(prepared(Story(kind())), "outgoing", "anna", sha256="0" * 64)).refused == "content"
    assert last(signed(Story(kind()), "outgoing", "anna")).refused == "unknown_handover"


def test_a_viewer_neither_prepares_nor_signs() -> None:
    story = prepared(Story(kind()), Role.VIEWER)
    assert (last(story).refused, last(story).to) == ("role", None)
    assert last(signed(prepared(Story(kind())), "outgoing", "anna", Role.VIEWER)).refused == "role"


def test_the_same_signature_again_changes_nothing() -> None:
    story = signed(prepared(Story(kind())), "outgoing", "anna")
    entries = len(story.journal)
    story.again()
    story.again(back=3)
    assert len(story.journal) == entries
    assert last(signed(story, "outgoing", "anna")).answer == "already_signed"


def test_a_signature_survives_a_restart_and_a_day_later_nothing_is_signed_any_more() -> None:
    story = signed(prepared(Story(kind())), "outgoing", "anna").restart()
    story.wait(86_300.0)
    assert last(signed(story, "incoming", "bernat")).to == "taken_over"
    story.wait(200.0)
    assert last(signed(story, "incoming", "bernat")).refused == "unknown_handover"
    assert not [name for name in story.changelog if SHIFT_HANDOVER.encode() in name]
    assert AREA.encode() in b"".join(story.changelog)
