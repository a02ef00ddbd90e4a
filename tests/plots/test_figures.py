"""Figures in the house style, whatever matplotlib is set to."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from hemiscan.analysis import Analysis
from hemiscan.plots import plot_analysis, plot_events
from hemiscan.plots.figures import house_style, make_figure

_HOSTILE = """\
text.usetex: True
font.family: fantasy
font.size: 31
axes.facecolor: black
axes.grid: True
axes.xmargin: 0.4
lines.linewidth: 9
savefig.bbox: tight
savefig.dpi: 11
savefig.transparent: True
svg.fonttype: path
path.sketch: 5, 100, 2
"""

_DRAW = """
import hashlib, io, sys
import numpy as np
from hemiscan.pipeline import analyze_track
from hemiscan.plots import plot_analysis
from hemiscan.synthetic.puppet import synthesize_track
from hemiscan.synthetic.spasm import Spasm

track = synthesize_track([Spasm(1.0, 1.0, "left", "tonic", 1.0)], duration_s=4.0)
figure = plot_analysis(analyze_track(track))
for format in ("png", "svg", "pdf"):
    file = io.BytesIO()
    figure.savefig(file, format=format)
    print(format, hashlib.sha256(file.getvalue()).hexdigest())
"""


def _hashes(**environment: str) -> str:
    """Draw a timeline in a process of its own; return the hash of its file in each format."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MPL")}
    plain.pop("MATPLOTLIBRC", None)
    done = subprocess.run(
        [sys.executable, "-c", _DRAW],
        env=plain | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def hashes() -> str:
    return _hashes()


def test_files_are_the_same_on_every_run(hashes: str) -> None:
    assert hashes.count("\n") == 3
    assert _hashes(PYTHONHASHSEED="7", SOURCE_DATE_EPOCH="86400") == hashes


def test_backend_and_personal_style_do_not_matter(hashes: str, tmp_path: Path) -> None:
    """No such backend; TeX, which is hardly ever installed; other colours, sizes and strokes."""
    path = tmp_path / "matplotlibrc"
    path.write_text(_HOSTILE)
    assert _hashes(MPLBACKEND="bogus", MATPLOTLIBRC=str(path)) == hashes


@pytest.mark.parametrize(
    "module",
    [
        "hemiscan.agreement.plot",
        "hemiscan.course.plot",
        "hemiscan.results.report",
        "hemiscan.study.plot",
    ],
)
def test_every_room_that_draws_can_be_loaded_with_any_backend(module: str) -> None:
    command = f"import os, {module}; assert os.environ['MPLBACKEND'] == 'bogus'"
    done = subprocess.run(
        [sys.executable, "-c", command],
        env={**os.environ, "MPLBACKEND": "bogus"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_text_stays_text_in_vector_files(spasm_analysis: Analysis) -> None:
    figure = plot_analysis(spasm_analysis)
    svg, pdf = io.StringIO(), io.BytesIO()
    figure.savefig(svg, format="svg")
    for words in ("Eye closed", "subject's left", "clip.mp4", "2  tonic"):
        assert f">{words}</text>" in svg.getvalue()
    assert "<dc:date>" not in svg.getvalue()
    figure.savefig(pdf, format="pdf")
    assert b"/Type3" not in pdf.getvalue()
    assert b"/CIDFontType2" in pdf.getvalue()
    assert b"CreationDate" not in pdf.getvalue()


def test_the_settings_are_put_back() -> None:
    with mpl.rc_context({"font.size": 23.0, "text.usetex": True}):
        before = dict(mpl.rcParams)
        with house_style():
            assert mpl.rcParams["font.size"] == 10.0
            assert not mpl.rcParams["text.usetex"]
            figure = make_figure(2.0, 1.0)
            figure.text(0.5, 0.5, "100 %", size=8)
        figure.savefig(io.BytesIO())
        assert dict(mpl.rcParams) == before


def test_given_axes_get_the_house_style_too(spasm_analysis: Analysis) -> None:
    with mpl.rc_context({"text.usetex": True}):
        ax = make_figure(8.0, 2.0).add_subplot()
        plot_events(spasm_analysis, ax=ax)
        assert not any(text.get_usetex() for text in ax.texts)


def test_a_figure_shows_itself_in_a_notebook(spasm_analysis: Analysis) -> None:
    figure = plot_analysis(spasm_analysis)
    assert isinstance(figure.canvas, FigureCanvasAgg)
    assert figure._repr_png_()[:4] == b"\x89PNG"  # type: ignore[attr-defined]


def test_a_part_of_a_figure_is_saved() -> None:
    figure = make_figure(4.0, 2.0)
    image = io.BytesIO()
    figure.savefig(image, format="png", dpi=100, extent_in=(0.5, 0.5, 2.5, 1.5))
    assert image.getvalue()[16:24] == (200).to_bytes(4, "big") + (100).to_bytes(4, "big")
