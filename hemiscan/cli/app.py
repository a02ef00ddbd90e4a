"""The ``hemiscan`` command and how it ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from hemiscan._version import __version__
from hemiscan.cli.agree import agree
from hemiscan.cli.analyze import analyze
from hemiscan.cli.bench import bench
from hemiscan.cli.console import make_tolerant, print_error, print_line, print_result
from hemiscan.cli.live import LIVE_HELP, live
from hemiscan.cli.recover import recover
from hemiscan.cli.stopping import Stopped, stop_on_signals
from hemiscan.cli.synth import synth

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
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
        typer.Option("--version", help="Show the version.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    """One-sided facial spasms on video, measured frame by frame and found as episodes."""


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code.

    0 done; 1 the input or the analysis failed; 2 wrong usage; 130 stopped by Ctrl-C,
    143 by SIGTERM (128 and the number of the signal).

    Parameters
    ----------
    args : sequence of str, optional
        Arguments after the name of the program; those of this process if not given.
    """
    make_tolerant(sys.stdout)
    make_tolerant(sys.stderr)
    try:
        with stop_on_signals():
            app(args, prog_name="hemiscan")
    except Stopped as stopped:
        print_line("stopped; files finished before are kept, none is half-written")
        sys.exit(stopped.exit_code)
    except Exception as error:
        print_error(error)
        sys.exit(1)
    sys.exit(0)
