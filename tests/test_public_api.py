"""What `import hemiscan` offers, and what it must not cost."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import hemiscan

HEAVY = ("mediapipe", "cv2", "av", "matplotlib", "pandas")


PACKAGE = Path(hemiscan.__file__).parent
STUBS = sorted(PACKAGE.rglob("__init__.pyi"))


def room_of(stub: Path) -> str:
    return ".".join(stub.parent.relative_to(PACKAGE.parent).parts)


@pytest.mark.parametrize("stub", STUBS, ids=room_of)
def test_what_a_room_exports_exists(stub: Path) -> None:
    room = importlib.import_module(room_of(stub))
    assert room.__all__ == sorted(set(room.__all__), key=room.__all__.index)
    for name in room.__all__:
        assert getattr(room, name) is not None
        assert name in dir(room)


@pytest.mark.parametrize("stub", STUBS, ids=room_of)
def test_what_is_public_is_exported(stub: Path) -> None:
    """A module without an underscore is for everybody, and so are its functions and classes."""
    exported = importlib.import_module(room_of(stub)).__all__
    for module in sorted(stub.parent.glob("[!_]*.py")):
        body = ast.parse(module.read_text(encoding="utf-8")).body
        defined = [n.name for n in body if isinstance(n, (ast.FunctionDef, ast.ClassDef))]
        public = {name for name in defined if not name.startswith("_")}
        assert public, f"{module.name} has nothing public: let its name begin with an underscore"
        assert public <= set(exported), f"{module.name}: {sorted(public - set(exported))}"


def test_every_room_declares_what_it_exports() -> None:
    rooms = {path.parent for path in PACKAGE.rglob("__init__.py")}
    assert {room.name for room in rooms} - {stub.parent.name for stub in STUBS} == {"cli"}


@pytest.mark.parametrize("name", hemiscan.__all__)
def test_every_public_name_resolves(name: str) -> None:
    assert getattr(hemiscan, name) is not None
    assert name in dir(hemiscan)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = hemiscan.no_such_name


@pytest.mark.parametrize(
    ("modules", "unwanted"),
    [
        ("hemiscan", (*HEAVY, "scipy", "numpy")),
        ("hemiscan.episodes.config", (*HEAVY, "scipy", "numpy")),
        ("hemiscan.tracking.track, hemiscan.asymmetry, hemiscan.episodes", HEAVY),
    ],
)
def test_importing_loads_no_heavy_library(modules: str, unwanted: tuple[str, ...]) -> None:
    code = f"import sys, {modules}; print(*sorted(set({unwanted!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_an_analysis_loads_no_library_it_has_no_use_for(shared_clips: Path, tmp_path: Path) -> None:
    parts = ("interpolate", "ndimage", "optimize", "signal", "sparse", "spatial", "stats")
    unwanted = ("mediapipe", "pandas", "pyarrow", "xarray", *(f"scipy.{part}" for part in parts))
    code = (
        "import sys; from hemiscan.cli import main\n"
        f"sys.argv = ['hemiscan', 'analyze', {str(shared_clips / 'd0.mp4')!r}, "
        f"'--output', {str(tmp_path)!r}, '--quiet']\n"
        "main()\n"
        f"print(*sorted(set({unwanted!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (tmp_path / "report.html").exists()
    assert done.stdout.split() == []
