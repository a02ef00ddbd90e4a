"""Reading ``.npz`` files that anybody may have made."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hemiscan._npz import MAX_TEXT, ArraySpec, NpzError, read_npz

SPECS = {
    "time_s": ArraySpec(np.float64, ("n",)),
    "points": ArraySpec(np.float32, ("n", 3)),
    "note": ArraySpec("U"),
    "index": ArraySpec(np.int64, ("n",), is_optional=True),
}


@pytest.fixture
def arrays(rng: np.random.Generator) -> dict[str, np.ndarray[Any, Any]]:
    """What the file should hold: 20 rows."""
    return {
        "time_s": np.arange(20.0),
        "points": rng.normal(size=(20, 3)).astype(np.float32),
        "note": np.array("Notiz: größer"),
    }


def _npy(array: np.ndarray[Any, Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def _claim(descr: str, shape: tuple[int, ...], content: bytes = b"") -> bytes:
    """An array file whose header claims something, before some content."""
    header = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + content


def _write(path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def _members(arrays: dict[str, np.ndarray[Any, Any]]) -> dict[str, bytes]:
    return {f"{name}.npy": _npy(array) for name, array in arrays.items()}


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("order", ["C", "F"])
def test_everything_comes_back(
    arrays: dict[str, np.ndarray[Any, Any]], tmp_path: Path, save: Any, order: str
) -> None:
    arrays["points"] = np.asarray(arrays["points"], order=order)
    save(tmp_path / "file.npz", **arrays)
    loaded = read_npz(tmp_path / "file.npz", SPECS)
    assert set(loaded) == set(arrays)
    for name, expected in arrays.items():
        assert loaded[name].dtype == expected.dtype
        np.testing.assert_array_equal(loaded[name], expected)


def test_long_arrays_come_back(tmp_path: Path, rng: np.random.Generator) -> None:
    values = rng.random((300_000, 3)).astype(np.float32)  # several blocks
    np.savez_compressed(tmp_path / "file.npz", points=values)
    loaded = read_npz(tmp_path / "file.npz", {"points": SPECS["points"]})
    np.testing.assert_array_equal(loaded["points"], values)


def test_no_rows_are_no_fault(tmp_path: Path) -> None:
    np.savez(tmp_path / "file.npz", points=np.empty((0, 3), np.float32))
    assert read_npz(tmp_path / "file.npz", {"points": SPECS["points"]})["points"].shape == (0, 3)


def test_optional_arrays_are_read_where_they_are(
    arrays: dict[str, np.ndarray[Any, Any]], tmp_path: Path
) -> None:
    np.savez(tmp_path / "file.npz", **arrays, index=np.arange(20), more=np.zeros(3))
    assert set(read_npz(tmp_path / "file.npz", SPECS)) == {*arrays, "index"}


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("points", None, "it holds no points"),
        ("points", b"hello world", "points cannot be read (the magic string is not correct"),
        ("points", b"", "expected 8 bytes"),
        ("points", _npy(np.zeros((20, 3))), "points is float64, expected float32"),
        ("points", _npy(np.zeros((20, 3), ">f4")), "points is >f4, expected float32"),
        ("points", _npy(np.zeros((19, 3), "f4")), r"points has shape (19, 3), expected (20, 3)"),
        ("points", _npy(np.zeros(60, "f4")), r"points has shape (60,), expected (20, 3)"),
        ("points", _npy(np.zeros((20, 3), "f4"))[:-4], "points has not the size"),
        ("points", _npy(np.zeros((20, 3), "f4")) + b"more", "points has not the size"),
        ("points", _claim("<f4", (10**15, 3)), "points has not the size"),
        ("points", _claim("<f4", (-20, -3), bytes(240)), "points has shape (-20, -3)"),
        ("points", _claim("O", (20, 3)), "points is object"),
        ("points", _claim("<f4", (20, 3)).replace(b"(20, 3)", b"(20L, 3)"), ""),
        ("points", b"\x93NUMPY\x01\x00\xf0\xff" + b"(" * 65520, ""),
        ("points", b"\x93NUMPY\x03\x00" + bytes(20), "version 3.0 of NumPy's format is unknown"),
        (
            "note",
            _claim(f"<U{10**9}", ()),
            "note cannot be read (descr is not a valid dtype descriptor",
        ),
        ("note", _claim("<U0", ()), "note is <U0"),
        ("note", _npy(np.zeros(3)), "note is float64"),
        ("time_s", _npy(np.float64(1)), "time_s has shape (), expected"),
    ],
)
def test_what_is_not_as_specified_is_told(
    arrays: dict[str, np.ndarray[Any, Any]],
    tmp_path: Path,
    name: str,
    content: bytes | None,
    complaint: str,
) -> None:
    members: dict[str, Any] = _members(arrays) | {f"{name}.npy": content}
    path = _write(tmp_path / "file.npz", {k: v for k, v in members.items() if v is not None})
    with pytest.raises(NpzError) as caught:
        read_npz(path, SPECS)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_claims_are_checked_before_anything_is_allocated(tmp_path: Path) -> None:
    # A terabyte of header, and a kilobyte of zeros that unpack to a gigabyte.
    claimed = _write(tmp_path / "claimed.npz", {"points.npy": _claim("<f4", (10**11, 3))})
    packed = _write(
        tmp_path / "packed.npz",
        {"points.npy": _claim("<f4", (5, 3), bytes(10**6))},
        zipfile.ZIP_DEFLATED,
    )
    text = _write(tmp_path / "text.npz", {"note.npy": _claim(f"<U{MAX_TEXT + 1}", ())})
    tracemalloc.start()
    try:
        for path, name in ((claimed, "points"), (packed, "points"), (text, "note")):
            with pytest.raises(NpzError):
                read_npz(path, {name: SPECS[name]})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3_000_000


@pytest.mark.parametrize("compression", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_packings_that_numpy_does_not_write_are_refused(
    arrays: dict[str, np.ndarray[Any, Any]], tmp_path: Path, compression: int
) -> None:
    path = _write(tmp_path / "file.npz", _members(arrays), compression)
    with pytest.raises(NpzError, match="is compressed in a way that NumPy does not write"):
        read_npz(path, SPECS)


def test_size_in_the_directory_that_cannot_be_is_refused(
    arrays: dict[str, np.ndarray[Any, Any]], tmp_path: Path
) -> None:
    path = _write(tmp_path / "file.npz", _members(arrays))
    content = bytearray(path.read_bytes())
    directory = content.find(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = struct.pack("<L", 2**31)  # uncompressed size
    path.write_bytes(content)
    with pytest.raises(NpzError, match="time_s claims to be larger than the file"):
        read_npz(path, SPECS)


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + bytes(18), b"x" * 1000])
def test_what_is_no_archive_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file.npz").write_bytes(content)
    with pytest.raises(NpzError):
        read_npz(tmp_path / "file.npz", SPECS)


def test_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_npz(tmp_path / "file.npz", SPECS)
