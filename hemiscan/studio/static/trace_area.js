/**
 * Traces and timelines under one playhead, and the mouse in them: wheel and drag to zoom and pan, a
 * click to seek, and the edges of the selected episode to drag.
 */

import { element } from "./dom.js";
import { episodeAt, moveEdge } from "./editing.js";
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
   * @param {import("./editing.js").Editing} editing
   */
  constructor(timeline, traces, editing) {
    this.timeline = timeline;
    this.editing = editing;
    this.player = editing.player;
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
      element(
        "div",
        { class: "overview-row" },
        element("small", { text: "Whole recording" }),
        this.overview.canvas,
      ),
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
    this._resizing.disconnect();
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
    this._resizing = new ResizeObserver(place);
    this._resizing.observe(this.over);
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
        this.editing.goTo(episode.id);
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
    return episodeAt(this.timeline.review.episodes, timeS);
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
