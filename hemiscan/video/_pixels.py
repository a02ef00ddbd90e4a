"""Conversion of decoded frames to upright RGB images of one size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av import VideoFrame

_ITU601 = 5
"""Number of a colour matrix in libswscale (SWS_CS_ITU601)."""

_BT709, _BT601, _BT2020 = 1, 5, 9
"""Numbers of colour matrices in FFmpeg (AVColorSpace); ITU-T H.273 has the same."""

_SWSCALE_MATRICES = {
    0: "RGB",
    _BT709: "BT.709",
    2: "unspecified",
    4: "FCC",
    _BT601: "BT.601",
    6: "BT.601",
    7: "SMPTE 240M",
    _BT2020: "BT.2020",
}
"""Colour matrices that swscale can convert."""

_OTHER_MATRICES = {
    8: "YCgCo",
    10: "BT.2020 with constant luminance",
    11: "SMPTE 2085",
    12: "derived from chromaticity",
    13: "derived from chromaticity with constant luminance",
    14: "ICtCp",
    15: "IPT-C2",
    16: "YCgCo-Re",
    17: "YCgCo-Ro",
}
_LIKE_BT2020 = {10, 14, 15}

_BT601_PRIMARIES = {5, 6}
"""BT.470 BG and SMPTE 170M among FFmpeg's AVColorPrimaries, which number BT.2020 as 9, too."""

_UNSPECIFIED_RANGE = 0
_COLOR_RANGES = {_UNSPECIFIED_RANGE, 1, 2}
"""Unspecified, limited and full."""

_PIXEL_ASPECT_LIMIT = 4.0
"""Pixels stated to be longer than this are taken for a damaged header."""


class _Orientation(NamedTuple):
    """How to turn a stored image upright: first transpose, then flip."""

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False


