from .server import make_app, serve_studio

__all__ = ["make_app", "serve_studio"]
