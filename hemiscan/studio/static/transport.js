/** The buttons below the picture: play, step, rate, loop, and which frame is on show. */

import { button, element, icon, setPressed } from "./dom.js";
import { formatTime } from "./format.js";
import { RATES } from "./player.js";

export class Transport {
  /**
   * @param {import("./player.js").FramePlayer} player
   * @param {(row: number) => number} frameOf Number of a frame in frames.csv.
   * @param {import("./editing.js").Editing} editing
   * @param {(() => void) | null} toggleMesh
   * @param {(() => void) | null} togglePicture
   */
  constructor(player, frameOf, editing, toggleMesh, togglePicture) {
    this.player = player;
    this.frameOf = frameOf;
    this.play = button("Play", () => player.toggle(), {
      icon: icon("play"),
      key: "Space",
      class: "play",
    });
    this.rate = element(
      "select",
      {
        "aria-label": "Speed of playback",
        title: "Speed of playback (\u2212 and +)",
        onchange: (event) => {
          player.setRate(Number(event.target.value));
          event.target.blur();
        },
      },
      ...RATES.map((rate) => element("option", { value: String(rate), text: `${rate}\u00d7` })),
    );
    this.loop = button("Loop the episode", () => editing.toggleLoop(), { icon: "Loop", key: "o", pressed: false });
    this.mesh = toggleMesh
      ? button("Lines of the face", toggleMesh, { icon: "Mesh", key: "m", pressed: true })
      : null;
    this.picture = togglePicture
      ? button("The picture itself, or drawn lines alone", togglePicture, { icon: "Face", key: "v", pressed: true })
      : null;
    this.frame = element("input", {
      class: "frame-number",
      inputmode: "numeric",
      autocomplete: "off",
      "aria-label": "Frame on show; a number goes there",
      onfocus: () => this.frame.select(),
      onblur: () => this.showFrame(),
      onkeydown: (event) => this._goTo(event),
    });
    this.time = element("output", { class: "frame-time", "aria-label": "Time on show" });
    this.element = element(
      "div",
      { class: "transport", role: "toolbar", "aria-label": "Playback" },
      button("Previous episode", () => editing.goToNext(-1), { icon: icon("previous"), key: "\u2191" }),
      button("One frame back", () => player.step(-1), { icon: icon("back"), key: "," }),
      this.play,
      button("One frame on", () => player.step(1), { icon: icon("on"), key: "." }),
      button("Next episode", () => editing.goToNext(1), { icon: icon("next"), key: "\u2193" }),
      this.rate,
      this.loop,
      this.mesh,
      this.picture,
      element(
        "span",
        { class: "where" },
        this.time,
        element("label", { class: "frame" }, "frame ", this.frame),
      ),
    );
    player.addEventListener("change", () => this.showState());
    this.showState();
  }

  showState() {
    const { player } = this;
    this.play.replaceChildren(icon(player.playing ? "pause" : "play"));
    this.play.setAttribute("aria-label", player.playing ? "Pause" : "Play");
    this.rate.value = String(player.video.playbackRate);
    setPressed(this.loop, player.loop !== null);
  }

  showFrame() {
    const { player } = this;
    this.time.textContent = `${formatTime(player.timeS, player.times.endS, 3)} s`;
    if (document.activeElement !== this.frame) this.frame.value = String(this.frameOf(player.row));
    this.frame.dataset.verified = String(player.verified);
    this.frame.title = player.verified
      ? "Number of the frame in frames.csv, by the presentation time of the picture on show"
      : "The picture is on its way";
  }

  /** Go to the frame whose number was typed, or the one before it where there is none. */
  _goTo(event) {
    if (event.key === "Escape") this.frame.blur();
    if (event.key !== "Enter") return;
    const wanted = Number.parseInt(this.frame.value, 10);
    this.frame.blur();
    if (!Number.isFinite(wanted)) return;
    const { player } = this;
    player.pause();
    // Numbers only ever leap forward, so that the row is at most their distance.
    let row = player.times.clamp(wanted - this.frameOf(0));
    while (row > 0 && this.frameOf(row) > wanted) row -= 1;
    player.seek(row);
  }

  showPicture(on) {
    if (this.picture) setPressed(this.picture, on);
  }

  showMesh(on) {
    if (this.mesh) setPressed(this.mesh, on);
  }
}
