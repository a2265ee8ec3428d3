"""Random recordings for the alarm core: a policy of a few kinds, masks, and inputs minutes to hours apart."""

import datetime as dt
import random
from typing import Any

from support.alarm_model.alarm import PRIORITIES, Kind, alarm_id

DAY = dt.datetime(2026, 3, 2, 6, tzinfo=dt.UTC)
GAPS_S = (0, 0, 1, 5, 10, 20, 30, 60, 60, 120, 300, 600, 1800, 7200)
CALM, BURST, STORM = GAPS_S, (0, 0, 1, 1, 5, 10, 20, 30, 60), (0, 0, 0, 1, 1, 2, 5, 20, 90)
STATES = ("began",) * 6 + ("changed",) * 4 + ("ended",) * 5 + ("realised",)
VERBS = (
    "acknowledge", "acknowledge", "acknowledge", "unacknowledge", "shelve", "shelve", "unshelve", "reset",
    "take_out_of_service", "return_to_service", "note", "verdict",
)  # fmt: skip
SYSTEM = (
    Kind("alerts.source_silent", priority=2, position="system"),
    Kind("alerts.out_of_service_overdue", priority=0, position="system"),
)


def kind_of(draw: random.Random, name: str, exempt_from_flood: bool) -> Kind:
    """A kind with a random share of all rules."""
    return Kind(
        name,
        priority=draw.choice((0, 1, 1, 2, 2, 3)),
        needs_acknowledgement=draw.random() < 0.85,
        acknowledges_itself_on_return=draw.random() < 0.2,
        latching=draw.random() < 0.25,
        on_delay_s=draw.choice((0, 0, 0, 30, 60, 300)),
        off_delay_s=draw.choice((0, 0, 0, 30, 60, 300)),
        count=draw.choice((None, None, None, {"n": 2, "within_s": 300}, {"n": 3, "within_s": 1800})),
        acknowledgement_expires_min=draw.choice((None, None, 5, 30)),
        shelve_max_h=draw.choice((None, 1, 24)),
        review_after_h=draw.choice((1, 24)),
        exempt_from_masks=draw.random() < 0.15,
        exempt_from_flood=exempt_from_flood or draw.random() < 0.1,
        sampling_interval_s=draw.choice((60, 60, 300)),
        diagnostic=draw.random() < 0.1,
    )


