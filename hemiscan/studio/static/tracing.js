/**
 * Working in the traces: wheel and drag to zoom and pan, a click to seek, and the edges of the
 * selected episode to drag.
 */

import { element } from "./dom.js";
import { formatTime } from "./format.js";
import { Bands, Lanes, Overview } from "./timeline.js";

const CLICK_PX = 4;
const WHEEL = 1.0015;

/** Keys at an edge are one step, written down once they have rested this long. */
const REST_MS = 500;

export class TraceArea {
  /**
   * @param {import("./timeline.js").Timeline} timeline
   * @param {HTMLElement} traces What the area lies over.
   * @param {import("./player.js").FramePlayer} player
   * @param {{selectEpisode: (id: string) => void}} actions
   */
  constructor(timeline, traces, player, actions) {
    this.timeline = timeline;
    this.player = player;
    this.actions = actions;
    this.overview = new Overview(timeline, "overview");
    this.lanes = new Lanes(timeline, "lanes");
    this.bands = new Bands(timeline, "bands");
    this.playhead = element("div", { class: "playhead" });
    this.edges = {
      start_s: new Edge("start_s", this),
      end_s: new Edge("end_s", this),
    };
    this.over = element(
      "div",
      { class: "over" },
      this.playhead,
      this.edges.start_s.element,
      this.edges.end_s.element,
    );
    this.element = element(
      "div",
      { class: "trace-area" },
      element("div", { class: "overview-row" }, element("small", { text: "Whole recording" }), this.overview.canvas),
      element(
        "div",
        { class: "lanes-row" },
        element(
          "div",
          { class: "lane-names" },
          element("small", { text: "seconds" }),
          element("span", { class: "right", text: "Right" }),
          element("span", { class: "left", text: "Left" }),
        ),
        this.lanes.canvas,
      ),
      element("div", { class: "stack" }, this.bands.canvas, traces),
      this.over,
    );
    this._listen();
  }

  close() {
    for (const strip of [this.overview, this.lanes, this.bands]) strip.close();
  }

  /** Put the playhead and the edges where they are now. */
  place() {
    const { view, review, playheadS } = this.timeline;
    const x = this.bands.x(playheadS());
    this.playhead.style.transform = `translateX(${x.toFixed(2)}px)`;
    this.playhead.hidden = playheadS() < view.startS || playheadS() > view.endS;
    for (const edge of Object.values(this.edges)) edge.place(review.selected);
    this.overview.redraw();
    if (review.draftS !== null) this.bands.redraw();
  }

  _listen() {
    const { view, review } = this.timeline;
    const place = () => this.place();
    view.addEventListener("change", place);
    review.addEventListener("change", place);
    new ResizeObserver(place).observe(this.over);
    this.over.addEventListener("wheel", (event) => this._wheel(event), { passive: false });
    this.over.addEventListener("pointerdown", (event) => this._press(event));
    this.over.addEventListener("dblclick", (event) => {
      const episode = this._episodeAt(this._timeAt(event));
      if (episode) view.showAround(episode.start_s, episode.end_s);
      else view.showAll();
    });
    this.overview.canvas.addEventListener("pointerdown", (event) => {
      const go = (each) => this._scrub(this.overview, each);
      go(event);
      follow(event, go);
    });
    this.lanes.canvas.addEventListener("pointerdown", (event) => {
      const episode = this.lanes.episodeAt(event.offsetX, event.offsetY);
      if (episode) {
        this.actions.selectEpisode(episode.id);
        return;
      }
      const go = (each) => this._scrub(this.lanes, each);
      go(event);
      follow(event, go);
    });
  }

  _timeAt(event) {
    return this.bands.timeAt(event.clientX - this.over.getBoundingClientRect().left);
  }

  _episodeAt(timeS) {
    const here = this.timeline.review.episodes.filter(
      (episode) => episode.start_s <= timeS && timeS < episode.end_s,
    );
    return here.find((episode) => episode.state !== "rejected") ?? here[0] ?? null;
  }

  _scrub(strip, event) {
    const x = event.clientX - strip.canvas.getBoundingClientRect().left;
    this.player.seekTime(strip.timeAt(x));
  }

  _wheel(event) {
    event.preventDefault();
    const { view } = this.timeline;
    const lines = event.deltaMode === 1 ? 16 : 1;
    const sideways = event.shiftKey ? event.deltaX || event.deltaY : event.deltaX;
    if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
      view.pan((sideways * lines * view.spanS) / this.over.clientWidth);
    } else {
      view.zoom(WHEEL ** (event.deltaY * lines), this._timeAt(event));
    }
  }

  /** A press that moves pans; one that does not seeks. */
  _press(event) {
    if (event.button !== 0) return;
    const { view, review } = this.timeline;
    let lastX = event.clientX;
    let moved = false;
    follow(
      event,
      (each) => {
        if (!moved && Math.abs(each.clientX - event.clientX) < CLICK_PX) return;
        moved = true;
        this.over.classList.add("panning");
        view.pan((-(each.clientX - lastX) * view.spanS) / this.over.clientWidth);
        lastX = each.clientX;
      },
      () => {
        this.over.classList.remove("panning");
        if (moved) return;
        const timeS = this._timeAt(event);
        const episode = this._episodeAt(timeS);
        if (episode) review.select(episode.id);
        this.player.seekTime(timeS);
      },
    );
  }
}

