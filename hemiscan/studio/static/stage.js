/** The picture on show, with the face's lines over it, and its eyes and mouth corners enlarged. */

import { element, fitCanvas } from "./dom.js";
import { drawFace } from "./face.js";
import { capitalize } from "./format.js";

/** Of each close-up, in distances of the outer eye corners. */
const CLOSE_UP_WIDTH = 0.56;

/**
 * The video is painted from here, in the same breath as the lines and the frame's number: a video
 * element under a canvas may be a picture ahead of it.
 */
export class Stage {
  /**
   * @param {{width: number, height: number}} recording Size of the upright frame in square pixels,
   *   in which landmarks are given.
   * @param {import("./player.js").FramePlayer} player
   */
  constructor(recording, player) {
    this.recording = recording;
    this.player = player;
    this.canvas = element("canvas", { class: "picture", role: "img" });
    this.element = element("div", { class: "stage" }, player.video, this.canvas);
    // In CSS so that the picture is as large as fits, whatever its shape.
    this.element.style.setProperty("--aspect", String(recording.width / recording.height));
  }

  describe(text) {
    this.canvas.setAttribute("aria-label", text);
  }

  /**
   * @param {import("./face.js").Face | null} face
   * @param {import("./face.js").Topology | null} topology
   * @param {Object<string, string[]> | null} moving Null leaves the lines out.
   * @param {boolean} showsPicture Whether the picture lies under the lines.
   */
  draw(face, topology, moving, showsPicture) {
    const { context, width } = fitCanvas(this.canvas);
    const scale = width / this.recording.width;
    context.imageSmoothingQuality = "high";
    context.scale(scale, scale);
    paintGround(context, showsPicture ? this.player.picture : null, this.recording);
    if (face?.found && topology && moving) drawFace(context, face, topology, moving, scale);
  }
}

/** Paint the whole frame, or a plain ground, where a context has pixels of the frame. */
function paintGround(context, picture, { width, height }) {
  if (picture) {
    context.drawImage(picture, 0, 0, width, height);
    return;
  }
  context.fillStyle = "#28323d";
  context.fillRect(0, 0, width, height);
}

/**
 * Both eyes and both mouth corners, level and enlarged. Each is cut out at a place that is fixed to
 * the line between the outer eye corners, so that what moves inside it is the face and not the cut.
 */
export class CloseUps {
  /**
   * @param {{width: number, height: number}} recording
   * @param {import("./player.js").FramePlayer} player
   * @param {import("./face.js").Faces} faces
   */
  constructor(recording, player, faces) {
    this.recording = recording;
    this.player = player;
    this.faces = faces;
    this.element = element("div", { class: "close-ups" });
    /** @type {{part: "eye"|"mouth", side: "left"|"right", canvas: HTMLCanvasElement}[]} */
    this.parts = [];
    /** @type {Object<string, {u: number, v: number}> | null} */
    this.places = null;
    for (const part of /** @type {const} */ (["eye", "mouth"])) {
      // As one sees the subject: the right half is on the left.
      for (const side of /** @type {const} */ (["right", "left"])) {
        const name = `${capitalize(side)} ${part}`;
        const label = part === "mouth" ? `${name} corner, enlarged` : `${name}, enlarged`;
        const canvas = element("canvas", { role: "img", "aria-label": label });
        this.element.append(
          element(
            "figure",
            { class: `close-up ${side}` },
            canvas,
            element("figcaption", { text: name }),
          ),
        );
        this.parts.push({ part, side, canvas });
      }
    }
  }

  /**
   * @param {import("./face.js").Face | null} face
   * @param {import("./face.js").Topology | null} topology
   * @param {number} row
   * @param {boolean} showsPicture Else there are lines alone.
   * @param {Object<string, string[]> | null} moving
   */
  draw(face, topology, row, showsPicture, moving) {
    if (topology && !this.places) this.places = findPlaces(this.faces.around(row), topology);
    for (const { part, side, canvas } of this.parts) {
      const { context, width, height } = fitCanvas(canvas);
      context.clearRect(0, 0, width, height);
      if (!face?.found || !topology || !this.places) continue;
      const head = face.headFrame(topology);
      const place = this.places[`${part}_${side}`];
      const scale = width / (CLOSE_UP_WIDTH * head.unit);
      context.save();
      context.imageSmoothingQuality = "high";
      context.translate(width / 2, height / 2);
      context.scale(scale, scale);
      context.translate(-place.u * head.unit, -place.v * head.unit);
      context.rotate(-head.angle);
      context.translate(-head.x, -head.y);
      paintGround(context, showsPicture ? this.player.picture : null, this.recording);
      if (!showsPicture && moving) drawFace(context, face, topology, moving, scale);
      context.restore();
    }
  }
}

/** Where each part usually is in the frame of the head; null without faces. */
function findPlaces(faces, topology) {
  if (!faces.length) return null;
  /** @type {Object<string, {u: number, v: number}>} */
  const places = {};
  for (const side of /** @type {const} */ (["left", "right"])) {
    places[`eye_${side}`] = medianPlace(faces, topology, topology.eye_corners[side]);
    places[`mouth_${side}`] = medianPlace(faces, topology, [topology.mouth_corners[side]]);
  }
  return places;
}

function medianPlace(faces, topology, landmarks) {
  const places = faces.map((face) => {
    const head = face.headFrame(topology);
    const x = mean(landmarks.map((landmark) => face.x(landmark))) - head.x;
    const y = mean(landmarks.map((landmark) => face.y(landmark))) - head.y;
    const cosine = Math.cos(head.angle);
    const sine = Math.sin(head.angle);
    return { u: (x * cosine + y * sine) / head.unit, v: (y * cosine - x * sine) / head.unit };
  });
  return { u: median(places.map((place) => place.u)), v: median(places.map((place) => place.v)) };
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}
