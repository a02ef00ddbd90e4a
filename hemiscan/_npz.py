"""Reading NumPy ``.npz`` files that anybody may have made.

Nothing is unpickled, and nothing is allocated before the file's own headers have shown that it
holds what is expected, in the size that it claims.
"""

from __future__ import annotations

import math
import shutil
import struct
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

MAX_TEXT = 1_000_000
"""Characters of a text, at most."""

_MAX_DEFLATE_RATIO = 1032
"""Deflate cannot pack more than this many bytes into one."""

_SLACK_BYTES = 4096  # of a short member; the ratio is that of long ones
_BLOCK_BYTES = 1 << 20
_LOCAL_HEADER_BYTES = 30  # of a member, before its name
_ENCRYPTED = 0x1  # of a member's flags

# What zipfile, its decompressors and the parser of array headers raise for damaged files.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    SyntaxError,
    tokenize.TokenError,
    RuntimeError,
    struct.error,
    OverflowError,
    MemoryError,
    UserWarning,
)


class NpzError(ValueError):
    """A ``.npz`` file is damaged or does not hold what it should; the file is not named."""


@dataclass(frozen=True)
class ArraySpec:
    """Type and shape that an array of a file must have.

    Attributes
    ----------
    dtype : dtype
        Exactly this one; ``"U"`` for a text of up to `MAX_TEXT` characters.
    shape : tuple of int or str
        Length of each axis. Axes of one name are equally long, whatever their length.
    is_optional : bool
        Whether the file may lack it.
    """

    dtype: DTypeLike
    shape: tuple[int | str, ...] = ()
    is_optional: bool = False


@dataclass(frozen=True)
class _Member:
    info: zipfile.ZipInfo
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    order: Literal["C", "F"]
    header_bytes: int


def read_npz(path: Path, specs: Mapping[str, ArraySpec]) -> dict[str, NDArray[Any]]:
    """Read arrays from a ``.npz`` file after checking the headers of all of them.

    Parameters
    ----------
    path : Path
        The file, written by `numpy.savez` or `numpy.savez_compressed`.
    specs : mapping of str to ArraySpec
        The arrays to read, by name. Others in the file are left alone.

    Returns
    -------
    dict of str to ndarray
        All that are not optional or that the file holds.

    Raises
    ------
    NpzError
        If the file is no such file, is damaged, or an array is missing or other than specified.
    OSError
        If the file cannot be read.
    """
    n_bytes = path.stat().st_size
    with path.open("rb") as file, _telling("it"), zipfile.ZipFile(file) as archive:
        members = {
            name: _read_header(archive, name, spec, n_bytes)
            for name, spec in specs.items()
            if not (spec.is_optional and f"{name}.npy" not in archive.namelist())
        }
        _check_shapes(members, specs)
        return {name: _read_array(archive, name, member) for name, member in members.items()}


def map_npz(path: Path, name: str, spec: ArraySpec) -> NDArray[Any]:
    """Open an array of a ``.npz`` file without reading it.

    Parameters
    ----------
    path : Path
        The file, written by `numpy.savez`.
    name : str
        Of the array.
    spec : ArraySpec
        What it must be.

    Returns
    -------
    ndarray
        Read-only; what is used of it is read from the file.

    Raises
    ------
    NpzError
        As by `read_npz`; also if the array is compressed.
    OSError
        If the file cannot be read.
    """
    n_bytes = path.stat().st_size
    with path.open("rb") as file, _telling("it"), zipfile.ZipFile(file) as archive:
        member = _read_header(archive, name, spec, n_bytes)
        _check_shapes({name: member}, {name: spec})
        if member.info.compress_type != zipfile.ZIP_STORED:
            raise NpzError(f"{name} is compressed")
        file.seek(member.info.header_offset)
        local = file.read(_LOCAL_HEADER_BYTES)
        name_bytes, extra_bytes = struct.unpack("<HH", local[-4:])
        start = member.info.header_offset + len(local) + name_bytes + extra_bytes
        return np.memmap(
            path,
            dtype=member.dtype,
            mode="r",
            offset=start + member.header_bytes,
            shape=member.shape,
            order=member.order,
        )


