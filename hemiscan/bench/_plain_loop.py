"""The plain mediapipe loop that hemiscan is compared with, as a program of its own.

What somebody writes who follows mediapipe's guide: decode with OpenCV, one face, video
mode, one frame after the other; the landmarks are kept. ``python -m
hemiscan.bench._plain_loop CLIP SECONDS``.
"""

from __future__ import annotations

import sys
from typing import Any

import cv2

from hemiscan.models import model_path


def run(clip: str, seconds: float) -> int:
    """Find the landmarks of the first seconds of a clip; return how many frames there were."""
    import mediapipe as mp
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(model_path())),
        running_mode=vision.RunningMode.VIDEO,
        num_faces=1,
    )
    landmarks: list[Any] = []
    capture = cv2.VideoCapture(clip)
    with vision.FaceLandmarker.create_from_options(options) as landmarker:
        while True:
            time_ms = capture.get(cv2.CAP_PROP_POS_MSEC)
            read, frame = capture.read()
            if not read or time_ms >= 1000 * seconds:
                break
            rgb = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
            image = mp.Image(image_format=mp.ImageFormat.SRGB, data=rgb)
            # Increasing timestamps are demanded; a count is safe with any container.
            result = landmarker.detect_for_video(image, len(landmarks))
            landmarks.append(result.face_landmarks)
    capture.release()
    return len(landmarks)


if __name__ == "__main__":
    if not run(sys.argv[1], float(sys.argv[2])):
        sys.exit(f"{sys.argv[1]}: OpenCV reads no frame of it")
