"""`talaia topics`: the topics of the catalogue on the broker."""

import typer
from rich.console import Console

from talaia.cli.trouble import Trouble
from talaia.contracts.catalogue import CHANGELOGS, every_topic
from talaia.stream import topics
from talaia.stream.changelogs import contradictions
from talaia.stream.environment import read
from talaia.stream.settings import BusSettings

app = typer.Typer(help="Make the broker's topics what the catalogue says, or compare them.", no_args_is_help=True)


@app.command()
def apply() -> None:
    """Create missing topics and correct settings; refuses to change the number of partitions."""
    applied = topics.apply(read(BusSettings), every_topic())
    console = Console()
    for name in applied.created:
        console.print(f"created {name}", highlight=False)
    for name in applied.changed:
        console.print(f"corrected {name}", highlight=False)
    if applied == ((), ()):
        console.print("all topics are as the catalogue says", highlight=False)


@app.command()
def check() -> None:
    """Tell every difference from the catalogue, and every state that its topics contradict; exit code 1 if there is one."""
    settings = read(BusSettings)
    wrong = topics.check(settings, every_topic()) or contradictions(settings, CHANGELOGS)
    if wrong:
        raise Trouble("\n".join(wrong))
    Console().print("all topics are as the catalogue says, and hold what the workers' states want next", highlight=False)
