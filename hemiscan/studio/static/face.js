/** The landmarks of each frame, and drawing them as annotated clips do (hemiscan/overlay/). */

import { ChunkCache } from "./chunks.js";
import { cssColor } from "./theme.js";

const FRAMES = 128;
const LANDMARKS = 478;

/** Distance of the outer eye corners at which lines have their nominal thickness, in pixels. */
const REFERENCE_PX = 130;
const MESH_OPACITY = 0.2;

/**
 * @typedef {Object} Topology
 * @property {[number, number][]} mesh Edges.
 * @property {{side: "left"|"right", region: string, landmarks: number[], closed: boolean}[]} contours
 * @property {{left: [number, number], right: [number, number]}} eye_corners Outer and inner.
 * @property {{left: number, right: number}} mouth_corners
 */

/** Landmarks of one frame, x and y by turns, in pixels of the upright frame. */
export class Face {
  /** @param {Float32Array} points */
  constructor(points) {
    this.points = points;
  }

  x(landmark) {
    return this.points[2 * landmark];
  }

  y(landmark) {
    return this.points[2 * landmark + 1];
  }

  get found() {
    return Number.isFinite(this.points[0]);
  }

  /**
   * The frame of the head: middle of the outer eye corners, direction from the subject's right to
   * the left one, and their distance as the unit.
   *
   * @param {Topology} topology
   */
  headFrame(topology) {
    const right = topology.eye_corners.right[0];
    const left = topology.eye_corners.left[0];
    const dx = this.x(left) - this.x(right);
    const dy = this.y(left) - this.y(right);
    return {
      x: (this.x(left) + this.x(right)) / 2,
      y: (this.y(left) + this.y(right)) / 2,
      angle: Math.atan2(dy, dx),
      unit: Math.max(Math.hypot(dx, dy), 1),
    };
  }
}

export class Faces {
  /**
   * @param {import("./api.js").RecordingSource} source
   * @param {number} length Frames of the recording.
   * @param {() => void} arrived
   */
  constructor(source, length, arrived) {
    this.cache = new ChunkCache(FRAMES, (first, n) => source.mesh(first, n), length, { arrived });
  }

  /** Face of a frame; null until its landmarks have come. */
  at(row) {
    const found = this.cache.at(row);
    if (!found) return null;
    const from = found.place * LANDMARKS * 2;
    return new Face(found.chunk.subarray(from, from + LANDMARKS * 2));
  }

  /** All faces of the chunk around a frame that were found; empty until it has come. */
  around(row) {
    const found = this.cache.at(row);
    if (!found) return [];
    const faces = [];
    for (let from = 0; from < found.chunk.length; from += LANDMARKS * 2) {
      const face = new Face(found.chunk.subarray(from, from + LANDMARKS * 2));
      if (face.found) faces.push(face);
    }
    return faces;
  }
}

/**
 * Draw mesh and contours.
 *
 * @param {CanvasRenderingContext2D} context In pixels of the frame.
 * @param {Face} face
 * @param {Topology} topology
 * @param {Object<string, string[]>} moving Regions in an episode by side: drawn thicker.
 * @param {number} scale Pixels on the screen to one of the frame.
 */
export function drawFace(context, face, topology, moving, scale) {
  const weight = (face.headFrame(topology).unit * scale) / REFERENCE_PX;
  context.save();
  context.lineJoin = "round";
  context.beginPath();
  for (const [from, to] of topology.mesh) {
    context.moveTo(face.x(from), face.y(from));
    context.lineTo(face.x(to), face.y(to));
  }
  context.strokeStyle = "#ffffff";
  // On a small face the mesh would hide what is beneath it.
  context.globalAlpha = MESH_OPACITY * Math.min(weight, 1);
  context.lineWidth = Math.max(0.75, 0.5 * weight) / scale;
  context.stroke();
  context.globalAlpha = 0.9;
  for (const contour of topology.contours) {
    context.beginPath();
    contour.landmarks.forEach((landmark, i) => {
      if (i) context.lineTo(face.x(landmark), face.y(landmark));
      else context.moveTo(face.x(landmark), face.y(landmark));
    });
    if (contour.closed) context.closePath();
    const isMoving = moving[contour.side]?.includes(contour.region);
    context.strokeStyle = cssColor(`--plot-${contour.side}`);
    context.lineWidth = (Math.max(1, 0.8 * weight) * (isMoving ? 2.2 : 1)) / scale;
    context.stroke();
  }
  context.restore();
}
