"""Sizes and places of everything that is drawn over a frame."""

from __future__ import annotations

from hemiscan.asymmetry.series import REGIONS
from hemiscan.episodes.events import Side
from hemiscan.overlay._drawing import Box, text_width

_REFERENCE_PX = 720
"""Shorter side of the frame that lengths are given for."""
_LEAST_SHORT_SIDE_PX = 340
"""Smaller frames get lettering as large as this one's, or nobody could read it."""
_LEAST_TEXT_PX = 9
_LEAST_BAR_PX = 16


class FrameLayout:
    """Sizes and places on a frame, all derived from its shorter side.

    Parameters
    ----------
    width, height : int
        Of the frame, in pixels.
    mirrored : bool, optional
        The frame is shown as in a mirror: the subject's left is on its left-hand side.

    Attributes
    ----------
    strip : Box
        The timeline along the lower edge; without height where there is no room for it.
    label_px : int
        Font size of the names of regions.
    has_meters : bool
        Whether there is room for the meters.
    """

    def __init__(self, width: int, height: int, *, mirrored: bool = False) -> None:
        self.width, self.height, self.mirrored = width, height, mirrored
        self._unit = max(min(width, height), _LEAST_SHORT_SIDE_PX) / _REFERENCE_PX
        self.margin, self.gap = self.scaled(14), self.scaled(10)
        strip_px = self.scaled(40)
        if height < 5 * strip_px or width < 6 * strip_px:
            strip_px = 0
        self.strip = Box(0, height - strip_px, width, strip_px)
        self.label_px = max(_LEAST_TEXT_PX, self.scaled(17))
        names = max(text_width(region, self.label_px) for region in REGIONS)
        self.label_width = max(self.scaled(70), names + self.gap)
        self._meter_size = self._fit_meter()
        self.has_meters = (
            self._meter_size[0] >= self.label_width + 2 * self.gap + _LEAST_BAR_PX
            and self._meter_size[1] + 2 * self.margin <= 0.75 * self.strip.top
        )

    def scaled(self, length: float) -> int:
        """Return a length given for a 720p frame in pixels of this one."""
        return max(1, round(length * self._unit))

    def is_on_right(self, side: Side) -> bool:
        """Whether a side of the subject is on the right-hand side of the frame."""
        return (side == "left") != self.mirrored

    def meter(self, side: Side) -> Box:
        """Return the panel of one side's meters, in the lower corner of that side."""
        width, height = self._meter_size
        left = self.width - self.margin - width if self.is_on_right(side) else self.margin
        return Box(left, self.strip.top - self.margin - height, width, height)

    def _fit_meter(self) -> tuple[int, int]:
        """Return the size of a panel: narrower where two of them would meet."""
        width = min(self.scaled(134) + self.label_width, (self.width - 3 * self.margin) // 2)
        least_height = self.scaled(30) + round(2.6 * self.gap) + self.label_px * len(REGIONS)
        return width, max(self.scaled(156), least_height)