class FrameConverter:
    """Converts decoded frames to upright, C-contiguous RGB images with square pixels.

    All images have the size of the first one: a frame of another size is scaled
    to fit and centred on black, so that faces keep their proportions.

    Parameters
    ----------
    first : av.VideoFrame
        The clip's first frame; it decides the size and the rotation.
    pixel_aspect : float
        Width of a stored pixel over its height. The shorter side is stretched, so no
        detail is lost.
    mirrored : bool
        Whether to flip every image left-right.
    warnings : list of str
        Gets a line where frames change their size or their colours can only be approximated.
    size : tuple of int, optional
        Width and height of the images, if not those of the first frame.

    Attributes
    ----------
    width, height : int
        Size of every image.
    rotation_deg : int
        Clockwise rotation that makes the images upright: 0, 90, 180 or 270.
    """

    def __init__(
        self,
        first: VideoFrame,
        *,
        pixel_aspect: float,
        mirrored: bool,
        warnings: list[str],
        size: tuple[int, int] | None = None,
    ) -> None:
        from av.video.reformatter import VideoReformatter

        sane = 1 / _PIXEL_ASPECT_LIMIT <= pixel_aspect <= _PIXEL_ASPECT_LIMIT
        self._pixel_aspect = pixel_aspect if sane else 1.0
        self._mirrored = mirrored
        self._warnings = warnings
        self._reformatter = VideoReformatter()
        own_size = self._square_size(first)
        # Of the first frame alone: asking PyAV for side data ties a frame into a reference
        # cycle, so that frames would pile up until the garbage collector runs.
        self._orientation = _orientation(first)
        if self._orientation.transpose:
            own_size = own_size[::-1]
        self.width, self.height = size or own_size
        self.rotation_deg = round(-first.rotation / 90) % 4 * 90

    def convert(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """Return the image of a frame, shape (height, width, 3)."""
        width, height = self._square_size(frame)
        self._state_known_colors(frame)
        rgb = self._reformatter.reformat(
            frame,
            width=width,
            height=height,
            format="rgb24",
            # PyAV before 17 looks at the source's colour matrix and range only if the
            # destination's are stated and differ; RGB has a full range and no matrix.
            src_color_range=frame.color_range,
            dst_color_range="JPEG",
            dst_colorspace=_ITU601,
        )
        image = np.asarray(rgb.to_ndarray(), dtype=np.uint8)
        image = _turn(image, self._orientation, mirrored=self._mirrored)
        if image.shape[:2] != (self.height, self.width):
            self._warn(
                "the frame size changes within the clip: every frame was fitted into "
                f"{self.width}x{self.height}"
            )
            image = fit_image(image, self.width, self.height)
        # A frame that was RGB already is the decoder's own; drawing on it would
        # damage the frames predicted from it.
        if rgb is frame:
            return image.copy()
        return np.ascontiguousarray(image)

    def _state_known_colors(self, frame: VideoFrame) -> None:
        """Put the nearest colour matrix in the place of one that swscale cannot convert."""
        if frame.color_range not in _COLOR_RANGES:
            frame.color_range = _UNSPECIFIED_RANGE
        if frame.colorspace in _SWSCALE_MATRICES or frame.format.is_rgb:
            return
        name = _OTHER_MATRICES.get(frame.colorspace, str(frame.colorspace))
        frame.colorspace = _nearest_matrix(frame)
        nearest = _SWSCALE_MATRICES[frame.colorspace]
        self._warn(
            f"the colours are stored by the matrix {name}, which cannot be converted exactly: "
            f"they were read as {nearest}"
        )

    def _warn(self, text: str) -> None:
        if text not in self._warnings:
            self._warnings.append(text)

    def _square_size(self, frame: VideoFrame) -> tuple[int, int]:
        width, height = frame.width, frame.height
        if self._pixel_aspect > 1:
            return round(width * self._pixel_aspect), height
        return width, max(1, round(height / self._pixel_aspect))


def _nearest_matrix(frame: VideoFrame) -> int:
    """Return the number of the matrix that swscale knows and that fits the primaries best."""
    primaries = getattr(frame, "color_primaries", None)  # PyAV before 17 does not tell
    if frame.colorspace in _LIKE_BT2020 or primaries == _BT2020:
        return _BT2020
    return _BT601 if primaries in _BT601_PRIMARIES else _BT709


def _orientation(frame: VideoFrame) -> _Orientation:
    """Read the display matrix: nine numbers (a b u, c d v, x y w), rows first.

    A stored point (p, q) is shown at (a p + c q, b p + d q), as libavutil/display.h
    says; angles between quarter turns go to the nearest one.
    """
    from av.sidedata.sidedata import Type

    side_data: Any = frame.side_data  # PyAV's stubs know of motion vectors alone
    if Type.DISPLAYMATRIX not in side_data:
        return _Orientation()
    matrix = np.frombuffer(bytes(side_data[Type.DISPLAYMATRIX]), dtype=np.int32)
    a, b, c, d = (int(matrix[index]) for index in (0, 1, 3, 4))
    if abs(b) > abs(a):
        return _Orientation(transpose=True, flip_x=c < 0, flip_y=b < 0)
    return _Orientation(flip_x=a < 0, flip_y=d < 0)


def _turn(
    image: NDArray[np.uint8], orientation: _Orientation, *, mirrored: bool
) -> NDArray[np.uint8]:
    import cv2

    if orientation.transpose:
        image = np.asarray(cv2.transpose(image), dtype=np.uint8)
    flip_x = orientation.flip_x != mirrored
    if not (flip_x or orientation.flip_y):
        return image
    code = -1 if flip_x and orientation.flip_y else int(flip_x)
    return np.asarray(cv2.flip(image, code), dtype=np.uint8)


def fit_image(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Scale an image to fit into a size and centre it on black."""
    import cv2

    scale = min(width / image.shape[1], height / image.shape[0])
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(image, size, interpolation=interpolation)
    canvas = np.zeros((height, width, 3), dtype=np.uint8)
    left, top = (width - size[0]) // 2, (height - size[1]) // 2
    canvas[top : top + size[1], left : left + size[0]] = scaled
    return canvas
