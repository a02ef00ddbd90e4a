"""The ``hemiscan`` command with its subcommands."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from hemiscan._version import __version__
from hemiscan.cli.agree import agree
from hemiscan.cli.analyze import analyze
from hemiscan.cli.bench import bench
from hemiscan.cli.console import print_result
from hemiscan.cli.course import course
from hemiscan.cli.export import export
from hemiscan.cli.live import LIVE_HELP, live
from hemiscan.cli.recover import recover
from hemiscan.cli.review import review
from hemiscan.cli.studio import studio
from hemiscan.cli.study import STUDY_HELP, run, scan
from hemiscan.cli.synth import synth


class _Command(TyperCommand):
    """A command whose flags are shown without a type, which some releases of typer call <bool>."""

    def get_params(self, ctx: Any) -> Any:
        return _without_types(super().get_params(ctx))


class _Group(TyperGroup):
    """The program itself, likewise."""

    def get_params(self, ctx: Any) -> Any:
        return _without_types(super().get_params(ctx))


def _without_types(parameters: Any) -> Any:
    for parameter in parameters:
        if getattr(parameter, "is_flag", False):
            parameter.metavar = ""
    return parameters


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    # print_error shows tracebacks on request, and never the values of local variables.
    pretty_exceptions_enable=False,
)
app.command(cls=_Command)(analyze)
app.command(cls=_Command)(synth)
app.command(cls=_Command)(agree)
app.command(cls=_Command)(course)
app.command(cls=_Command)(export)
app.command(cls=_Command, help=LIVE_HELP)(live)
app.command(cls=_Command)(recover)
app.command(cls=_Command)(review)
app.command(cls=_Command)(studio)
app.command(cls=_Command)(bench)

_study = typer.Typer(cls=_Group, no_args_is_help=True)
_study.command(cls=_Command)(scan)
_study.command(cls=_Command)(run)
app.add_typer(_study, name="study", help=STUDY_HELP)


def _show_version(wanted: bool) -> None:
    if wanted:
        print_result(f"hemiscan {__version__}")
        raise typer.Exit


@app.callback(epilog="hemiscan measures; it makes no diagnosis. Nothing leaves this computer.")
def _hemiscan(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", help="Show the version.", is_eager=True, callback=_show_version
        ),
    ] = False,
) -> None:
    """One-sided facial spasms on video, measured frame by frame and found as episodes."""
