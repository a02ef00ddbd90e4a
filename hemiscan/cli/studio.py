"""``hemiscan studio``: results in the browser, to be seen, corrected and rated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hemiscan.cli.console import print_line, print_result
from hemiscan.cli.options import wrong_usage

_MAX_PORT = 65535


def studio(
    root: Annotated[
        Path,
        typer.Argument(
            metavar="[RESULT | STUDY | FOLDER]",
            help="Folder that hemiscan analyze or hemiscan study run wrote, or one that holds "
            "clips and such folders.",
            show_default="the current folder",
        ),
    ] = Path(),
    clips: Annotated[
        list[Path] | None,
        typer.Option(
            "--clips",
            metavar="PATH",
            help="A clip, or a folder of clips, that the results are of, where they lie "
            "elsewhere; repeatable.",
            show_default=False,
        ),
    ] = None,
    port: Annotated[
        int,
        typer.Option(
            "--port",
            min=0,
            max=_MAX_PORT,
            help="Where to listen on this computer.",
            show_default="one that is free",
        ),
    ] = 0,
    host: Annotated[
        str | None,
        typer.Option(
            "--host",
            metavar="NAME",
            help="Serve other computers too, a tablet with a camera for example: the name or "
            "address under which they reach this one. Needs --tls-cert and --tls-key.",
            show_default="this computer alone",
        ),
    ] = None,
    tls_cert: Annotated[
        Path | None,
        typer.Option(
            "--tls-cert", metavar="FILE", help="Certificate of that name.", show_default=False
        ),
    ] = None,
    tls_key: Annotated[
        Path | None,
        typer.Option("--tls-key", metavar="FILE", help="Its private key.", show_default=False),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")
    ] = True,
) -> None:
    """See an episode, slowly; move its edges, reject it, say why: in the browser.

    The page is served by this computer to this computer alone unless --host is given, to
    whoever has the printed address. Reviews are kept beside the results, which stay as they are.
    Ctrl-C ends it.
    """
    from hemiscan.studio import check_host, serve_studio

    try:
        check_host(host, tls_cert, tls_key)
    except ValueError as error:
        raise wrong_usage(f"--host, --tls-cert and --tls-key: {error}") from None

    def show(address: str) -> None:
        print_result(address)
        print_line("Ctrl-C ends the studio.")
        if browser:
            import webbrowser

            webbrowser.open(address)

    serve_studio(
        root,
        clips=clips or (),
        port=port,
        host=host,
        tls_cert=tls_cert,
        tls_key=tls_key,
        on_ready=show,
    )
