"""What `talaia topics apply --users --acls` does besides topics: users, and what each may do."""

from pathlib import Path

from talaia.cli.plain import plain
from talaia.cli.trouble import MISTAKE, Trouble
from talaia.contracts.catalogue import every_topic
from talaia.stream import acls, users
from talaia.stream.acls import Rights
from talaia.stream.private_file import SecurityRefused
from talaia.stream.rights import rights_by_user
from talaia.stream.settings import BusSettings

SECRETS = Path("var/secrets/bus")
"""The users' Kafka files, if no other folder is named."""


def of_this_installation(settings: BusSettings) -> Rights:
    """The users of the catalogue and their rights. Users carry the prefix: two cities on one Kafka share none."""
    return {settings.topic(user): rights for user, rights in rights_by_user(every_topic()).items()}


def apply_users(settings: BusSettings, secrets: Path) -> list[str]:
    """Let all users in; what was done, a line each. Raises Trouble, BusUnavailable."""
    try:
        applied = users.apply(settings, secrets, of_this_installation(settings))
    except SecurityRefused as why:
        raise Trouble(str(why), MISTAKE) from None
    except OSError as error:
        cure = "make it where the folder can be written (for compose: `make secrets`)"
        raise Trouble(f"{error.filename} is not there and cannot be made ({error.strerror}): {cure}") from None
    done = [*(f"made {file}" for file in applied.made), *(f"gave {user} the password of its file" for user in applied.changed)]
    return done or ["all users get in"]


def apply_acls(settings: BusSettings) -> list[str]:
    """Give the users their rights and nothing more; what was done, a line each. Raises BusUnavailable."""
    found = acls.apply(settings, of_this_installation(settings))
    done = [
        f"{verb} {rule.principal.removeprefix('User:')}: {plain(acls.named(rule))}"
        for verb, rules in (("granted", found.missing), ("took back from", found.excess), ("still denied to", found.denying))
        for rule in rules
    ]
    return done or ["all rights are as the catalogue says"]


def wait_until_given(settings: BusSettings, secrets: Path) -> None:
    """Until every right answers. Raises BusUnavailable."""
    rights = of_this_installation(settings)
    acls.wait_until_given(users.settings_of(settings, secrets, rights), every_topic(), rights)


def differences(settings: BusSettings) -> list[str]:
    """How rights differ from the catalogue, a sentence each. Raises RulesHidden, BusUnavailable."""
    return [plain(sentence) for sentence in acls.check(settings, of_this_installation(settings))]
