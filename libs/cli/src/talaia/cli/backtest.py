"""`talaia backtest`: a service's worker over a whole recording, without a bus."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from talaia.cli.city import folder_of
from talaia.cli.plain import plain_console
from talaia.cli.services import installed
from talaia.cli.trouble import MISTAKE, Trouble
from talaia.stream.service import Advance, Service


def backtest(
    name: Annotated[str, typer.Argument(metavar="SERVICE", help="The service whose worker is to run.")],
    recording: Annotated[Path, typer.Argument(metavar="PATH", help="Folder or file of the recording.")],
    out: Annotated[Path, typer.Option(help="Folder for the results; made when missing.")],
    city: Annotated[str | None, typer.Option(help="City whose configuration counts instead of the recording's.")] = None,
    against: Annotated[
        Path | None, typer.Option(help="Another configuration: what difference it would have made (alerts: alarms.toml).")
    ] = None,
) -> None:
    """Run a service over a recording as fast as it goes and write what it said to a folder."""
    tested = installed([name])[name]
    folder = folder_of(city) if city is not None else None
    console = plain_console(stderr=True)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            bar = progress.add_task(f"{name}: {recording}", total=1.0)
            rejected = _run(tested, recording, out, folder, against, lambda share: progress.update(bar, completed=share))
    except (ValueError, OSError) as error:
        raise Trouble(str(error), MISTAKE) from None
    aside = f"; {rejected:,} rejected, its rejected files say why" if rejected else ""
    console.print(f"written to {out}{aside}")


def _run(tested: Service, recording: Path, out: Path, folder: Path | None, against: Path | None, advance: Advance) -> int:
    if against is None:
        return tested.backtest(recording, out, folder, advance)
    return tested.compare(recording, out, folder, against, advance)
