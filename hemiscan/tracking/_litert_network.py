"""Running one network of the Face Landmarker bundle with LiteRT."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hemiscan.errors import ModelError
from hemiscan.tracking._quiet import quiet_stderr

_MAX_LOGIT = 80.0  # beyond it float32 overflows, and nothing changes any more


class LitertNetwork:
    """A network that takes one picture, on one core.

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
        taken = self._interpreter.get_input_details()[0]
        if tuple(taken["shape"]) != (1, size, size, 3) or taken["dtype"] is not np.float32:
            raise ModelError(
                f"{bundle}: {member} does not take pictures of {size} x {size}; "
                "give a Face Landmarker bundle, or none to use the packaged one"
            )
        self._input: Any = self._interpreter.tensor(taken["index"])
        self._outputs = [output["index"] for output in self._interpreter.get_output_details()]

    def run(self, picture: NDArray[np.uint8], *, black: float) -> list[NDArray[np.float32]]:
        """Return the outputs of the network for a picture.

        Parameters
        ----------
        picture : ndarray of uint8, shape (size, size, 3)
            RGB.
        black : float
            What the network takes black to be; white is 1.

        Returns
        -------
        list of ndarray of float32
            In the order of the model.
        """
        values = self._input()[0]
        np.multiply(picture, np.float32((1.0 - black) / 255.0), out=values)
        if black:
            values += np.float32(black)
        del values  # LiteRT refuses to run while its memory is held
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]

    def close(self) -> None:
        """Free the network; a second call does nothing."""
        self._input = self._interpreter = None


def compute_probability(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the probabilities that log odds stand for.

    Parameters
    ----------
    logits : ndarray of float32
        As the networks give them.

    Returns
    -------
    ndarray of float32
        In 0..1, of the same shape.
    """
    bounded = np.clip(logits, -_MAX_LOGIT, _MAX_LOGIT)
    return np.asarray(1 / (1 + np.exp(-bounded)), dtype=np.float32)


def _load_interpreter(bundle: Path, member: str) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    try:
        with zipfile.ZipFile(bundle) as archive:
            content = archive.read(member)
        with quiet_stderr():
            interpreter = Interpreter(model_content=content, num_threads=1)
            interpreter.allocate_tensors()
    except (OSError, KeyError, zipfile.BadZipFile, RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(
            f"{bundle}: LiteRT cannot load {member} ({reason}); "
            "give a Face Landmarker bundle, or none to use the packaged one"
        ) from error
    return interpreter
