"""Rights on the broker: Kafka's access rules (ACLs) of our users are made what the catalogue says, and compared with it.

A rule that allows a user of ours more than the catalogue does is taken away. One that denies stays: somebody made it by
hand, to keep a user out.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)
from kafka.errors import ClusterAuthorizationFailedError, SecurityDisabledError

from talaia.contracts.catalogue import Topic
from talaia.stream.connection import administrator
from talaia.stream.preflight import answer
from talaia.stream.rights import Kind, Right
from talaia.stream.settings import BusSettings
from talaia.stream.unavailable import BusLacks, NotAccepted

Rights = Mapping[str, Sequence[Right]]
"""By user."""

_RESOURCES = {
    Kind.TOPIC: ResourceType.TOPIC,
    Kind.GROUP: ResourceType.GROUP,
    Kind.TRANSACTIONAL_ID: ResourceType.TRANSACTIONAL_ID,
}
_USER = "User:"
_PATIENCE_S = 30.0
_LOOK_EVERY_S = 0.1


class RulesHidden(BusLacks):
    """Kafka does not show its access rules: it has none, or not for this user."""


class Differences(NamedTuple):
    """How the broker's rules of our users differ from the catalogue. denying: rules of others, which nobody here touches."""

    missing: tuple[ACL, ...]
    excess: tuple[ACL, ...]
    denying: tuple[ACL, ...]


def acl(settings: BusSettings, user: str, right: Right) -> ACL:
    """The rule that gives a right of this installation to a user, from every host."""
    pattern = ACLResourcePatternType.PREFIXED if right.prefixed else ACLResourcePatternType.LITERAL
    resource = ResourcePattern(_RESOURCES[right.kind], settings.topic(right.name), pattern)
    return ACL(_USER + user, "*", ACLOperation[right.operation], ACLPermissionType.ALLOW, resource)


def named(rule: ACL) -> str:
    """As people read it: `READ topic waste.readings.v1`."""
    resource = rule.resource_pattern
    prefixed = resource.pattern_type is ACLResourcePatternType.PREFIXED
    kind = resource.resource_type.name.lower().replace("_", " ")
    from_where = "" if rule.host == "*" else f" from {rule.host}"
    return f"{rule.operation.name} {kind} {resource.resource_name}{'*' * prefixed}{from_where}"


def apply(settings: BusSettings, rights: Rights) -> Differences:
    """Give what is missing, take away what is too much; what was different. The broker asked knows it when this returns.

    Raises BusUnavailable, RulesHidden, BusLacks when Kafka refuses.
    """
    with administrator(settings) as admin:
        found = _differences(admin, settings, rights)
        # given before anything is taken: who gets one rule for another never stands without
        if found.missing:
            refused = admin.create_acls(list(found.missing))["failed"]
            if refused:
                why = ", ".join(sorted({error.__name__ for error in refused}))
                raise BusLacks(f"Kafka does not take {len(refused)} of {len(found.missing)} access rules ({why}): {_CURE}")
        if found.excess:
            for rule, _, error in admin.delete_acls(list(found.excess)):
                if error.errno:
                    raise BusLacks(f"Kafka does not take back {named(rule)} ({error.__name__}): {_CURE}")
        until_done = time.monotonic() + _PATIENCE_S
        while _differences(admin, settings, rights)[:2] != ((), ()):
            if time.monotonic() > until_done:
                raise BusLacks(f"Kafka's access rules are not as asked after {_PATIENCE_S:.0f} s: look at its controller")
            time.sleep(_LOOK_EVERY_S)
    return found


def check(settings: BusSettings, rights: Rights) -> list[str]:
    """How the broker's rules differ from the catalogue, a sentence for a user and kind. Raises BusUnavailable, RulesHidden."""
    with administrator(settings) as admin:
        found = _differences(admin, settings, rights)
    return [
        *(f"user {user} may not {what}: {_APPLY}" for user, what in _by_user(found.missing)),
        *(f"user {user} may {what}, which the catalogue does not say: {_APPLY}" for user, what in _by_user(found.excess)),
        *(f"user {user} is denied {what}: somebody's rule, to be taken back by hand" for user, what in _by_user(found.denying)),
    ]


def wait_until_given(settings: Mapping[str, BusSettings], topics: Sequence[Topic], rights: Rights) -> None:
    """Until Kafka gives each user what is its, and nothing more of these topics, asked as the user. settings: by user.

    Raises BusUnavailable, BusLacks when it is not so in time.
    """
    until_done = time.monotonic() + _PATIENCE_S
    for user, wanted in rights.items():
        while why := _wrong(user, settings[user], topics, wanted):
            if time.monotonic() > until_done:
                raise BusLacks(f"{_PATIENCE_S:.0f} s later Kafka {why}")
            time.sleep(_LOOK_EVERY_S)


_CURE = "come as a super user of the brokers"
_APPLY = "run `talaia topics apply --acls`"


def _wrong(user: str, settings: BusSettings, topics: Sequence[Topic], rights: Sequence[Right]) -> str:
    """What is not as it should be, in words; empty: nothing."""
    try:
        lacking, besides = answer(settings, topics, rights)
    except NotAccepted:
        return f"does not let user {user} in"
    if lacking:
        return f"does not let user {user} {', '.join(lacking)}: see whether a rule denies it"
    if besides:
        return f"lets user {user} also {', '.join(besides)}: see whether a rule for everybody, or super.users, gives it"
    return ""


def _rules(admin: KafkaAdminClient, user: str) -> Collection[ACL]:
    """All rules of a user."""
    every = ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY)
    asked = ACLFilter(_USER + user, None, ACLOperation.ANY, ACLPermissionType.ANY, every)
    try:
        rules: Collection[ACL] = admin.describe_acls(asked)[0]
    except SecurityDisabledError:
        why = "has no authorizer, so whoever reaches it may do everything: set authorizer.class.name on its brokers"
        raise RulesHidden(f"Kafka {why}") from None
    except ClusterAuthorizationFailedError:
        raise RulesHidden(f"Kafka does not show its access rules to this user: {_CURE}") from None
    except ValueError:  # kafka-python knows the kinds of rules of its time
        raise RulesHidden(f"user {user} has an access rule of a kind that is not known here: take it back by hand") from None
    return rules


def _differences(admin: KafkaAdminClient, settings: BusSettings, rights: Rights) -> Differences:
    wanted = {acl(settings, user, right) for user, its in rights.items() for right in its}
    there = {rule for user in rights for rule in _rules(admin, user)}
    allowing = {rule for rule in there if rule.permission_type is ACLPermissionType.ALLOW}
    return Differences(_sorted(wanted - allowing), _sorted(allowing - wanted), _sorted(there - allowing))


def _sorted(rules: Collection[ACL]) -> tuple[ACL, ...]:
    return tuple(sorted(rules, key=lambda rule: (rule.principal, named(rule))))


def _by_user(rules: Collection[ACL]) -> list[tuple[str, str]]:
    users = dict.fromkeys(rule.principal for rule in rules)
    return [(user.removeprefix(_USER), ", ".join(named(rule) for rule in rules if rule.principal == user)) for user in users]
