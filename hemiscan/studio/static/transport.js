/** The buttons below the picture: play, step, rate, loop, and which frame is on show. */

import { button, element, setPressed } from "./dom.js";
import { formatTime } from "./format.js";
import { icon } from "./icons.js";
import { RATES } from "./player.js";

export class Transport {
  /**
   * @param {import("./player.js").FramePlayer} player
   * @param {number} firstFrame Number of row 0 in frames.csv.
   * @param {{toggleLoop: () => void, next: (direction: number) => void,
   *   toggleMesh: (() => void) | null}} actions
   */
  constructor(player, firstFrame, actions) {
    this.player = player;
    this.firstFrame = firstFrame;
    this.play = button("Play", () => player.toggle(), { icon: icon("play"), key: "Space", class: "play" });
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
    this.loop = button("Loop the episode", actions.toggleLoop, { icon: "Loop", key: "o", pressed: false });
    this.mesh = actions.toggleMesh
      ? button("Lines of the face", actions.toggleMesh, { icon: "Mesh", key: "m", pressed: true })
      : null;
    this.frame = element("output", { class: "frame-number", "aria-label": "Frame on show" });
    this.time = element("output", { class: "frame-time", "aria-label": "Time on show" });
    this.element = element(
      "div",
      { class: "transport", role: "toolbar", "aria-label": "Playback" },
      button("Previous episode", () => actions.next(-1), { icon: icon("previous"), key: "\u2191" }),
      button("One frame back", () => player.step(-1), { icon: icon("back"), key: "," }),
      this.play,
      button("One frame on", () => player.step(1), { icon: icon("on"), key: "." }),
      button("Next episode", () => actions.next(1), { icon: icon("next"), key: "\u2193" }),
      this.rate,
      this.loop,
      this.mesh,
      element("span", { class: "where" }, this.time, this.frame),
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
    this.frame.textContent = `frame ${this.firstFrame + player.row}`;
    this.frame.classList.toggle("unverified", !player.verified);
    this.frame.title = player.verified
      ? "Number of the frame in frames.csv, by the presentation time of the picture on show"
      : "The picture is on its way";
  }

  showMesh(on) {
    if (this.mesh) setPressed(this.mesh, on);
  }
}
