/**
 * Rating from nothing: recordings in an order drawn by lot, without names, patients or dates, and
 * without anything that was detected. What the rater marks is a reference to compare with.
 */

import { getRatings, RecordingSource } from "./api.js";
import { button, element } from "./dom.js";
import { Editing } from "./editing.js";
import { EpisodeEditor, EpisodeTable } from "./episodes.js";
import { count, formatDuration } from "./format.js";
import { setCommands, showHelp } from "./keyboard.js";
import { say } from "./messages.js";
import { Review } from "./review.js";
import { ensureReviewer } from "./reviewer.js";
import { TraceArea } from "./tracing.js";
import { View } from "./view.js";
import { playbackCommands, Workbench } from "./workbench.js";

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
    this.actions = {
      toggleLoop: () => this.toggleLoop(),
      next: (direction) => this.next(direction),
      selectEpisode: (id) => this.selectEpisode(id),
    };
    this.review = new Review(source, recording.rating, ensureReviewer);
    this.bench = new Workbench(source, opened, this.actions, { mesh: false });
    this.player = this.bench.player;
    this.view = new View(this.bench.times);
    this.editing = new Editing(this.review, this.player, { usualSide: "left", measured: false });
  }

  build(page) {
    const { bench, review, recording } = this;
    const totalS = bench.times.endS;
    this.area = new TraceArea(
      {
        times: bench.times,
        view: this.view,
        review,
        blinks: [],
        marks: [],
        unclear: [],
        playheadS: () => this.player.timeS,
      },
      element("div", { class: "traces" }),
      this.player,
      this.actions,
    );
    const table = new EpisodeTable(review, totalS, (each) => this.selectEpisode(each), { judging: false });
    const editor = new EpisodeEditor(review, this.editing, totalS, { judging: false });
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
        element("div", { class: "watching" }, bench.stage.element, bench.transport.element),
        element("div", { class: "beside" }, bench.closeUps?.element ?? null, editor.element),
        this.area.element,
        table.element,
      ),
    );
    bench.addEventListener("frame", () => this._showFrame());
    review.addEventListener("change", () => this._showReview());
    setCommands(this._commands());
    this._showReview();
  }

  close() {
    this.bench.close();
    this.area?.close();
    setCommands([]);
  }

  selectEpisode(id) {
    const { review, player } = this;
    review.select(id);
    const episode = review.selected;
    if (!episode) return;
    player.seek(player.times.nearest(episode.start_s));
    this.view.follow(episode.start_s);
    if (player.loop) player.setLoop(episode);
  }

  next(direction) {
    const episode = this.editing.neighbour(direction);
    if (episode) this.selectEpisode(episode.id);
  }

  toggleLoop() {
    const { player } = this;
    const episode = this.editing.target;
    if (player.loop) player.setLoop(null);
    else if (episode) {
      this.review.select(episode.id);
      player.setLoop(episode);
      player.play();
    } else say("Choose an episode first.");
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
    if (this.player.loop) this.player.setLoop(this.review.selected);
  }

  _commands() {
    const { editing, view } = this;
    const rate = (keys, does, run) => ({ keys, does, group: "Rating", run });
    return [
      ...playbackCommands(this.bench, this.actions),
      rate(["n"], "begin an episode, and end it", () => editing.mark()),
      rate(["["], "start at the playhead", () => editing.edgeToPlayhead("start_s")),
      rate(["]"], "end at the playhead", () => editing.edgeToPlayhead("end_s")),
      rate(["l"], "side: left", () => editing.setSide("left")),
      rate(["r"], "side: right", () => editing.setSide("right")),
      rate(["t"], "clonic or tonic", () => editing.switchKind()),
      ...this.recording.regions.map((region, i) =>
        rate([String(i + 1)], `region: ${region}`, () => editing.switchRegion(region)),
      ),
      rate(["c"], "comment", () => editing.comment()),
      rate(["x"], "remove", () => editing.reject()),
      rate(["ArrowDown"], "next episode", () => this.next(1)),
      rate(["ArrowUp"], "previous episode", () => this.next(-1)),
      rate(["Ctrl+Z", "Ctrl+z"], "undo", () => editing.undo()),
      rate(["Ctrl+Shift+Z", "Ctrl+y"], "redo", () => editing.redo()),
      rate(["F"], "rated: go to the next recording", () => this.done()),
      rate(["Escape"], "give up a new episode, or the selection", () => editing.giveUp()),
      rate(["w"], "the whole recording on the timeline", () => view.showAll()),
      { keys: ["?"], does: "this list", group: "Page", run: showHelp },
    ];
  }
}
