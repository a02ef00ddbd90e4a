"""The studio's server: on loopback alone, and for those who have the printed address."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hemiscan.errors import HemiscanError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_LOOPBACK = "127.0.0.1"
_STATIC = Path(__file__).parent / "static"
_GRACE_S = 2
"""How long answers that are under way may take when the server is stopped."""


def serve_studio(
    root: str | Path,
    *,
    clips: Sequence[str | Path] = (),
    port: int = 0,
    on_ready: Callable[[str], object] | None = None,
) -> None:
    """Serve the studio until Ctrl-C.

    Parameters
    ----------
    root : str or Path
        A folder of results, of a study, or of clips and results.
    clips : sequence of str or Path, optional
        Clips, and folders of clips, that the results may be of, beside those in ``root``.
    port : int, optional
        Where to listen; by default one that is free.
    on_ready : callable, optional
        Called with the address, token included, once the server listens.

    Raises
    ------
    HemiscanError
        If the folder is none, the port is taken, or what is needed is not installed.
    """
    try:
        import starlette  # noqa: F401
        import uvicorn
    except ImportError as error:
        raise HemiscanError(
            f"the studio needs {error.name}: pip install 'hemiscan[studio]'"
        ) from error
    from hemiscan.studio._api import Api
    from hemiscan.studio._library import Library

    api = Api(Library(Path(root), tuple(Path(clip) for clip in clips)))
    token = secrets.token_urlsafe(24)
    with _listen(port) as listener:
        port = listener.getsockname()[1]
        config = uvicorn.Config(
            make_app(api, token=token, port=port),
            access_log=False,
            log_level="error",
            lifespan="off",
            server_header=False,
            date_header=False,
            ws="none",
            timeout_graceful_shutdown=_GRACE_S,
        )
        if on_ready is not None:
            on_ready(_address(port, token))  # it listens already; whoever comes waits
        try:
            uvicorn.Server(config).run([listener])
        finally:
            api.close()


def make_app(api: object, *, token: str, port: int) -> ASGIApp:
    """Return the application: the guard before the answers and the page's own files.

    Parameters
    ----------
    api : Api
    token : str
        The secret in the printed address.
    port : int
        Where it listens.
    """
    import mimetypes

    from starlette.applications import Starlette
    from starlette.responses import FileResponse, Response
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles

    from hemiscan.studio._api import UPLOAD_PATH, Api
    from hemiscan.studio._guard import Guard

    assert isinstance(api, Api)
    # Windows takes the types of files from its registry, where anything may stand.
    mimetypes.add_type("text/javascript", ".js")

    async def page(_: object) -> Response:
        return FileResponse(_STATIC / "index.html", media_type="text/html")

    routes = [
        Route("/", page),
        Mount("/static", StaticFiles(directory=_STATIC, check_dir=False)),
        *api.routes(),
    ]
    hosts = (f"{_LOOPBACK}:{port}", f"localhost:{port}")
    return Guard(Starlette(routes=routes), token, hosts, upload_paths=(UPLOAD_PATH,))


def _address(port: int, token: str) -> str:
    return f"http://{_LOOPBACK}:{port}/?token={token}"


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":
        # Else a port just left is refused for a minute; on Windows it would let others in.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_LOOPBACK, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise HemiscanError(
            f"port {port} cannot be used ({error.strerror}); choose another one, or none"
        ) from error
    return listener
