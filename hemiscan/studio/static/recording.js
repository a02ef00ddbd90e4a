/** The page of one recording: picture, traces, episodes and their review. */

import { RecordingSource } from "./api.js";
import { button, element } from "./dom.js";
import { Editing } from "./editing.js";
import { EpisodeEditor, EpisodeTable, FigureTable } from "./episodes.js";
import { formatDuration } from "./format.js";
import { setCommands, showHelp } from "./keyboard.js";
import { complain, say } from "./messages.js";
import { Meters } from "./meters.js";
import { Review } from "./review.js";
import { ensureReviewer } from "./reviewer.js";
import { TraceData } from "./tracedata.js";
import { Traces } from "./traces.js";
import { TraceArea } from "./tracing.js";
import { FrameValues } from "./values.js";
import { View } from "./view.js";
import { playbackCommands, Workbench } from "./workbench.js";

const LEAST_QUALITY = 0.3;

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
  if (!opened.times.length) {
    page.replaceChildren(element("p", { class: "empty", text: "This recording has no frames." }));
    return () => {};
  }
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
    this.actions = {
      toggleLoop: () => this.toggleLoop(),
      next: (direction) => this.next(direction),
      selectEpisode: (id) => this.selectEpisode(id),
    };
    this.review = new Review(source, recording.review, ensureReviewer);
    this.bench = new Workbench(source, opened, this.actions, { mesh: true });
    this.player = this.bench.player;
    this.view = new View(this.bench.times);
    this.data = new TraceData(source, this.bench.times, this.view);
    this.values = new FrameValues(source, this.bench.times, () => this.showValues());
    this.editing = new Editing(this.review, this.player, {
      usualSide: usualSide(recording),
      measured: true,
    });
    this.bench.movingAt = (timeS) => movingAt(this.review.standing, timeS);
  }

  build(page) {
    const { recording, bench, review, editing } = this;
    const totalS = bench.times.endS;
    this.traces = new Traces(this.data, this.view, recording.regions);
    this.area = new TraceArea(
      {
        times: bench.times,
        view: this.view,
        review,
        blinks: recording.blinks ?? [],
        marks: recording.marks ?? [],
        unclear: findUnclear(this.data.whole?.traces),
        playheadS: () => this.player.timeS,
      },
      this.traces.element,
      this.player,
      this.actions,
    );
    this.meters = new Meters(recording.regions);
    const table = new EpisodeTable(review, totalS, (each) => this.selectEpisode(each), {
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
          bench.stage.element,
          bench.transport.element,
          bench.closeUps?.element ?? element("p", { class: "empty", text: NO_LANDMARKS }),
          this.meters.element,
        ),
        this.area.element,
        element("div", { class: "reviewing" }, table.element, editor.element, figures.element),
      ),
    );
    bench.addEventListener("frame", () => this.showFrame());
    review.addEventListener("change", () => this.showReview());
    setCommands(this._commands());
    this.showReview();
    this.showFrame();
  }

  close() {
    this.bench.close();
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
    const { review, player } = this;
    const { selected } = review;
    this.finish.textContent = review.state.done ? "Reopen review" : "Finish review";
    this.finish.classList.toggle("primary", !review.state.done);
    this.status.textContent = review.state.done ? "Review finished" : "";
    if (player.loop) player.setLoop(selected);
    this.bench.redraw();
  }

  /** Select an episode and go to its start. */
  selectEpisode(id) {
    const { review, player, view } = this;
    review.select(id);
    const episode = review.selected;
    if (!episode) return;
    player.seek(player.times.nearest(episode.start_s));
    if (episode.start_s < view.startS || episode.end_s > view.endS) {
      const room = Math.max((view.spanS - (episode.end_s - episode.start_s)) / 2, 0.5);
      view.show(episode.start_s - room, episode.end_s + room);
    }
    if (player.loop) player.setLoop(episode);
  }

  next(direction) {
    const episode = this.editing.neighbour(direction);
    if (episode) this.selectEpisode(episode.id);
    else say(direction > 0 ? "This was the last episode." : "This was the first episode.");
  }

  nextOpen() {
    const episode = this.editing.nextOpen();
    if (episode) this.selectEpisode(episode.id);
    else say("Every episode has been reviewed.");
  }

  toggleLoop() {
    const { player } = this;
    const episode = this.editing.target;
    if (player.loop) player.setLoop(null);
    else if (!episode) say("Choose an episode first: \u2191 and \u2193, or a click on it.");
    else {
      this.review.select(episode.id);
      player.setLoop(episode);
      player.play();
    }
  }

  async exportReviewed() {
    try {
      const answer = await this.source.exportReviewed();
      say(answer?.message ?? "The report as reviewed is written.");
    } catch (error) {
      complain(error);
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
      identity.date,
      identity.task,
      formatDuration(recording.duration_s),
      `${recording.frame_rate_hz.toFixed(2).replace(/\.?0+$/, "")} frames a second`,
      recording.mirrored ? "mirror image, shown flipped back" : null,
    ].filter(Boolean);
    const warnings = recording.warnings ?? [];
    return element(
      "div",
      { class: "heading" },
      element("a", { href: "#/", class: "back", text: "Recordings" }),
      element("h1", { text: recording.name }),
      element("ul", { class: "facts" }, ...facts.map((text) => element("li", { text }))),
      warnings.length
        ? element(
            "details",
            { class: "warnings" },
            element("summary", { text: `${warnings.length} to note` }),
            element("ul", {}, ...warnings.map((text) => element("li", { text }))),
          )
        : null,
      element(
        "span",
        { class: "tools" },
        this.status,
        button("Report as reviewed", () => this.exportReviewed()),
        this.finish,
      ),
    );
  }

  _commands() {
    const { editing, view, actions } = this;
    const review = (keys, does, run) => ({ keys, does, group: "Review", run });
    const show = (keys, does, run) => ({ keys, does, group: "Traces", run });
    const zoom = (factor) => view.zoom(factor, this.player.timeS);
    return [
      ...playbackCommands(this.bench, actions),
      review(["ArrowDown"], "next episode", () => this.next(1)),
      review(["ArrowUp"], "previous episode", () => this.next(-1)),
      review(["Enter"], "next episode that is not reviewed", () => this.nextOpen()),
      review(["a"], "accept", () => editing.accept()),
      review(["x"], "reject", () => editing.reject()),
      review(["u"], "as detected again", () => editing.restore()),
      review(["n"], "begin a new episode, and end it", () => editing.mark()),
      review(["["], "start at the playhead", () => editing.edgeToPlayhead("start_s")),
      review(["]"], "end at the playhead", () => editing.edgeToPlayhead("end_s")),
      review(["l"], "side: left", () => editing.setSide("left")),
      review(["r"], "side: right", () => editing.setSide("right")),
      review(["t"], "clonic or tonic", () => editing.switchKind()),
      ...recordingRegions(this.recording.regions, editing, review),
      review(["c"], "comment", () => editing.comment()),
      review(["Ctrl+Z", "Ctrl+z"], "undo", () => editing.undo()),
      review(["Ctrl+Shift+Z", "Ctrl+y"], "redo", () => editing.redo()),
      review(["F"], "finish or reopen the review", () => editing.finish()),
      review(["Escape"], "give up a new episode, or the selection", () => editing.giveUp()),
      show(["z"], "zoom to the episode", () => this._zoomToEpisode()),
      show(["w"], "the whole recording", () => view.showAll()),
      show(["i"], "zoom in", () => zoom(0.6)),
      show(["Shift+I", "I"], "zoom out", () => zoom(1 / 0.6)),
      show(["PageUp"], "earlier", () => view.pan(-0.8 * view.spanS)),
      show(["PageDown"], "later", () => view.pan(0.8 * view.spanS)),
      { keys: ["?"], does: "this list", group: "Page", run: showHelp },
      { keys: ["g"], does: "back to the recordings", group: "Page", run: goHome },
    ];
  }

  _zoomToEpisode() {
    const episode = this.editing.target;
    if (episode) this.view.showAround(episode.start_s, episode.end_s);
  }
}

const NO_LANDMARKS =
  "No landmarks were kept, so there are neither lines nor close-ups: analyse the clip with --save-track.";

function recordingRegions(regions, editing, review) {
  return regions.map((region, i) =>
    review([String(i + 1)], `region: ${region}`, () => editing.switchRegion(region)),
  );
}

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
