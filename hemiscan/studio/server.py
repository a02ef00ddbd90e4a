"""The studio's server: on loopback unless told otherwise, for those who have the address."""

from __future__ import annotations

import os
import secrets
import socket
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hemiscan.errors import HemiscanError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_LOOPBACK = "127.0.0.1"
_HTTPS_PORT = 443
_STATIC = Path(__file__).parent / "static"
_GRACE_S = 2
"""How long answers that are under way may take when the server is stopped."""


def serve_studio(
    root: str | Path,
    *,
    clips: Sequence[str | Path] = (),
    port: int = 0,
    host: str | None = None,
    tls_cert: str | Path | None = None,
    tls_key: str | Path | None = None,
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
    host : str, optional
        Name or address under which other computers reach this one, for a camera page there.
        Without it the studio is for this computer alone; with it, a certificate and its key
        are needed, and everything goes over TLS.
    tls_cert, tls_key : str or Path, optional
        Files in PEM form: the certificate (chain) of ``host``, and its private key.
    on_ready : callable, optional
        Called with the address, token included, once the server listens.

    Raises
    ------
    HemiscanError
        If the folder is none, the port is taken, the certificate cannot be used, or what is
        needed is not installed.
    ValueError
        If ``host`` is given without a certificate and its key, or the other way round, or
        stands for all addresses of this computer.
    """
    check_host(host, tls_cert, tls_key)
    try:
        import starlette  # noqa: F401
        import uvicorn
        import websockets  # noqa: F401
    except ImportError as error:
        raise HemiscanError(
            f"the studio needs {error.name}: pip install 'hemiscan[studio]'"
        ) from error
    from hemiscan.studio._api import Api
    from hemiscan.studio._camera import MAX_MESSAGE_BYTES
    from hemiscan.studio._library import Library

    api = Api(Library(Path(root), tuple(Path(clip) for clip in clips)))
    token = secrets.token_urlsafe(24)
    if tls_cert is not None and tls_key is not None:
        _check_certificate(Path(tls_cert), Path(tls_key))
    with _listen(port, host or _LOOPBACK) as listener:
        port = listener.getsockname()[1]
        config = uvicorn.Config(
            make_app(api, token=token, port=port, host=host),
            access_log=False,
            log_level="error",
            lifespan="off",
            server_header=False,
            date_header=False,
            ws="websockets-sansio",
            ws_max_size=MAX_MESSAGE_BYTES,
            ws_per_message_deflate=False,  # pictures are compressed
            timeout_graceful_shutdown=_GRACE_S,
            ssl_certfile=tls_cert,
            ssl_keyfile=tls_key,
        )
        if on_ready is not None:
            on_ready(_address(port, token, host))  # it listens already; whoever comes waits
        try:
            uvicorn.Server(config).run([listener])
        finally:
            api.close()


def check_host(host: str | None, tls_cert: str | Path | None, tls_key: str | Path | None) -> None:
    """Make sure that other computers are served over TLS or not at all.

    Raises
    ------
    ValueError
        See `serve_studio`.
    """
    if host is None and tls_cert is None and tls_key is None:
        return
    if host is None or tls_cert is None or tls_key is None:
        raise ValueError("host, tls_cert and tls_key must be given together, or none of them")
    if host in ("", "0.0.0.0", "::", "*"):
        raise ValueError(
            "host must be the name or address under which others reach this computer, not all "
            "of its addresses"
        )


def make_app(api: object, *, token: str, port: int, host: str | None = None) -> ASGIApp:
    """Return the application: the guard before the answers and the page's own files.

    Parameters
    ----------
    api : Api
    token : str
        The secret in the printed address.
    port : int
        Where it listens.
    host : str, optional
        Under which other computers reach it, over TLS; only this one, and without, if not given.
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
    names = (_LOOPBACK, "localhost") if host is None else (_bracketed(host).lower(),)
    hosts = tuple(f"{name}:{port}" for name in names)
    if host is not None and port == _HTTPS_PORT:
        hosts += names  # browsers leave it out
    return Guard(
        Starlette(routes=routes),
        token,
        hosts,
        upload_paths=(UPLOAD_PATH,),
        scheme="http" if host is None else "https",
    )


def _address(port: int, token: str, host: str | None) -> str:
    place = f"http://{_LOOPBACK}" if host is None else f"https://{_bracketed(host)}"
    return f"{place}:{port}/?token={token}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _check_certificate(cert: Path, key: Path) -> None:
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(cert, key)
    except OSError as error:  # as are the errors of ssl
        raise HemiscanError(
            f"{cert} and {key} cannot be used as certificate and key ({error}); give both in PEM "
            "form, the key without a password"
        ) from error


def _listen(port: int, host: str = _LOOPBACK) -> socket.socket:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise HemiscanError(f"{host}: is no name or address of this computer") from error
    listener = socket.socket(family, socket.SOCK_STREAM)
    if os.name == "posix":
        # Else a port just left is refused for a minute; on Windows it would let others in.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise HemiscanError(
            f"port {port} of {host} cannot be used ({error.strerror}); choose another one, or none"
        ) from error
    return listener
