/** The camera page: framing, live traces and banners, and the recording. */

import { getCamera, recoverRun } from "./api.js";
import { CameraFeed, listCameras, SIZES, whyNoCamera } from "./camera_feed.js";
import { CameraTraces } from "./camera_traces.js";
import { ask, openDialog } from "./dialogs.js";
import { button, element } from "./dom.js";
import { capitalize, count, formatNumber, formatShare, formatTime, SIDES } from "./format.js";
import { setCommands, showHelp } from "./keyboard.js";
import { complain, say } from "./messages.js";

/** Rates over less time than this would say nothing, as in the window. */
const MIN_JUDGED_S = 30;
const FIELDS = [
  { name: "patient", label: "Patient" },
  { name: "visit", label: "Visit" },
  { name: "task", label: "Task" },
  { name: "note", label: "Note" },
];

const HOW_TO_FILM = [
  "The whole face from the hair to the chin, straight from the front, at eye level; at least a fifth of the picture’s width.",
  "Light from the front, none behind the head. No glasses if the patient can do without.",
  "30 pictures a second at least, 60 for the speed of blinks. No beauty filter, no portrait mode, no digital background.",
  "A minute of looking into the camera and doing nothing, then the tasks, the same ones at every visit. Three minutes say something; ten seconds do not.",
  "For arms and legs, step back until the picture shows them.",
  "Ask for consent to film and to keep the film; give codes, not names.",
];

/** Show how to film. */
function showHowToFilm() {
  openDialog("How to film", [
    element("ul", { class: "how-to-film" }, ...HOW_TO_FILM.map((text) => element("li", { text }))),
  ]);
}

/** Show the page. @param {HTMLElement} page @returns {Promise<() => void>} */
export async function showCamera(page) {
  const camera = new CameraPage(await getCamera());
  camera.build(page);
  await camera.start();
  return () => camera.close();
}

/** What may be followed, as the server calls it. */
const FOLLOWED = { face: "Face", body: "Face and body", hands: "Face, body, fingers" };

class CameraPage {
  constructor(server) {
    this.server = server;
    this.feed = /** @type {CameraFeed | null} */ (null);
    this.phase = "";
    this.traces = new CameraTraces();
    this.video = element("video", { muted: true, playsinline: true, "aria-label": "Picture of the camera" });
    this.video.muted = true;
    this.hints = element("ul", { class: "camera-hints", "aria-live": "polite" });
    this.banners = Object.fromEntries(
      SIDES.map((side) => [side, element("p", { class: `camera-banner ${side}`, hidden: true })]),
    );
    this.notice = element("p", { class: "stage-notice", hidden: true });
    this.prompt = element("p", { class: "camera-prompt", role: "status", hidden: true });
    this.protocols = element(
      "select",
      { "aria-label": "Tasks that the subject is led through" },
      element("option", { value: "", text: "No tasks" }),
      ...server.protocols.map((name) => element("option", { value: name, text: `Tasks: ${name}` })),
    );
    this.followed = element(
      "select",
      { "aria-label": "What is followed", onchange: () => this.feed?.say({ type: "follow", what: this.followed.value }) },
      ...Object.entries(FOLLOWED).map(([value, text]) => element("option", { value, text })),
    );
    this.clock = element("span", { class: "camera-clock", text: "0:00" });
    this.status = element("span", { class: "progress-text" });
    this.figures = element("dl", { class: "camera-figures" });
    this.cameras = element("select", { "aria-label": "Camera", onchange: () => this._film() });
    this.sizes = element(
      "select",
      { "aria-label": "Size and rate of the picture", onchange: () => this._film() },
      ...Object.keys(SIZES).map((name) => element("option", { value: name, text: name })),
    );
    this.inputs = FIELDS.map(({ name, label }) =>
      element("input", { name, "aria-label": label, placeholder: label, maxlength: name === "note" ? 500 : 64, autocomplete: "off" }),
    );
    this.recordButton = button("Record", () => this._toggleRecording(), { key: "r", class: "primary record" });
    this.pauseButton = button("Pause", () => this._pause(), { key: "Space" });
    this.markButton = button("Mark", () => this._mark(), { key: "m" });
  }

