"""`talaia topics`: the topics of the catalogue on the broker, and who may do what with them."""

from pathlib import Path
from typing import Annotated

import typer

from talaia.cli import rights
from talaia.cli.plain import plain_console
from talaia.cli.traffic.live import check_live
from talaia.cli.trouble import FAILURE, MISTAKE, Trouble
from talaia.contracts.catalogue import CHANGELOGS, every_topic
from talaia.stream import topics
from talaia.stream.acls import RulesHidden
from talaia.stream.changelogs import contradictions
from talaia.stream.environment import read
from talaia.stream.settings import BusSettings

app = typer.Typer(help="Make the broker's topics what the catalogue says, or compare them.", no_args_is_help=True)


@app.command()
def apply(
    users: Annotated[
        bool, typer.Option("--users", help="Let the users of the catalogue in, each by the password in its file.")
    ] = False,
    acls: Annotated[bool, typer.Option("--acls", help="Give each user its rights, and take back what is more.")] = False,
    secrets: Annotated[
        Path, typer.Option(help="Folder of the users' Kafka files; with --users, those that are missing are made.")
    ] = rights.SECRETS,
) -> None:
    """Create missing topics and correct settings; refuses to change the number of partitions.

    With users and acls, which takes a super user of the brokers, it ends when every right answers.
    """
    settings, console = read(BusSettings), plain_console(soft_wrap=True)
    applied = topics.apply(settings, every_topic())
    done = [*(f"created {name}" for name in applied.created), *(f"corrected {name}" for name in applied.changed)]
    console.print("\n".join(done or ["all topics are as the catalogue says"]))
    if users:
        console.print("\n".join(rights.apply_users(settings, secrets)))
    if acls:
        console.print("\n".join(rights.apply_acls(settings)))
    if users and acls:
        rights.wait_until_given(settings, secrets)
        console.print("every right answers, and no other")


@app.command()
def check(
    live: Annotated[bool, typer.Option("--live", help="Look at the records on the topics instead.")] = False,
    seconds: Annotated[int | None, typer.Option(min=1, help="With --live: at those that come so long.")] = None,
    last: Annotated[int | None, typer.Option(min=1, help="With --live: at so many of every partition; 1,000.")] = None,
) -> None:
    """Tell every difference from the catalogue, and every state that its topics contradict; exit code 1 if there is one.

    With --live: what of the traffic breaks the contracts, by topic and reason, with the first places of each.
    """
    settings, console = read(BusSettings), plain_console(soft_wrap=True)
    if live:
        raise typer.Exit(0 if check_live(settings, seconds, last) else FAILURE)
    if seconds or last:
        raise Trouble("--seconds and --last are for records: give --live too", MISTAKE)
    wrong = topics.check(settings, every_topic()) or contradictions(settings, CHANGELOGS)
    try:
        wrong += rights.differences(settings)
    except RulesHidden as why:
        console.print(f"rights are not compared: {why}")
    if wrong:
        raise Trouble("\n".join(wrong))
    console.print("all topics are as the catalogue says, and hold what the workers' states want next")
