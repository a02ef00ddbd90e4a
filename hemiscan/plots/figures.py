"""Figures in hemiscan's own style, whatever matplotlib is set to elsewhere."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

if TYPE_CHECKING:
    from matplotlib.backend_bases import RendererBase

_is_active: ContextVar[bool] = ContextVar("house_style", default=False)

_SETTINGS: dict[Any, Any] = {
    # Text stays text, to be searched, read aloud and edited.
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    # The names of parts are made of their content alone, so that a file is always the same.
    "svg.hashsalt": "hemiscan",
}
_UNDATED: dict[str, dict[str, Any]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
"""Metadata without the time of writing, by format."""


@contextmanager
def house_style() -> Iterator[None]:
    """Draw with matplotlib's defaults: no personal ``matplotlibrc``, style or TeX has a say.

    The settings are put back at the end. Also a decorator.
    """
    # To set some three hundred settings takes 5 ms, and a timeline has three dozen parts.
    if _is_active.get():
        yield
        return
    token = _is_active.set(True)
    try:
        with mpl.rc_context():
            mpl.rcdefaults()
            mpl.rcParams.update(_SETTINGS)
            yield
    finally:
        _is_active.reset(token)


class HouseFigure(Figure):
    """A figure that is drawn in `house_style` whenever that happens, and shows itself in notebooks.

    Its files hold no date: the same figure gives the same bytes.
    """

    def draw(self, renderer: RendererBase) -> None:
        """Draw all artists."""
        with house_style():
            super().draw(renderer)

    def savefig(
        self,
        fname: Any,
        *,
        extent_in: tuple[float, float, float, float] | None = None,
        **kwargs: Any,
    ) -> None:
        """Save the figure.

        Parameters
        ----------
        fname : str, Path or binary file
        extent_in : tuple of float, optional
            Left, bottom, right and top of the part to save, in inches; all of it without.
        **kwargs
            See `matplotlib.figure.Figure.savefig`.
        """
        if extent_in is not None:
            kwargs["bbox_inches"] = Bbox.from_extents(*extent_in)
        with house_style():
            suffix = Path(fname).suffix[1:] if isinstance(fname, (str, Path)) else ""
            format_ = str(kwargs.get("format") or suffix or "png").lower()
            metadata = {**_UNDATED.get(format_, {}), **(kwargs.pop("metadata", None) or {})}
            super().savefig(fname, metadata=metadata, **kwargs)

    def png_uri(self, **kwargs: Any) -> str:
        """Return the figure as a picture inside a data URI, to stand in a page.

        Parameters
        ----------
        **kwargs
            As for `savefig`.
        """
        return f"data:image/png;base64,{b64encode(self._png(**kwargs)).decode('ascii')}"

    def _repr_png_(self) -> bytes:
        return self._png(dpi=100)

    def _png(self, **kwargs: Any) -> bytes:
        image = BytesIO()
        self.savefig(image, format="png", **kwargs)
        return image.getvalue()


def make_figure(width_in: float, height_in: float, **kwargs: Any) -> HouseFigure:
    """Return an empty white figure.

    It is not made by pyplot, which would keep it and open windows: nothing has to be closed.
    """
    figure = HouseFigure(figsize=(width_in, height_in), dpi=150, facecolor="white", **kwargs)
    FigureCanvasAgg(figure)
    return figure