  build(page) {
    page.replaceChildren(
      element(
        "div",
        { class: "camera" },
        element(
          "div",
          { class: "heading" },
          element("h1", { text: "Camera" }),
          this.cameras,
          this.sizes,
          this.followed,
          this.protocols,
          element("span", { class: "tools camera-identity", role: "group", "aria-label": "Whose recording it is" }, ...this.inputs),
          element(
            "span",
            { class: "tools" },
            this.recordButton,
            this.pauseButton,
            this.markButton,
            button("How to film", showHowToFilm, { key: "h" }),
          ),
        ),
        element(
          "section",
          { class: "camera-view", "aria-label": "Picture" },
          element(
            "div",
            { class: "camera-stage" },
            this.video,
            element("div", { class: "camera-guide", "aria-hidden": "true" }),
            this.banners.left,
            this.banners.right,
            this.hints,
            this.prompt,
            this.notice,
          ),
          element("p", { class: "camera-state" }, this.clock, this.status),
        ),
        element(
          "section",
          { class: "panel camera-measures", "aria-label": "Movement" },
          element(
            "p",
            { class: "camera-legend" },
            element("span", { class: "left", text: "left half" }),
            element("span", { class: "right", text: "right half" }),
            element("small", { text: "the subject’s own; the picture is mirrored" }),
          ),
          this.traces.canvas,
          this.figures,
        ),
        this._unfinished(),
      ),
    );
    const command = (key, does, run, group = "Camera") => ({ keys: [key], does, group, run });
    setCommands([
      command("r", "record, and end the recording", () => this._toggleRecording()),
      command(" ", "pause and go on", () => this._pause()),
      command("m", "mark the moment", () => this._mark()),
      command("h", "how to film", showHowToFilm, "Page"),
      command("?", "this list", showHelp, "Page"),
    ]);
    this._showPhase("");
  }

  async start() {
    const why = whyNoCamera();
    if (why) {
      this._note(why);
      return;
    }
    await this._film();
  }

  close() {
    this.feed?.close();
    this.traces.close();
    window.onbeforeunload = null;
    setCommands([]);
  }

  /** Begin with the chosen camera and size; a choice during a recording waits for its end. */
  async _film() {
    this.feed?.close();
    const feed = new CameraFeed();
    this.feed = feed;
    this.traces.clear();
    this._note("Waiting for the camera");
    feed.addEventListener("message", (event) => this._hear(/** @type {CustomEvent} */ (event).detail));
    feed.addEventListener("lost", (event) => this._note(/** @type {CustomEvent} */ (event).detail));
    feed.addEventListener("found", () => this._note(""));
    try {
      await feed.open(this.cameras.value, SIZES[this.sizes.value], this.video);
    } catch (error) {
      this._note(reasonOf(error));
      return;
    }
    const cameras = await listCameras();
    this.cameras.replaceChildren(
      ...cameras.map((camera, i) =>
        element("option", {
          value: camera.deviceId,
          text: camera.label || `Camera ${i + 1}`,
          selected: camera.deviceId === feed.deviceId,
        }),
      ),
    );
  }

  _hear(words) {
    if (words.type === "begun") this.traces.clear();
    else if (words.type === "failed") say(words.message, "error");
    else if (words.type === "finished") this._finish(words);
    else if (words.type === "state") this._show(words);
  }

  _show(state) {
    if (state.phase !== this.phase) this._showPhase(state.phase);
    this.traces.add(state);
    // What the server does, unless another choice is just being made.
    if (document.activeElement !== this.followed) this.followed.value = state.follow;
    this.clock.textContent = formatTime(state.time_s, Infinity, 0);
    this.status.textContent = [
      `${formatNumber(state.frame_rate_hz, 0)} frames/s`,
      `${formatNumber(state.latency_ms, 0)} ms latency`,
      state.n_dropped ? `${state.n_dropped} not analysed` : "",
      state.n_lost ? `${state.n_lost} not sent` : "",
      state.notice,
    ]
      .filter(Boolean)
      .join(" · ");
    const calibrating = state.calibrating_s > 0 ? [`Learning the face at rest: ${Math.ceil(state.calibrating_s)} s`] : [];
    this.hints.replaceChildren(...[...state.hints, ...calibrating].map((text) => element("li", { text })));
    this.hints.classList.toggle("good", !state.hints.length);
    for (const side of SIDES) {
      const seconds = state.active[side];
      this.banners[side].hidden = seconds === undefined;
      this.banners[side].textContent = `${capitalize(side)} ${formatNumber(seconds ?? 0, 1)} s`;
    }
    const paused = state.trouble === "paused";
    this.pauseButton.textContent = paused ? "Go on" : "Pause";
    this._note(state.phase === "writing" ? "Writing the results" : paused ? "Paused" : state.trouble);
    this._showPrompt(state.prompt);
    this._showFigures(state.counts);
  }

