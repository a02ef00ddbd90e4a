from .server import check_host, make_app, serve_studio

__all__ = ["check_host", "make_app", "serve_studio"]
