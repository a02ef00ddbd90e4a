"""What a user writes, checked by `mypy --strict` and never run."""

import hemiscan
from hemiscan.live import LiveMonitor

analysis = hemiscan.analyze(
    "clip.mp4", start_s=5, engine="litert", detector="learned", sensitivity="high", stills=False
)
for episode in analysis.episodes:
    length: float = episode.duration_s
    side: str = episode.side
strong = analysis.episodes_table.query("confidence > 0.8")
share: float = float(analysis.frames["face"].mean())
lags: list[float] = analysis.blinks_table["lag_ms"].tolist()
analysis.plot(region="eye", start_s=1.0, end_s=2.0).savefig("eye.svg")
files = analysis.save("results", plot_formats=["png", "svg"], annotate=True, save_track=True)
names: list[str] = [path.name for path in files]

again: hemiscan.Analysis = hemiscan.load("results")
closure = again.to_xarray()["movement"].sel(region="eye")
n_frames: int = again.track.landmarks.shape[0]
if again.track.has_landmarks:
    rules = hemiscan.DetectorConfig(detector="rules", tonic_min_s=2.0)
    hemiscan.analyze_track(again.track, rules).save("rules")


def show(done: int, expected: int) -> None:
    print(f"{done} of {expected}")


for clip in ("a.mp4", "b.mp4"):
    try:
        hemiscan.analyze_into(clip, f"out/{clip}", overwrite=True, workers=2, on_progress=show)
    except hemiscan.HemiscanError as error:
        print(error)

result = LiveMonitor(0, output="visit").run(duration_s=180)