  /** Tell the subject what to do, with a tone when it changes. */
  _showPrompt(prompt) {
    this.prompt.hidden = !prompt;
    this.hints.hidden = Boolean(prompt);
    if (!prompt) {
      this.told = "";
      return;
    }
    this.prompt.textContent = `${prompt.text}  ${Math.ceil(prompt.left_s)} s`;
    if (prompt.text !== this.told) sound();
    this.told = prompt.text;
  }

  _showFigures(counts) {
    const known = counts.judged_s >= MIN_JUDGED_S;
    const last = counts.last;
    const rows = [
      ["Episodes", `${counts.left + counts.right}`, `left ${counts.left} · right ${counts.right}`],
      ["Per minute", known ? formatNumber(counts.per_minute) : "–", `judged ${formatTime(counts.judged_s, Infinity, 0)} min`],
      ["Time in spasm", known ? formatShare(counts.share) : "–", `${formatNumber(counts.spasm_s, 0)} s`],
      ["Last episode", last ? `${last.side} ${last.kind}` : "–", last ? `${formatNumber(last.duration_s)} s` : "none yet"],
    ];
    this.figures.replaceChildren(
      ...rows.map(([name, value, detail]) =>
        element(
          "div",
          {},
          element("dt", { text: name }),
          element("dd", { text: value }),
          element("dd", { class: "detail", text: detail }),
        ),
      ),
    );
  }

  _showPhase(phase) {
    this.phase = phase;
    const isRecording = phase === "recording";
    const isBusy = isRecording || phase === "writing";
    this.recordButton.textContent = isRecording ? "End the recording" : "Record";
    this.recordButton.disabled = phase === "writing" || phase === "" || !this.server.can_record;
    this.recordButton.title = this.server.why;
    this.pauseButton.disabled = this.markButton.disabled = !isRecording;
    for (const field of [...this.inputs, this.cameras, this.sizes, this.followed, this.protocols]) field.disabled = isBusy;
    this.clock.classList.toggle("is-recording", isRecording);
    window.onbeforeunload = isRecording ? (event) => event.preventDefault() : null;
  }

  _toggleRecording() {
    if (this.phase === "recording") this.feed?.say({ type: "stop" });
    else if (this.phase === "preview" && this.server.can_record) {
      const identity = Object.fromEntries(this.inputs.map((input) => [input.name, input.value.trim()]));
      this.feed?.say({ type: "record", ...identity, protocol: this.protocols.value });
    }
  }

  _pause() {
    if (this.phase === "recording") this.feed?.say({ type: "pause" });
  }

  async _mark() {
    if (this.phase !== "recording") return;
    const answer = await ask("Mark the moment", [{ name: "note", label: "Note" }], { answer: "Keep" });
    if (answer) this.feed?.say({ type: "mark", note: answer.note });
  }

  _finish({ id, folder }) {
    say(`${folder} is written.`);
    if (id) location.hash = `#/recording/${encodeURIComponent(id)}`;
  }

  _note(text) {
    this.notice.textContent = text;
    this.notice.hidden = !text;
  }

  /** Runs that broke off, to be made into results. */
  _unfinished() {
    const names = this.server.unfinished;
    if (!names.length) return this.server.why ? element("p", { class: "empty", text: this.server.why }) : null;
    return element(
      "section",
      { class: "panel camera-unfinished" },
      element("h2", { text: `${count(names.length, "recording")} broke off` }),
      ...names.map((name) =>
        element("p", {}, `${name} `, button("Make results of it", (event) => this._recover(name, event.target))),
      ),
    );
  }

  async _recover(folder, pressed) {
    pressed.disabled = true;
    say(`${folder}: results are being made`);
    try {
      const { id } = await recoverRun(folder);
      if (id) location.hash = `#/recording/${encodeURIComponent(id)}`;
    } catch (error) {
      pressed.disabled = false;
      complain(error);
    }
  }
}

function reasonOf(error) {
  const reasons = {
    NotAllowedError: "The browser was not allowed to use the camera; allow it beside the address, and load the page again.",
    NotFoundError: "No camera was found; plug one in, and load the page again.",
    NotReadableError: "Another program uses the camera; close it, and load the page again.",
    OverconstrainedError: "The camera has no such picture; choose another size.",
  };
  return reasons[error.name] ?? String(error.message ?? error);
}

/** A short tone. */
function sound() {
  const context = new AudioContext();
  const tone = new OscillatorNode(context, { frequency: 660 });
  tone.connect(new GainNode(context, { gain: 0.15 })).connect(context.destination);
  tone.onended = () => context.close();
  tone.start();
  tone.stop(context.currentTime + 0.2);
}