def copy_npz(path: Path, copy: Path, changed: Mapping[str, NDArray[Any]]) -> None:
    """Write a ``.npz`` file once more with some arrays in place of its own.

    Parameters
    ----------
    path : Path
        The file, written by `numpy.savez`. Its other arrays are copied as they are, piece by
        piece, so that it need not fit into memory.
    copy : Path
        The file to write.
    changed : mapping of str to ndarray
        The others, by name.

    Raises
    ------
    NpzError
        As by `read_npz`.
    OSError
        If the file cannot be read, or the other one not be written.
    """
    with (
        _telling("it"),
        zipfile.ZipFile(path) as archive,
        zipfile.ZipFile(copy, "w") as copied,
    ):
        for info in archive.infolist():
            with copied.open(info.filename, "w", force_zip64=True) as target:
                array = changed.get(info.filename.removesuffix(".npy"))
                if array is not None:
                    np.lib.format.write_array(target, array, allow_pickle=False)
                else:
                    with archive.open(info) as source:
                        shutil.copyfileobj(source, target, _BLOCK_BYTES)


@contextmanager
def _telling(what: str) -> Iterator[None]:
    """Turn whatever is wrong with a part of the file into an `NpzError` of one line."""
    try:
        yield
    except NpzError:
        raise
    except MemoryError as error:
        raise NpzError(f"{what} does not fit into memory") from error
    except _DAMAGE as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise NpzError(f"{what} cannot be read ({reason})") from error


def _read_header(archive: zipfile.ZipFile, name: str, spec: ArraySpec, file_bytes: int) -> _Member:
    """Return what the headers say of an array, if it can be true and is as specified."""
    try:
        info = archive.getinfo(f"{name}.npy")
    except KeyError:
        raise NpzError(f"it holds no {name}") from None
    if info.flag_bits & _ENCRYPTED:
        raise NpzError(f"{name} is encrypted")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NpzError(f"{name} is compressed in a way that NumPy does not write")
    packing = 1 if info.compress_type == zipfile.ZIP_STORED else _MAX_DEFLATE_RATIO
    if info.file_size > packing * min(info.compress_size, file_bytes) + _SLACK_BYTES:
        raise NpzError(f"{name} claims to be larger than the file")
    with _telling(name), archive.open(info) as file:
        shape, fortran_order, dtype = _parse_header(file)
        header_bytes = file.tell()
    if not _is_same_type(dtype, spec.dtype):
        raise NpzError(f"{name} is {dtype}, expected {np.dtype(spec.dtype)}")
    if info.file_size != header_bytes + math.prod(shape) * dtype.itemsize:
        raise NpzError(f"{name} has not the size that its header states")
    return _Member(info, dtype, shape, "F" if fortran_order else "C", header_bytes)


def _parse_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise NpzError(f"version {version[0]}.{version[1]} of NumPy's format is unknown")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # NumPy warns of headers that only it could repair
        if version == (1, 0):
            return np.lib.format.read_array_header_1_0(file)
        return np.lib.format.read_array_header_2_0(file)


def _is_same_type(actual: np.dtype[Any], expected: DTypeLike) -> bool:
    if np.dtype(expected).kind == "U":
        return actual.kind == "U" and 0 < actual.itemsize <= MAX_TEXT * np.dtype("U1").itemsize
    return actual == np.dtype(expected)


def _check_shapes(members: Mapping[str, _Member], specs: Mapping[str, ArraySpec]) -> None:
    lengths: dict[str, int] = {}
    for name, member in members.items():
        expected = specs[name].shape
        if len(member.shape) == len(expected):
            for axis, length in zip(expected, member.shape, strict=True):
                if isinstance(axis, str):
                    lengths.setdefault(axis, length)
        known = tuple(
            lengths.get(axis, axis) if isinstance(axis, str) else axis for axis in expected
        )
        if member.shape != known:
            shown = ", ".join(map(str, known)) + ("," if len(known) == 1 else "")
            raise NpzError(f"{name} has shape {member.shape}, expected ({shown})")


def _read_array(archive: zipfile.ZipFile, name: str, member: _Member) -> NDArray[Any]:
    n_bytes = math.prod(member.shape) * member.dtype.itemsize
    with _telling(name), archive.open(member.info) as file:
        file.read(member.header_bytes)
        content = np.empty(n_bytes, dtype=np.uint8)
        n_read = 0
        while n_read < len(content):
            block = file.read(min(_BLOCK_BYTES, len(content) - n_read))
            if not block:
                raise EOFError("the file is cut off")
            content[n_read : n_read + len(block)] = np.frombuffer(block, dtype=np.uint8)
            n_read += len(block)
        file.read(1)  # past the end, zipfile has compared the checksum
    return content.view(member.dtype).reshape(member.shape, order=member.order)
