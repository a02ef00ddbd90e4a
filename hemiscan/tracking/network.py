"""Running one network of the Face Landmarker bundle with LiteRT."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hemiscan.errors import ModelError


class Network:
    """A network with one picture as input, on one core.

    It lets other threads run while it works; each thread needs one of its own.

    Parameters
    ----------
    bundle : Path
        A Face Landmarker bundle.
    member : str
        Name of the network in it.
    size : int
        Width and height of the picture that the network takes.

    Raises
    ------
    ModelError
        If the network cannot be loaded or takes another input.
    """

    def __init__(self, bundle: Path, member: str, *, size: int) -> None:
        self._interpreter: Any = _load_interpreter(bundle, member)
        (taken,) = self._interpreter.get_input_details()
        if tuple(taken["shape"]) != (1, size, size, 3) or taken["dtype"] is not np.float32:
            raise ModelError(
                f"{bundle}: {member} takes an input of shape {tuple(taken['shape'])}, not a "
                f"picture of {size} x {size}; give a Face Landmarker bundle"
            )
        self._input = self._interpreter.tensor(taken["index"])
        self._outputs = [output["index"] for output in self._interpreter.get_output_details()]

    def run(
        self, picture: NDArray[np.uint8], *, low: float, high: float
    ) -> list[NDArray[np.float32]]:
        """Return the outputs of the network for a picture.

        Parameters
        ----------
        picture : ndarray of uint8, shape (size, size, 3)
            RGB.
        low, high : float
            What the network takes black and white to be.

        Returns
        -------
        list of ndarray of float32
            In the order of the model.
        """
        values = self._input()[0]
        np.multiply(picture, np.float32((high - low) / 255), out=values)
        if low:
            values += np.float32(low)
        del values  # LiteRT refuses to run while somebody holds its memory
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]


def _load_interpreter(bundle: Path, member: str) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    try:
        with zipfile.ZipFile(bundle) as archive:
            content = archive.read(member)
        interpreter = Interpreter(model_content=content, num_threads=1)
        interpreter.allocate_tensors()
    except (OSError, KeyError, zipfile.BadZipFile, RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(
            f"{bundle}: {member} cannot be loaded ({reason}); "
            "give a Face Landmarker bundle, or none to use the packaged one"
        ) from error
    return interpreter