class Story:
    """One seeded recording: `kinds`, `masks`, `messages` in recorded order.

    Either every condition has a site of its own and floods are possible, or sites are shared and nobody waits in a flood:
    whom a bell of an incident speaks for is not asked here.
    """

    def __init__(self, seed: int) -> None:
        self.draw = draw = random.Random(seed)
        shared = draw.random() < 0.6
        names = [f"waste.kind_{letter}" for letter in "abcd"]
        self.kinds = {name: kind_of(draw, name, shared) for name in names} | {kind.name: kind for kind in SYSTEM}
        self.masks = self.some_masks(names, shared)
        self.conditions = [
            {
                "kind": draw.choice(names),
                "subject": f"S{n}",
                "site": f"P{draw.randrange(3) if shared else n}",
                "source": draw.choice("xy"),
            }
            for n in range(draw.randint(5, 8) if shared else draw.randint(7, 24))
        ]
        self.gaps = draw.choice((CALM, BURST, STORM) if shared else (CALM, BURST, STORM, STORM, STORM))
        self.next: dict[str, Any] | None = None
        self.now, self.count, self.standing = DAY, 0, set[str]()
        self.messages: list[dict[str, Any]] = []
        self.tell()

    def some_masks(self, names: list[str], shared: bool) -> list[dict[str, Any]]:
        draw = self.draw
        masks: list[dict[str, Any]] = []
        for cause in draw.sample(names[:3], draw.choice((0, 1, 2))):
            later = names[names.index(cause) + 1 :]
            scope = draw.choice(("same_site", "same_area")) if shared else "same_area"
            hides = draw.choice((["*"], later)) if not masks else later
            masks.append({"cause": cause, "hides": hides, "scope": scope, "release_delay_s": draw.choice((0, 30, 300))})
        return masks

    def site(self, n: int, shared: bool) -> str:
        return f"P{self.draw.randrange(3) if shared else n}"

    def stamp(self, seconds: float = 0) -> str:
        return (self.now + dt.timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def send(self, key: str, time: str, **data: Any) -> None:
        self.count += 1
        head = {key: f"00000000-0000-4000-8000-{self.count:012d}", "area": "demo", "time": time, "recordedtime": self.stamp()}
        self.messages.append({**head, **data})

    def tell(self) -> None:
        """Signals and acts of one instant come in this order, as a merged recording has them."""
        draw = self.draw
        for _ in range(draw.randint(40, 80)):
            self.now += dt.timedelta(seconds=draw.choice(self.gaps))
            draw.choices((self.signal, self.act, self.alive, self.again), (24 if self.gaps is STORM else 8, 6, 3, 1))[0]()
        self.now += dt.timedelta(hours=draw.choice((1, 30)))
        self.send("signal_id", self.stamp(), source="clock", state="alive", release="1.0.0", open=[])

    def condition_id(self, condition: dict[str, Any]) -> str:
        return f"{condition['kind']}/{condition['subject']}"

    def signal(self) -> None:
        draw, one = self.draw, self.next or self.draw.choice(self.conditions)
        self.next = None
        state, name = draw.choice(STATES), self.condition_id(one)
        if draw.random() < 0.6:
            state = "ended" if name in self.standing else "began"
        data: dict[str, Any] = {"state": state, "condition_id": name, "kind": one["kind"], "subject": one["subject"]}
        if state in ("began", "changed") and draw.random() < 0.4:
            data["priority"] = draw.choice(PRIORITIES)
        if state in ("began", "changed") and draw.random() < 0.2:
            data["expires_at"] = self.stamp(draw.choice((60, 300, 3600)))
        if state == "realised":
            actual = draw.choice([other for other in self.conditions if other is not one])
            data["became"] = self.condition_id(actual)
            self.next = actual if draw.random() < 0.7 else None
        (self.standing.add if state in ("began", "changed") else self.standing.discard)(name)
        late = draw.choice((0, 0, 0, 0, 0, 0, 0, -1, -90, 60, 61))
        self.send("signal_id", self.stamp(late), source=one["source"], location={"site": one["site"]}, **data)

    def alive(self) -> None:
        draw, source = self.draw, self.draw.choice("xy")
        mine = [self.condition_id(one) for one in self.conditions if one["source"] == source]
        right = [name for name in mine if name in self.standing]
        listed = right if draw.random() < 0.7 else draw.sample(mine, draw.randint(0, len(mine)))
        self.send(
            "signal_id", self.stamp(draw.choice((0, 0, 0, -30))), source=source, state="alive", release="1.0.0", open=listed
        )

    def act(self) -> None:
        draw, verb = self.draw, self.draw.choice(VERBS)
        on = draw.sample(self.conditions, draw.choice((1, 1, 1, 2)))
        role = draw.choice(("viewer", "operator", "operator", "supervisor", "supervisor"))
        data: dict[str, Any] = {"verb": verb, "alarms": [alarm_id("demo", self.condition_id(one)) for one in on]}
        if draw.random() < 0.85:
            data["reason"] = "works"
        if verb == "shelve" and draw.random() < 0.9:
            data["until"] = self.stamp(draw.choice((0, 60, 600, 1800, 3600, 9 * 3600, 73 * 3600)))
            data["one_shot"] = draw.random() < 0.3
        if verb == "take_out_of_service" and draw.random() < 0.6:
            data["review_at"] = self.stamp(draw.choice((0, 300, 3600)))
        if draw.random() < 0.05:
            data["if_version"] = 0
        data |= {"verdict": {"verdict": draw.choice(("true", "false")), "reason": "seen"}, "note": {"text": "seen"}}.get(verb, {})
        self.send("act_id", self.stamp(), who=f"{role}-1", role=role, position="control", **data)

    def again(self) -> None:
        known = [one for one in self.messages if one.get("state") != "alive"]
        if known:
            self.messages.append({**self.draw.choice(known), "recordedtime": self.stamp()})

    def merged(self) -> list[dict[str, Any]]:
        return sorted(self.messages, key=lambda one: (one["recordedtime"], "act_id" in one))
