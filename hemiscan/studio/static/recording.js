/** The page of one recording: picture, traces, episodes and their review. */

import { RecordingSource } from "./api.js";
import { button, element } from "./dom.js";
import { Editing, editingCommands, viewCommands } from "./editing.js";
import { EpisodeEditor, EpisodeTable, FigureTable } from "./episodes.js";
import { formatDuration } from "./format.js";
import { setCommands, showHelp } from "./keyboard.js";
import { complain, say } from "./messages.js";
import { Meters } from "./meters.js";
import { Review } from "./review.js";
import { ensureReviewer } from "./reviewer.js";
import { TraceArea } from "./trace_area.js";
import { FrameValues, TraceData } from "./trace_data.js";
import { Traces } from "./traces.js";
import { View } from "./view.js";
import { playbackCommands, Viewer } from "./viewer.js";

const LEAST_QUALITY = 0.3;

/** Between two questions how far a clip is drawn. */
const DRAWING_MS = 800;

/**
 * Show a recording.
 *
 * @param {HTMLElement} page
 * @param {string} id
 * @returns {Promise<() => void>} Leaves the page.
 */
export async function showRecording(page, id) {
  const source = new RecordingSource("recordings", id);
  const opened = await source.open();
  const shown = new RecordingPage(source, opened);
  await shown.data.load();
  shown.build(page);
  return () => shown.close();
}

class RecordingPage {
  constructor(source, opened) {
    const { recording } = opened;
    this.recording = recording;
    this.source = source;
    this.review = new Review(source, recording.review, ensureReviewer);
    this.viewer = new Viewer(source, opened, { mesh: true });
    this.player = this.viewer.player;
    this.view = new View(this.viewer.times);
    this.editing = new Editing(this.review, this.player, this.view, {
      usualSide: usualSide(recording),
      measured: true,
    });
    this.viewer.addTransport(this.editing);
    this.data = new TraceData(source, this.viewer.times, this.view);
    this.values = new FrameValues(source, this.viewer.times, () => this.showValues());
    this.viewer.movingAt = (timeS) => movingAt(this.review.standing, timeS);
  }

  build(page) {
    const { recording, viewer, review, editing } = this;
    const totalS = viewer.times.endS;
    this.traces = new Traces(this.data, this.view, recording.regions);
    this.area = new TraceArea(
      {
        times: viewer.times,
        view: this.view,
        review,
        blinks: recording.blinks ?? [],
        marks: recording.marks ?? [],
        unclear: findUnclear(this.data.whole?.traces),
        playheadS: () => this.player.timeS,
      },
      this.traces.element,
      editing,
    );
    this.meters = new Meters(recording.regions);
    const table = new EpisodeTable(review, totalS, (each) => editing.goTo(each), {
      judging: true,
    });
    const editor = new EpisodeEditor(review, editing, totalS, { judging: true });
    const figures = new FigureTable(review);
    page.replaceChildren(
      element(
        "div",
        { class: "recording" },
        this._heading(),
        element(
          "div",
          { class: "watching" },
          viewer.stage.element,
          viewer.transport.element,
          viewer.closeUps?.element ?? element("p", { class: "empty", text: NO_LANDMARKS }),
          this.meters.element,
        ),
        this.area.element,
        element("div", { class: "reviewing" }, table.element, editor.element, figures.element),
      ),
    );
    viewer.addEventListener("frame", () => this.showFrame());
    review.addEventListener("change", () => this.showReview());
    setCommands(this._commands());
    this.showReview();
    this.showFrame();
  }

  close() {
    this.viewer.close();
    this.data.close();
    this.traces?.close();
    this.area?.close();
    setCommands([]);
  }

  showFrame() {
    const { player, view } = this;
    if (player.playing) view.follow(player.timeS);
    this.area?.place();
    this.showValues();
  }

  showValues() {
    const value = this.values.at(this.player.row);
    this.meters?.show(value);
    this.traces?.showValues(value);
  }

  showReview() {
    const { done, remarks = [] } = this.review.state;
    this.finish.textContent = done ? "Reopen review" : "Finish review";
    this.finish.classList.toggle("primary", !done);
    this.status.textContent = done ? "Review finished" : "";
    const notes = [...(this.recording.warnings ?? []), ...remarks];
    this.notes.hidden = !notes.length;
    this.notes.firstElementChild.textContent = `${notes.length} to note`;
    this.notes.lastElementChild.replaceChildren(...notes.map((text) => element("li", { text })));
    this.viewer.redraw();
  }

