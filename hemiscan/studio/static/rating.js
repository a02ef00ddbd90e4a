/**
 * Rating from nothing: recordings in an order drawn by lot, without names, patients or dates, and
 * without anything that was detected. What the rater marks is a reference to compare with.
 */

import { getRatings, RecordingSource } from "./api.js";
import { button, element } from "./dom.js";
import { Editing, editingCommands, viewCommands } from "./editing.js";
import { EpisodeEditor, EpisodeTable } from "./episodes.js";
import { count, formatDuration } from "./format.js";
import { setCommands, showHelp } from "./keyboard.js";
import { Review } from "./review.js";
import { ensureReviewer } from "./reviewer.js";
import { TraceArea } from "./trace_area.js";
import { View } from "./view.js";
import { playbackCommands, Viewer } from "./viewer.js";

/** Show which recordings are to be rated. @param {HTMLElement} page */
export async function showRatings(page) {
  if (!(await ensureReviewer())) {
    page.replaceChildren(
      element(
        "div",
        { class: "list" },
        element("p", { class: "empty", text: "A rating needs a rater." }),
        button("Say who rates\u2026", () => showRatings(page)),
      ),
    );
    return () => {};
  }
  const { rater, items } = await getRatings();
  const done = items.filter((item) => item.done).length;
  const next = items.find((item) => !item.done);
  page.replaceChildren(
    element(
      "div",
      { class: "list rating-list" },
      element(
        "div",
        { class: "heading" },
        element("h1", { text: "Rating from nothing" }),
        element("span", { class: "progress-text", text: `${rater}: ${done} of ${items.length} rated` }),
        element(
          "span",
          { class: "tools" },
          next
            ? element("a", { class: "button primary", href: hrefOf(next), text: done ? "Go on" : "Begin" })
            : null,
        ),
      ),
      element("p", {
        class: "explanation",
        text:
          "You see each recording without its name, patient or date, in an order drawn by lot, and " +
          "nothing of what was detected. Mark every one-sided spasm: n at its beginning, n at its end.",
      }),
      element("ol", { class: "rating-items panel" }, ...items.map(itemRow)),
    ),
  );
  setCommands([
    { keys: ["Enter"], does: "rate the next recording", group: "Rating", run: () => go(next) },
    { keys: ["?"], does: "this list", group: "Page", run: showHelp },
  ]);
  return () => setCommands([]);
}

function hrefOf(item) {
  return `#/rate/${encodeURIComponent(item.id)}`;
}

function go(item) {
  location.hash = item ? hrefOf(item) : "#/rate";
}

function itemRow(item) {
  return element(
    "li",
    {},
    element("a", { href: hrefOf(item), text: `Recording ${item.number}` }),
    element("span", { text: formatDuration(item.duration_s) }),
    element("span", {
      class: item.done ? "finished" : "",
      text: item.done ? `rated, ${count(item.episodes, "episode")}` : "to rate",
    }),
  );
}

/** Show one recording to be rated. @param {HTMLElement} page @param {string} id */
export async function showRating(page, id) {
  const source = new RecordingSource("ratings", id);
  const opened = await source.open();
  const shown = new RatingPage(source, opened);
  shown.build(page);
  return () => shown.close();
}

class RatingPage {
  constructor(source, opened) {
    const { recording } = opened;
    this.recording = recording;
    this.review = new Review(source, recording.rating, ensureReviewer);
    this.viewer = new Viewer(source, opened, { mesh: false });
    this.player = this.viewer.player;
    this.view = new View(this.viewer.times);
    const options = /** @type {const} */ ({ usualSide: "left", measured: false });
    this.editing = new Editing(this.review, this.player, this.view, options);
    this.viewer.addTransport(this.editing);
  }

  build(page) {
    const { viewer, review, recording, editing } = this;
    const totalS = viewer.times.endS;
    this.area = new TraceArea(
      {
        times: viewer.times,
        view: this.view,
        review,
        blinks: [],
        marks: [],
        unclear: [],
        playheadS: () => this.player.timeS,
      },
      element("div", { class: "traces" }),
      editing,
    );
    const table = new EpisodeTable(review, totalS, (each) => editing.goTo(each), { judging: false });
    const editor = new EpisodeEditor(review, editing, totalS, { judging: false });
    this.finish = button("Rated", () => this.done(), { key: "F", class: "primary" });
    this.status = element("span", { class: "done" });
    page.replaceChildren(
      element(
        "div",
        { class: "rating" },
        element(
          "div",
          { class: "heading" },
          element("a", { href: "#/rate", class: "back", text: "Rating" }),
          element("h1", { text: `Recording ${recording.number}` }),
          element("span", { class: "progress-text", text: "Names, dates and detections are hidden." }),
          element("span", { class: "tools" }, this.status, this.finish),
        ),
        element("div", { class: "watching" }, viewer.stage.element, viewer.transport.element),
        element("div", { class: "beside" }, viewer.closeUps?.element ?? null, editor.element),
        this.area.element,
        table.element,
      ),
    );
    viewer.addEventListener("frame", () => this._showFrame());
    review.addEventListener("change", () => this._showReview());
    setCommands(this._commands());
    this._showReview();
  }

  close() {
    this.viewer.close();
    this.area?.close();
    setCommands([]);
  }

  async done() {
    const wasDone = this.review.state.done;
    await this.editing.finish();
    if (wasDone || !this.review.state.done) return;
    const { items } = await getRatings();
    go(items.find((item) => !item.done));
  }

  _showFrame() {
    const { player, view } = this;
    if (player.playing) view.follow(player.timeS);
    this.area?.place();
  }

  _showReview() {
    const { done } = this.review.state;
    this.finish.textContent = done ? "Change the rating" : "Rated, next";
    this.status.textContent = done ? "Rated" : "";
  }

  _commands() {
    const { editing } = this;
    const command = (key, does, run, group = "Rating") => ({ keys: [key], does, group, run });
    return [
      ...playbackCommands(this.viewer, editing),
      command("x", "remove the episode", () => editing.reject()),
      ...editingCommands(editing, this.recording.regions, "Rating"),
      command("F", "rated: go to the next recording", () => this.done()),
      ...viewCommands(editing),
      command("?", "this list", showHelp, "Page"),
    ];
  }
}
