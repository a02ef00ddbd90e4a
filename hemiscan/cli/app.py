"""The ``hemiscan`` command with its subcommands."""

from __future__ import annotations

from typing import Annotated

import typer

from hemiscan._version import __version__
from hemiscan.cli.agree import agree
from hemiscan.cli.analyze import analyze
from hemiscan.cli.bench import bench
from hemiscan.cli.console import print_result
from hemiscan.cli.live import LIVE_HELP, live
from hemiscan.cli.options import flag
from hemiscan.cli.recover import recover
from hemiscan.cli.synth import synth

app = typer.Typer(
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    # print_error shows tracebacks on request, and never the values of local variables.
    pretty_exceptions_enable=False,
)
app.command()(analyze)
app.command()(synth)
app.command()(agree)
app.command(help=LIVE_HELP)(live)
app.command()(recover)
app.command()(bench)


def _show_version(wanted: bool) -> None:
    if wanted:
        print_result(f"hemiscan {__version__}")
        raise typer.Exit


@app.callback(epilog="hemiscan measures; it makes no diagnosis. Nothing leaves this computer.")
def _hemiscan(
    _version: Annotated[
        bool,
        flag("--version", "-V", help="Show the version.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    """One-sided facial spasms on video, measured frame by frame and found as episodes."""
