"""How the ``hemiscan`` command begins and ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

from hemiscan.cli.stopping import Stopped, heed_signals, stop_if_asked
from hemiscan.errors import OutputError


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code.

    0 done; 1 the input or the analysis failed, or the result could not be printed; 2 wrong
    usage; 130 stopped by Ctrl-C, 143 by SIGTERM (128 and the number of the signal).

    Parameters
    ----------
    args : sequence of str, optional
        Arguments after the name of the program; those of this process if not given.
    """
    # Loading the commands takes long enough to be interrupted.
    with heed_signals(leaving=args is None):
        code = _run(args)
    sys.exit(code)


def _run(args: Sequence[str] | None) -> int:
    from hemiscan.cli.streams import prepare_streams, write_error, write_output

    prepare_streams()
    from hemiscan.cli.console import print_error, print_line

    try:
        from hemiscan.cli.app import app

        stop_if_asked()
        app(args, prog_name="hemiscan")
        code = 0
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 0
    except (Stopped, KeyboardInterrupt) as stopped:
        print_line("stopped; files finished before are kept, none is half-written")
        code = stopped.exit_code if isinstance(stopped, Stopped) else 130
    except OSError as error:
        # Of the streams that typer writes help and wrong usage to: hemiscan's own have names.
        code = getattr(error.__context__, "exit_code", 1)
    except Exception as error:
        print_error(error)
        code = 1
    try:
        write_output("", end="")
    except OutputError as error:
        print_error(error)
        code = code or 1
    write_error("", end="")
    return code
