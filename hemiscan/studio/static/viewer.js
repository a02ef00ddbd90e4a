/**
 * The picture with its close-ups and buttons, kept in step with one recording's frames: what the
 * pages of review and of rating have in common.
 */

import { complain } from "./messages.js";
import { element, oncePerPicture } from "./dom.js";
import { Faces } from "./face.js";
import { FramePlayer } from "./player.js";
import { CloseUps, Stage } from "./stage.js";
import { FrameTimes } from "./times.js";
import { Transport } from "./transport.js";

const PREPARING_MS = 800;

/** Event `frame`: another picture is on show, or more is known of it. */
export class Viewer extends EventTarget {
  /**
   * @param {import("./api.js").RecordingSource} source
   * @param {{recording: any, times: Float64Array, frameOf: (row: number) => number}} opened From
   *   `source.open`.
   * @param {{mesh: boolean}} options
   */
  constructor(source, { recording, times, frameOf }, options) {
    super();
    this.recording = recording;
    this.frameOf = frameOf;
    this.times = new FrameTimes(times);
    this.meshOn = options.mesh;
    /** Off where nobody else shall see the face: then there are lines alone. */
    this.pictureOn = true;
    /** @type {import("./face.js").Topology | null} */
    this.topology = null;
    /** Regions in an episode at a time, by side. @type {(timeS: number) => Object<string, string[]>} */
    this.movingAt = () => ({});
    const video = element("video", { "aria-hidden": "true", tabindex: "-1" });
    this.player = new FramePlayer(video, this.times);
    this.stage = new Stage(recording, this.player);
    this.redraw = oncePerPicture(() => this._draw());
    this.faces = recording.has_landmarks
      ? new Faces(source, this.times.length, this.redraw)
      : null;
    this.closeUps = this.faces ? new CloseUps(recording, this.player, this.faces) : null;
    /** @type {Transport | null} */
    this.transport = null;
    this.notice = element("p", { class: "stage-notice", role: "status", hidden: true });
    this.stage.element.append(this.notice);
    this.player.addEventListener("frame", () => this._draw());
    this.player.addEventListener("trouble", (event) => complain(/** @type {any} */ (event).detail));
    this._resizing = new ResizeObserver(this.redraw);
    this._resizing.observe(this.stage.element);
    if (this.faces) source.topology().then((topology) => this._use(topology), complain);
    this._open();
  }

  /**
   * Make the buttons below the picture.
   *
   * @param {import("./editing.js").Editing} editing Goes from episode to episode.
   */
  addTransport(editing) {
    const toggleMesh = this.faces && this.meshOn ? () => this.toggleMesh() : null;
    const togglePicture = toggleMesh ? () => this.togglePicture() : null;
    this.transport = new Transport(this.player, this.frameOf, editing, toggleMesh, togglePicture);
  }

  close() {
    this._closed = true;
    this._resizing.disconnect();
    this.player.close();
  }

  togglePicture() {
    this.pictureOn = !this.pictureOn;
    if (!this.pictureOn) this.meshOn = true;
    this.transport?.showPicture(this.pictureOn);
    this.transport?.showMesh(this.meshOn);
    this._draw();
  }

  toggleMesh() {
    this.meshOn = !this.meshOn;
    if (!this.meshOn) this.pictureOn = true;
    this.transport?.showPicture(this.pictureOn);
    this.transport?.showMesh(this.meshOn);
    this._draw();
  }

  _use(topology) {
    this.topology = topology;
    this.redraw();
  }

  /** Open the video, or wait until a form of it is made that browsers play. */
  async _open() {
    if (!this.recording.has_video) {
      this._notice(this.recording.video_note);
      return;
    }
    while (!this._closed) {
      const answer = await fetch(this.recording.video_url, {
        headers: { Range: "bytes=0-0" },
        credentials: "same-origin",
      }).catch(() => null);
      if (answer?.ok) break;
      const body = await answer?.json().catch(() => null);
      if (answer?.status !== 409) {
        this._notice(body?.message ?? "The video cannot be read.");
        return;
      }
      const percent = Math.round(100 * (body?.progress ?? 0));
      this._notice(`Preparing the video for the browser: ${percent}%`);
      await new Promise((resolve) => setTimeout(resolve, PREPARING_MS));
    }
    if (this._closed) return;
    this._notice("");
    const { video_url, video_start_s } = this.recording;
    await this.player.open(video_url, video_start_s).catch((error) => this._notice(error.message));
  }

  _notice(text) {
    this.notice.textContent = text;
    this.notice.hidden = !text;
  }

  _draw() {
    const { row } = this.player;
    // While a seek is under way some browsers have nothing to paint: what is on show stays.
    if (this.player.picture || !this.player.ready) {
      const face = this.faces?.at(row) ?? null;
      const moving = this.meshOn ? this.movingAt(this.player.timeS) : null;
      const hasPicture = this.pictureOn && this.recording.has_video;
      this.stage.draw(face, this.topology, moving, this.pictureOn);
      this.closeUps?.draw(face, this.topology, row, hasPicture, moving);
    }
    this.transport?.showFrame();
    this.dispatchEvent(new Event("frame"));
  }
}

/** Keys of playback, the same on every page with a picture. */
export function playbackCommands(viewer, editing) {
  const { player } = viewer;
  const group = "Playback";
  const end = viewer.times.length - 1;
  const commands = [
    { keys: [" "], does: "play or pause", group, run: () => player.toggle() },
    { keys: [","], does: "one frame back", group, run: () => player.step(-1) },
    { keys: ["."], does: "one frame on", group, run: () => player.step(1) },
    { keys: ["<"], does: "ten frames back", group, run: () => player.step(-10) },
    { keys: [">"], does: "ten frames on", group, run: () => player.step(10) },
    { keys: ["ArrowLeft"], does: "half a second back", group, run: () => jump(player, -0.5) },
    { keys: ["ArrowRight"], does: "half a second on", group, run: () => jump(player, 0.5) },
    { keys: ["Home"], does: "to the beginning", group, run: () => player.seek(0) },
    { keys: ["End"], does: "to the end", group, run: () => player.seek(end) },
    { keys: ["f"], does: "to the frame of a number", group, run: () => viewer.transport.frame.focus() },
    { keys: ["-"], does: "slower", group, run: () => player.changeRate(-1) },
    { keys: ["+", "="], does: "faster", group, run: () => player.changeRate(1) },
    { keys: ["o"], does: "loop the episode", group, run: () => editing.toggleLoop() },
  ];
  if (viewer.faces && viewer.transport.mesh) {
    commands.push({ keys: ["m"], does: "lines of the face", group, run: () => viewer.toggleMesh() });
    commands.push({ keys: ["v"], does: "picture or lines alone", group, run: () => viewer.togglePicture() });
  }
  return commands;
}

function jump(player, byS) {
  const { times } = player;
  player.seekTime(Math.max(times.timeOf(player.intendedRow) + byS, times.startS));
}
