"""Faces found in a frame, and the people they belong to."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

REACH = 0.6
"""Distance a face may move from one frame to the next. Talking and acting people stay
below 0.33, frozen frames of the clip included."""

REACH_PER_S = 2.0
"""How fast the reach grows while a person is out of view, in face sizes a second: about
as fast as heads are carried around a room."""

HIDDEN_S = 0.25
"""Out of view for longer, a person no longer contests a face with those in view."""

MEMORY_S = 1.0
"""Out of view for longer, a person is not recognised in a face any more."""

_INERTIA_S = 0.15  # time constant of a person's velocity
_SIZE_WEIGHT = 4.0  # a face 1.5 times as large counts as 1.6 face sizes away
_SAME_FACE = 0.45  # centres nearer than this, in face sizes, are of one face found twice


@dataclass(frozen=True, eq=False)
class Face:
    """A detected face: its row in the detections, and where it is in the picture.

    Attributes
    ----------
    row : int
    centre : ndarray of float64, shape (2,)
        Mean of the landmarks, in pixels.
    size : float
        Square root of the face's width times height, in pixels.
    """

    row: int
    centre: NDArray[np.float64]
    size: float

    def offset(self, other: Face) -> float:
        """How far apart the centres of two faces are, in face sizes."""
        return float(np.hypot(*(self.centre - other.centre)) / np.sqrt(self.size * other.size))

    def distance(self, other: Face) -> float:
        """How far apart two faces are in place and size, in face sizes."""
        return float(np.hypot(self.offset(other), _SIZE_WEIGHT * np.log(self.size / other.size)))

    def is_found_twice(self, faces: list[Face]) -> bool:
        """Whether another of the faces lies on this one, so that one of the two is false."""
        return any(face is not self and self.offset(face) < _SAME_FACE for face in faces)


def faces_by_size(landmarks: NDArray[np.floating]) -> list[Face]:
    """Return the faces of a frame from the largest to the smallest.

    Parameters
    ----------
    landmarks : ndarray, shape (n_faces, n_landmarks, 3)
        Pixels.
    """
    points = landmarks[..., :2].astype(np.float64)
    extent = points.max(axis=1, initial=-np.inf) - points.min(axis=1, initial=np.inf)
    centres, sizes = points.mean(axis=1), np.sqrt(extent.prod(axis=1))
    faces = [Face(row, centres[row], float(size)) for row, size in enumerate(sizes) if size > 0]
    return sorted(faces, key=lambda face: -face.size)


@dataclass(eq=False)
class Person:
    """Somebody who is or was in view, with the last that was seen of them.

    Attributes
    ----------
    face : Face
    since_s, seen_s : float
        When they were first and last in view.
    in_view : bool
        Whether it was in the current frame.
    together_s : float
        For how long they were in view together with the subject.
    velocity : ndarray of float64, shape (2,)
        Pixels a second.
    """

    face: Face
    since_s: float
    seen_s: float
    in_view: bool = True
    together_s: float = 0.0
    velocity: NDArray[np.float64] = field(default_factory=lambda: np.zeros(2))

    def distance(self, face: Face, time_s: float) -> float:
        """How far a face is from where this person is expected by now, in face sizes."""
        coast_s = min(time_s - self.seen_s, HIDDEN_S)
        expected = self.face.centre + self.velocity * coast_s
        return Face(self.face.row, expected, self.face.size).distance(face)

    def reach(self, time_s: float) -> float:
        """How far from there they may be by now, in face sizes."""
        return REACH + REACH_PER_S * (time_s - self.seen_s)

    def is_remembered(self, time_s: float, previous_s: float) -> bool:
        """Whether they were in view in the frame before or not long ago."""
        return self.seen_s >= min(previous_s, time_s - MEMORY_S)

    def see(self, face: Face, time_s: float) -> None:
        """Take a face for this person's."""
        step_s = time_s - self.seen_s
        velocity = (face.centre - self.face.centre) / step_s
        self.velocity = self.velocity + (velocity - self.velocity) * min(1.0, step_s / _INERTIA_S)
        self.face, self.seen_s, self.in_view = face, time_s, True


def match_people(
    people: list[Person], faces: list[Face], time_s: float, previous_s: float
) -> list[Person]:
    """Give each face to the person it continues, and make new people for the others.

    Those who were in view a moment ago come first, and among them the nearest pairs.

    Parameters
    ----------
    people : list of Person
        Updated in place: `Person.in_view` tells who was found.
    faces : list of Face
        The faces of the frame.
    time_s, previous_s : float
        Times of this frame and of the one before.

    Returns
    -------
    list of Person
        Those not seen before.
    """
    # At low frame rates somebody seen in the frame before is not hidden.
    hidden_before_s = min(previous_s, time_s - HIDDEN_S)
    pairs = []
    for person in people:
        person.in_view = False
        if not person.is_remembered(time_s, previous_s):
            continue
        for face in faces:
            distance = person.distance(face, time_s)
            if distance <= person.reach(time_s):
                pairs.append((person.seen_s < hidden_before_s, distance, person, face))
    taken: list[Face] = []
    for _, _, person, face in sorted(pairs, key=lambda pair: pair[:2]):
        if not person.in_view and face not in taken:
            person.see(face, time_s)
            taken.append(face)
    newcomers = []
    for face in faces:
        if face not in taken and not face.is_found_twice(taken):
            newcomers.append(Person(face, time_s, time_s))
            taken.append(face)
    return newcomers