  async exportReviewed() {
    try {
      const { files } = await this.source.exportReviewed();
      say(`Written beside the results, in the folder reviewed: ${files.join(", ")}.`);
    } catch (error) {
      complain(error);
    }
  }

  /** Save clip and stills with drawn lines in place of the face, once they are made. */
  async saveDeidentified(pressed) {
    pressed.disabled = true;
    try {
      for (let share = 0; share < 1; ) {
        share = await this.source.deidentifiedProgress();
        if (share >= 1) break;
        say(`The clip is being drawn: ${Math.round(100 * share)}%`);
        await new Promise((resolve) => setTimeout(resolve, DRAWING_MS));
      }
      const link = element("a", { href: this.source.deidentifiedPath, download: "de-identified.zip" });
      link.click();
    } catch (error) {
      complain(error);
    } finally {
      pressed.disabled = false;
    }
  }

  _heading() {
    const { recording } = this;
    this.finish = button("Finish review", () => this.editing.finish(), { key: "F" });
    this.status = element("span", { class: "done" });
    const identity = recording.recording ?? {};
    const facts = [
      identity.patient,
      identity.visit && `visit ${identity.visit}`,
      identity.date?.slice(0, 16).replace("T", " "),
      identity.task,
      formatDuration(recording.duration_s),
      `${recording.frame_rate_hz.toFixed(2).replace(/\.?0+$/, "")} frames a second`,
      recording.mirrored ? "mirror image, flipped back" : null,
    ].filter(Boolean);
    this.notes = element("details", { class: "warnings" }, element("summary"), element("ul"));
    return element(
      "div",
      { class: "heading" },
      element("a", { href: "#/", class: "back", text: "Recordings" }),
      element("h1", { text: recording.name }),
      element("ul", { class: "facts" }, ...facts.map((text) => element("li", { text }))),
      this.notes,
      element(
        "span",
        { class: "tools" },
        this.status,
        recording.has_landmarks
          ? button("De-identified clip", (event) => this.saveDeidentified(event.currentTarget))
          : null,
        button("Report as reviewed", () => this.exportReviewed()),
        this.finish,
      ),
    );
  }

  _commands() {
    const { editing } = this;
    const command = (key, does, run, group = "Review") => ({ keys: [key], does, group, run });
    return [
      ...playbackCommands(this.viewer, editing),
      command("Enter", "next episode that is not reviewed", () => editing.goToUnreviewed()),
      command("a", "accept", () => editing.accept()),
      command("x", "reject", () => editing.reject()),
      command("u", "as detected again", () => editing.restore()),
      ...editingCommands(editing, this.recording.regions, "Review"),
      command("F", "finish or reopen the review", () => editing.finish()),
      ...viewCommands(editing),
      command("?", "this list", showHelp, "Page"),
      command("g", "back to the recordings", goHome, "Page"),
    ];
  }
}

const NO_LANDMARKS =
  "No landmarks were kept, so there are neither lines nor close-ups: analyse the clip with --save-track.";

function goHome() {
  location.hash = "#/";
}

/** Side of most of what was detected. */
function usualSide(recording) {
  const left = recording.detected.filter((each) => each.side === "left").length;
  return 2 * left >= recording.detected.length ? "left" : "right";
}

/** Regions that take part in episodes at a time, by side. */
function movingAt(episodes, timeS) {
  /** @type {Object<string, string[]>} */
  const moving = { left: [], right: [] };
  for (const each of episodes) {
    if (each.start_s <= timeS && timeS < each.end_s) moving[each.side].push(...each.regions);
  }
  return moving;
}

/** Stretches without a face, or of so low a quality that they say nothing. */
function findUnclear(traces) {
  const quality = traces?.columns.quality ?? [];
  const times = traces?.time_s ?? [];
  const stretches = [];
  let from = null;
  times.forEach((time, i) => {
    const isUnclear = quality[i] === null || quality[i] < LEAST_QUALITY;
    if (isUnclear && from === null) from = time;
    if (!isUnclear && from !== null) {
      stretches.push({ start_s: from, end_s: time });
      from = null;
    }
  });
  if (from !== null) stretches.push({ start_s: from, end_s: times[times.length - 1] });
  return stretches;
}
