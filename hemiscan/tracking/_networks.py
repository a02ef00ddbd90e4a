"""TensorFlow Lite networks run by LiteRT; the network from a face's crop to its landmarks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from hemiscan.errors import ModelError
from hemiscan.models.bundle import (
    ADVICE,
    LANDMARK_NETWORK,
    WIDE_LANDMARK_NETWORK,
    ModelBundle,
    read_packaged,
)
from hemiscan.tracking._crop_region import Cropper, CropRegion
from hemiscan.tracking._runtime import quiet_stderr
from hemiscan.tracking.track import N_LANDMARKS


class _Closable(Protocol):
    def close(self) -> None: ...


_Network = TypeVar("_Network", bound=_Closable)

CROP_SIZE = 256
"""Width and height of the image that the landmark network takes."""


class LitertNetwork:
    """A network from one image to tensors, on one core.

    It lets other threads run while it works; each thread needs one of its own.

    Parameters
    ----------
    content : bytes
        The network as TensorFlow Lite.
    name : str
        File it comes from, for error messages.
    size : int
        Width and height of the image that the network takes.
    outputs : tuple of int
        Number of values of each output that is used, in their order.

    Raises
    ------
    ModelError
        If the network cannot be loaded, or has another input or other outputs.
    """

    def __init__(self, content: bytes, *, name: str, size: int, outputs: tuple[int, ...]) -> None:
        self._interpreter: Any = _load_interpreter(content, name)
        taken = self._interpreter.get_input_details()[0]
        given = self._interpreter.get_output_details()
        n_values = tuple(int(np.prod(output["shape"])) for output in given)
        if (
            tuple(taken["shape"]) != (1, size, size, 3)
            or taken["dtype"] is not np.float32
            or n_values[: len(outputs)] != outputs
        ):
            raise ModelError(
                f"{name}: is another network than its name says, with input "
                f"{tuple(map(int, taken['shape']))} and outputs of {n_values} values; {ADVICE}"
            )
        self._input: Any = self._interpreter.tensor(taken["index"])
        self._outputs = [output["index"] for output in given[: len(outputs)]]

    def run(self, image: NDArray[np.uint8], *, black: float) -> list[NDArray[np.float32]]:
        """Return the outputs of the network for an image.

        Parameters
        ----------
        image : ndarray of uint8, shape (size, size, 3)
            RGB.
        black : float
            The network's value for black; white is 1.

        Returns
        -------
        list of ndarray of float32
            In the order of the model.
        """
        values = self._input()[0]
        np.multiply(image, np.float32((1.0 - black) / 255.0), out=values)
        if black:
            values += np.float32(black)
        del values  # LiteRT refuses to run while its memory is held
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]

    def close(self) -> None:
        """Free the network; a second call does nothing."""
        self._input = self._interpreter = None


class LandmarkNetwork:
    """Crop and landmark network of mediapipe's Face Landmarker, without its detector.

    For frames in which it is known where the face is. Each thread needs one of its own.

    Parameters
    ----------
    model : ModelBundle
        Where the network comes from.

    Raises
    ------
    ModelError
        If LiteRT cannot load it.
    """

    def __init__(self, model: ModelBundle) -> None:
        if model.is_packaged:
            content, name = read_packaged(WIDE_LANDMARK_NETWORK), WIDE_LANDMARK_NETWORK
        else:
            content = model.networks[LANDMARK_NETWORK]
            name = f"{model.path}: {LANDMARK_NETWORK}"
        self._network = LitertNetwork(
            content, name=name, size=CROP_SIZE, outputs=(N_LANDMARKS * 3, 1)
        )
        self._cropper = Cropper(CROP_SIZE)

    def landmarks(
        self, image: NDArray[np.uint8], region: CropRegion
    ) -> tuple[NDArray[np.float32], float]:
        """Return the landmarks of the face in a region of a frame.

        Parameters
        ----------
        image : ndarray of uint8, shape (height, width, 3)
            The frame, RGB.
        region : CropRegion
            Where the face is: the detector's `FaceBox.region`, or
            `CropRegion.around_face` of the frame before.

        Returns
        -------
        landmarks : ndarray of float32, shape (478, 3)
            x, y, z in pixels of the frame, as in `FaceTrack`; meaningless where there is
            no face.
        presence : float
            Confidence in 0..1 that there is one.
        """
        crop = self._cropper.crop(image, region)
        points, logit = self._network.run(crop, black=0.0)
        height, width = image.shape[:2]
        landmarks = region.to_frame(
            points.reshape(N_LANDMARKS, 3) / CROP_SIZE, frame_width=width, frame_height=height
        )
        return landmarks, float(expit(logit.item()))

    def close(self) -> None:
        """Free the network; a second call does nothing."""
        self._network.close()


class NetworkPool(Generic[_Network]):
    """Networks of one kind; each thread that works needs one of its own.

    Parameters
    ----------
    create : callable
        Makes one.
    """

    def __init__(self, create: Callable[[], _Network]) -> None:
        self._create = create
        self._idle: SimpleQueue[_Network] = SimpleQueue()
        self._idle.put(create())

    @contextmanager
    def lend(self) -> Iterator[_Network]:
        """Lend a network that no other thread uses meanwhile."""
        try:
            network = self._idle.get_nowait()
        except Empty:
            network = self._create()
        try:
            yield network
        finally:
            self._idle.put(network)

    def close(self) -> None:
        """Free the networks; a second call does nothing."""
        while not self._idle.empty():
            self._idle.get().close()


def _load_interpreter(content: bytes, name: str) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    try:
        with quiet_stderr():
            interpreter = Interpreter(model_content=content, num_threads=1)
            interpreter.allocate_tensors()
    except (RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(f"{name}: LiteRT cannot load this network ({reason}); {ADVICE}") from error
    return interpreter
