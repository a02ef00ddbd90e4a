"""Every command over some hundred odd inputs: nothing but what is promised comes out.

Promised are an exit code of 0, 1 or 2; in case of failure one line that names a file, never an
unexpected error or a traceback; no control character on the terminal; and earlier results that
stay whole where a run fails. The inputs are sound files, damaged by a seeded generator.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from hemiscan.episodes import DetectorConfig
from hemiscan.eyes import NO_LIDS
from hemiscan.live._journal import JOURNAL_NAME, JournalWriter
from hemiscan.tracking import N_LANDMARKS, NO_HANDS, BodyInFrame, FaceTrack, save_track
from hemiscan.video import ClipInfo, ClipWriter

WORDS = [
    *(b"", b"\n", b"\x00", b"nan", b"-1", b"1e999", b"9" * 400, b"null", b"{}", b"[" * 5000),
    *(
        b"\xff\xfe",
        b"\x1b[2J\x1b[31m",
        b"../../x",
        b"left",
        b'"',
        b",",
        b";",
        b"<",
        b"\xe2\x80\xae",
    ),
]


def damage(rng: np.random.Generator, data: bytes, n: int) -> Iterator[bytes]:
    """Give damaged copies: nothing, cut off, bits flipped, parts lost, words put in."""
    yield b""
    for _ in range(n - 1):
        copy = bytearray(data)
        at = int(rng.integers(len(copy)))
        match int(rng.integers(5)):
            case 0:
                del copy[at:]
            case 1:
                for place in rng.integers(len(copy), size=int(rng.integers(1, 9))):
                    copy[place] ^= 1 << int(rng.integers(8))
            case 2:
                del copy[at : at + int(rng.integers(1, 200))]
            case 3:
                copy[at : at + 64] = bytes(64)
            case _:
                copy[at:at] = WORDS[int(rng.integers(len(WORDS)))]
        yield bytes(copy)


class Promises:
    """Runs the command, and notes where it breaks a promise."""

    def __init__(self, run, folder: Path) -> None:
        self.run, self.folder = run, folder
        self.broken: list[str] = []
        self.n_failed = self.n_done = 0

    def check(self, *arguments: object, names: str = "", keep: Path | None = None) -> None:
        """Run; in case of failure the line must hold ``names``, and ``keep`` stay as it was."""
        before = contents(keep)
        outcome = self.run(*arguments)
        command = " ".join(map(str, arguments))
        lines = outcome.err.splitlines()
        problem = ""
        if outcome.code not in (0, 1):
            problem = f"exit code {outcome.code}"
        elif "unexpected error" in outcome.err or "Traceback" in outcome.err:
            problem = "unexpected error"
        elif not (outcome.out + outcome.err).replace("\n", "").isprintable():
            problem = "control characters"
        elif any(not line.startswith("hemiscan: ") for line in lines):
            problem = "a line that is not hemiscan's"
        elif outcome.code:
            told = [line for line in lines if "warning: " not in line]
            if len(told) != 1 or names not in told[0]:
                problem = f"not one line that names {names}"
            elif contents(keep) != before:
                problem = "earlier results changed"
        self.n_failed += outcome.code != 0
        self.n_done += outcome.code == 0
        if problem:
            self.broken.append(f"{command}: {problem}: {outcome.err[-300:]}")

    def settle(self, *, some_fail: bool = True) -> None:
        assert not self.broken, "\n".join(self.broken[:10])
        assert self.n_failed > 0 or not some_fail


def contents(folder: Path | None) -> dict[str, bytes]:
    if folder is None or not folder.exists():
        return {}
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def promises(hemiscan, tmp_path, monkeypatch) -> Promises:
    """The command, without the drawing that takes most of its time."""

    def save_plots(_, paths):
        for path in paths:
            path.write_text("plot")

    monkeypatch.setattr("hemiscan.results.save._save_plots", save_plots)
    monkeypatch.setattr("hemiscan.results.report.render_report", lambda *_, **__: "report")
    return Promises(hemiscan, tmp_path)


@pytest.fixture
def clip(tmp_path) -> Path:
    """Ten small frames without a face."""
    path = tmp_path / "sound.mp4"
    with ClipWriter(path, width=64, height=48) as writer:
        for index in range(10):
            writer.write(np.full((48, 64, 3), 20 * index, np.uint8), index / 30)
    return path


@pytest.fixture
def track(rng) -> FaceTrack:
    """Twelve frames of points that are no face."""
    return FaceTrack(
        time_s=np.arange(12) / 30,
        landmarks=rng.uniform(100, 300, (12, N_LANDMARKS, 3)).astype(np.float32),
        presence=np.ones(12, np.float32),
        pose_deg=np.zeros((12, 3), np.float32),
        source=ClipInfo("sound.mp4", 640, 480, 30.0, 0, "h264"),
        engine="none",
    )


def test_damaged_clips(promises, rng, clip, tmp_path, write_results):
    write_results("1" * 64, "out")
    for number, data in enumerate(damage(rng, clip.read_bytes(), 60)):
        odd = tmp_path / f"odd{number}.mp4"
        odd.write_bytes(data)
        if number % 3:
            promises.check("analyze", odd, "--no-stills", "-o", f"new{number}", names=odd.name)
        else:
            promises.check("analyze", odd, "-o", "out", names="out", keep=tmp_path / "out")
    promises.settle()


@pytest.mark.parametrize("suffix", [".avi", ".mkv", ".gif", ".wav", ".jpg", ".txt", ""])
def test_files_that_are_something_else(promises, rng, tmp_path, suffix):
    for number, word in enumerate([rng.bytes(3000), *WORDS]):
        odd = tmp_path / f"odd{number}{suffix}"
        odd.write_bytes(word * 3)
        promises.check("analyze", odd, names=odd.name)
    promises.settle()


def test_damaged_tracks(promises, rng, track, tmp_path):
    save_track(track, tmp_path / "sound.npz")
    for number, data in enumerate(damage(rng, (tmp_path / "sound.npz").read_bytes(), 80)):
        odd = tmp_path / f"odd{number}.npz"
        odd.write_bytes(data)
        promises.check("analyze", odd, "-o", f"out{number}", names=odd.name)
    promises.settle()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
@pytest.mark.parametrize(
    "name", [b"\xfc.mp4", b"\x1b[2J.mp4", b"a\nb.mp4", b"-x.mp4", b" .mp4", b"'\".mp4", b"%s.mp4"]
)
def test_odd_names(promises, clip, tmp_path, name):
    odd = tmp_path / os.fsdecode(name)
    shutil.copy(clip, odd)
    promises.check("analyze", odd, "--annotate", "--save-track")
    promises.check("synth", odd, "--output", tmp_path / "made.mp4")
    promises.check("agree", odd, odd, "--duration", "5")
    promises.settle()


def test_damaged_models(promises, rng, sample_videos, tmp_path):
    data = b"PK\x03\x04" + rng.bytes(4000)
    for number, bundle in enumerate(damage(rng, data, 12)):
        odd = tmp_path / f"odd{number}.task"
        odd.write_bytes(bundle)
        promises.check("analyze", sample_videos / "healthy.mp4", "--model", odd, names=odd.name)
    promises.settle()


RATINGS = {
    "r.csv": b"start_s,end_s,side,kind\n4.1,6.2,left,clonic\n9,12,right,tonic\n",
    "r.tsv": b"Behavior\tStart (s)\tStop (s)\nspasm left\t4.1\t6.2\nspasm right\t9\t12\n",
    "r.eaf": b'<?xml version="1.0"?>\n<ANNOTATION_DOCUMENT><HEADER TIME_UNITS="milliseconds"/>'
    b'<TIME_ORDER><TIME_SLOT TIME_SLOT_ID="a" TIME_VALUE="4100"/><TIME_SLOT TIME_SLOT_ID="b" '
    b'TIME_VALUE="6200"/></TIME_ORDER><TIER TIER_ID="left"><ANNOTATION><ALIGNABLE_ANNOTATION '
    b'ANNOTATION_ID="x" TIME_SLOT_REF1="a" TIME_SLOT_REF2="b"><ANNOTATION_VALUE>clonic'
    b"</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER></ANNOTATION_DOCUMENT>",
    "r.boris": b'{"observations": {"a": {"events": [[4.1, "", "spasm left", "", ""], '
    b'[6.2, "", "spasm left", "", ""]]}}, "behaviors_conf": {}}',
}


@pytest.mark.parametrize("name", RATINGS)
def test_damaged_ratings(promises, rng, spasm_analysis, tmp_path, monkeypatch, name):
    monkeypatch.setattr("hemiscan.agreement.plot.plot_agreement", lambda *_, **__: Unplotted())
    spasm_analysis.save(tmp_path / "result")
    for number, data in enumerate(damage(rng, RATINGS[name], 40)):
        odd = tmp_path / f"odd{number}{Path(name).suffix}"
        odd.write_bytes(data)
        promises.check("agree", "result", odd, names=odd.name, keep=tmp_path / "result")
    promises.settle()


class Unplotted:
    """A figure that is nothing."""

    def savefig(self, path):
        path.touch()


@pytest.mark.parametrize("name", ["episodes.csv", "summary.json"])
def test_damaged_results(promises, rng, spasm_analysis, tmp_path, monkeypatch, name):
    monkeypatch.setattr("hemiscan.agreement.plot.plot_agreement", lambda *_, **__: Unplotted())
    spasm_analysis.save(tmp_path / "result")
    sound = (tmp_path / "result" / name).read_bytes()
    (tmp_path / "r.csv").write_bytes(RATINGS["r.csv"])
    for data in damage(rng, sound, 30):
        (tmp_path / "result" / name).write_bytes(data)
        promises.check("agree", "result", "r.csv", names=name, keep=tmp_path / "result")
    promises.settle()


def test_damaged_journals(promises, rng, track, tmp_path):
    header = {
        "source": asdict(track.source), "mirrored": False, "engine": "none", "recorded": False,
        "body": True,
        "hands": True,
        "config": DetectorConfig(detector="causal").to_dict(),
        "started": datetime(2026, 1, 1, tzinfo=timezone.utc).isoformat(),
    }  # fmt: skip
    with JournalWriter(tmp_path / JOURNAL_NAME, header) as journal:
        for time_s, points in zip(track.time_s, track.landmarks, strict=True):
            journal.append(
                SimpleNamespace(
                    time_s=time_s, presence=1.0, latency_ms=9.0,
                    pose_deg=np.zeros(3), lids=NO_LIDS, landmarks=points,
                    body=BodyInFrame(np.full((33, 2), 0.7), np.full(33, 0.7), NO_HANDS),
                )
            )  # fmt: skip
    sound = (tmp_path / JOURNAL_NAME).read_bytes()
    for number, data in enumerate([sound, *damage(rng, sound, 40)]):
        folder = tmp_path / f"run{number}"
        folder.mkdir()
        (folder / JOURNAL_NAME).write_bytes(data)
        promises.check("recover", folder, names=folder.name, keep=folder)
    promises.settle()


def test_damaged_portraits(promises, rng, tmp_path):
    image = rng.integers(0, 255, (40, 40, 3), dtype=np.uint8)
    sound = cv2.imencode(".png", image)[1].tobytes()
    for number, data in enumerate(damage(rng, sound, 25)):
        odd = tmp_path / f"odd{number}.png"
        odd.write_bytes(data)
        promises.check("synth", odd, "--output", tmp_path / "made.mp4", names=odd.name)
    promises.settle()
    assert not (tmp_path / "made.mp4").exists()


def test_damaged_clips_live_and_in_the_benchmark(promises, rng, clip, tmp_path):
    for number, data in enumerate(damage(rng, clip.read_bytes(), 8)):
        odd = tmp_path / f"odd{number}.mp4"
        odd.write_bytes(data)
        live = ["live", "--source", odd, "--no-window", "--output", f"live{number}"]
        promises.check(*live, "--duration", "0.2", names=odd.name)
    for word in WORDS[:3]:
        (tmp_path / "none.mp4").write_bytes(word)
        promises.check("bench", tmp_path / "none.mp4", names="none.mp4")
    promises.settle()


def test_summaries_of_any_make_are_no_hindrance(promises, clip, tmp_path):
    """What is in the folder may be anybody's; it is read to know whose it is."""
    for number, summary in enumerate(
        [b"{", b"[" * 100_000, b"\xff", b"{}", b'{"clip": 3, "versions": [], "run": 7}',
         json.dumps({"clip": {"name": "\x1b[2J"}, "versions": {"hemiscan": 1}}).encode()]
    ):  # fmt: skip
        folder = tmp_path / f"out{number}"
        folder.mkdir()
        (folder / "summary.json").write_bytes(summary)
        promises.check("analyze", clip, "-o", folder, names=folder.name, keep=folder)
    promises.settle()
    assert promises.n_done == 0
