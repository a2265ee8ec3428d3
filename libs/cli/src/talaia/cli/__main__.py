"""The `talaia` command: one module a verb."""

import logging
import sys

import typer

from talaia.cli import city, topics
from talaia.cli.backtest import backtest
from talaia.cli.demo.verb import demo
from talaia.cli.doctor.verb import doctor
from talaia.cli.kafka import KafkaUnavailable
from talaia.cli.new_service.verb import new_service
from talaia.cli.plain import plain_console
from talaia.cli.rebuild import rebuild
from talaia.cli.rejects.verb import app as rejects
from talaia.cli.replay.verb import replay
from talaia.cli.settings import settings
from talaia.cli.status.verb import status
from talaia.cli.tail.verb import tail
from talaia.cli.trouble import FAILURE, MISTAKE, Trouble
from talaia.cli.up.verb import up
from talaia.stream.environment import SettingsRefused
from talaia.stream.stopping import Stop
from talaia.stream.topics import TopicsRefused
from talaia.stream.unavailable import BusUnavailable

app = typer.Typer(
    help="Talaia on this machine: the whole of it, its topics, its cities, its recordings.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(demo)
app.command()(up)
app.command()(replay)
app.command()(backtest)
app.command()(rebuild)
app.command()(settings)
app.command()(doctor)
app.command()(new_service)
app.command()(status)
app.command()(tail)
app.add_typer(topics.app, name="topics")
app.add_typer(city.app, name="city")
app.add_typer(rejects, name="rejects")


def main() -> None:
    """Run a verb; trouble is told in one sentence on stderr, with an exit code that is not 0."""
    # the clients' own words on lost connections are for developers; what matters is told as trouble
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        app()
    except Trouble as trouble:
        _say(str(trouble))
        sys.exit(trouble.code)
    except (BusUnavailable, KafkaUnavailable, TopicsRefused, Stop) as trouble:
        _say(str(trouble))
        sys.exit(FAILURE)
    except SettingsRefused as wrong:
        _say(str(wrong))
        sys.exit(MISTAKE)
    except OSError as error:
        _say(f"{error.filename or 'the system'}: {error.strerror or type(error).__name__}")
        sys.exit(FAILURE)


def _say(trouble: str) -> None:
    plain_console(stderr=True).print(f"talaia: {trouble}", style="red", soft_wrap=True)


if __name__ == "__main__":
    main()