/** One edge of the selected episode: dragged, or moved frame by frame with the arrow keys. */
class Edge {
  /**
   * @param {"start_s"|"end_s"} name
   * @param {TraceArea} area
   */
  constructor(name, area) {
    this.name = name;
    this.area = area;
    this._rest = 0;
    this.element = element("div", {
      class: `edge ${name === "start_s" ? "edge-start" : "edge-end"}`,
      role: "slider",
      tabindex: "0",
      "aria-label": name === "start_s" ? "Start of the episode" : "End of the episode",
      "aria-orientation": "horizontal",
      hidden: true,
    });
    this.element.addEventListener("pointerdown", (event) => this._press(event));
    this.element.addEventListener("keydown", (event) => this._key(event));
    this.element.addEventListener("blur", () => this._commit());
  }

  /** @param {import("./api.js").Episode | null} episode The selected one. */
  place(episode) {
    const { view, times } = this.area.timeline;
    const timeS = episode ? episode[this.name] : NaN;
    this.element.hidden = !(timeS >= view.startS && timeS <= view.endS);
    if (!episode) return;
    this.element.style.transform = `translateX(${this.area.bands.x(timeS).toFixed(2)}px)`;
    this.element.style.setProperty("--edge", `var(--${episode.side})`);
    this.element.setAttribute("aria-valuemin", view.firstS.toFixed(3));
    this.element.setAttribute("aria-valuemax", view.lastS.toFixed(3));
    this.element.setAttribute("aria-valuenow", timeS.toFixed(3));
    this.element.setAttribute("aria-valuetext", `${formatTime(timeS, times.endS, 2)} s`);
  }

  _press(event) {
    if (event.button !== 0) return;
    event.stopPropagation();
    this.area.player.pause();
    const left = this.area.over.getBoundingClientRect().left;
    follow(
      event,
      (each) => this._move(this.area.bands.timeAt(each.clientX - left)),
      () => this._commit(),
    );
  }

  _key(event) {
    const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const episode = this.area.timeline.review.selected;
    if (!direction || !episode) return;
    event.preventDefault();
    const { times } = this.area.timeline;
    const step = direction * (event.shiftKey ? 10 : 1);
    const row = times.nearest(episode[this.name]);
    const past = episode[this.name] > times.times[row] + times.gapS / 2 ? 1 : 0;
    this._move(times.timeOf(Math.max(row + past + step, 0)));
    clearTimeout(this._rest);
    this._rest = setTimeout(() => this._commit(), REST_MS);
  }

  _move(timeS) {
    const { review, times } = this.area.timeline;
    const episode = review.selected;
    if (!episode) return;
    const moved = moveEdge(episode, this.name, timeS, times);
    review.setPreview({ id: episode.id, ...moved });
    this.area.player.seekTime(moved[this.name]);
  }

  _commit() {
    clearTimeout(this._rest);
    const { review } = this.area.timeline;
    if (review.preview) review.act({ type: "change", ...review.preview });
  }
}

/**
 * Return start and end of an episode with one edge moved to a frame's time, at least a frame long.
 *
 * @param {{start_s: number, end_s: number}} episode
 * @param {"start_s"|"end_s"} name
 * @param {import("./times.js").FrameTimes} times
 */
export function moveEdge(episode, name, timeS, times) {
  const snapped = times.snap(timeS);
  if (name === "start_s") {
    const latest = times.timeOf(Math.max(times.frameAt(episode.end_s - times.gapS / 2), 0));
    return { start_s: Math.min(snapped, latest), end_s: episode.end_s };
  }
  const earliest = times.timeOf(times.frameAt(episode.start_s) + 1);
  return { start_s: episode.start_s, end_s: Math.max(snapped, earliest) };
}

/** Follow a pressed pointer until it is let go, wherever it goes. */
function follow(event, move, end = () => {}) {
  const target = /** @type {Element} */ (event.currentTarget);
  target.setPointerCapture(event.pointerId);
  const stop = (each) => {
    target.removeEventListener("pointermove", move);
    target.removeEventListener("pointerup", stop);
    target.removeEventListener("pointercancel", stop);
    end(each);
  };
  target.addEventListener("pointermove", move);
  target.addEventListener("pointerup", stop);
  target.addEventListener("pointercancel", stop);
}
