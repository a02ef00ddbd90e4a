/**
 * What was measured: the whole recording in rough and the stretch on show in detail, for the
 * traces, and the values of single frames, for the meters and the numbers beside the traces.
 */

import { ChunkCache } from "./chunks.js";

const WAIT_MS = 60;
const WHOLE_POINTS = 2400;

/** Frames whose values are fetched at once. */
const ROWS = 512;

/** Fetched on either side of what is shown, in stretches of that length. */
const MARGIN = 0.5;

/**
 * @typedef {Object} Stretch
 * @property {number} startS
 * @property {number} endS
 * @property {boolean} complete Every frame is there.
 * @property {import("./api.js").Traces} traces
 */

/** Event `change`: there is something better to draw. */
export class TraceData extends EventTarget {
  /**
   * @param {import("./api.js").RecordingSource} source
   * @param {import("./times.js").FrameTimes} times
   * @param {import("./view.js").View} view
   */
  constructor(source, times, view) {
    super();
    this.source = source;
    this.times = times;
    this.view = view;
    /** Pixels across a plot. */
    this.width = 800;
    /** @type {Stretch | null} */
    this.whole = null;
    /** @type {Stretch | null} */
    this.detail = null;
    this._timer = 0;
    this._request = new AbortController();
    view.addEventListener("change", () => this._ask());
  }

  async load() {
    const { firstS, lastS } = this.view;
    this.whole = await this._fetch(firstS, lastS, WHOLE_POINTS);
    this.dispatchEvent(new Event("change"));
  }

  close() {
    clearTimeout(this._timer);
    this._request.abort();
  }

  /** The best there is for what is on show now. @returns {Stretch | null} */
  get best() {
    return this.detail && this._covers(this.detail) ? this.detail : this.whole;
  }

  _covers(stretch) {
    const { startS, endS } = this.view;
    return stretch.startS <= startS + 1e-6 && stretch.endS >= endS - 1e-6;
  }

  _isFine(stretch) {
    if (!stretch || !this._covers(stretch)) return false;
    const span = stretch.endS - stretch.startS;
    return stretch.complete || span <= (1 + 2 * MARGIN) * 1.5 * this.view.spanS;
  }

  _ask() {
    clearTimeout(this._timer);
    if (this._isFine(this.whole) || this._isFine(this.detail)) return;
    this._timer = setTimeout(() => this._load(), WAIT_MS);
  }

  async _load() {
    this._request.abort();
    this._request = new AbortController();
    const { startS, endS, spanS, firstS, lastS } = this.view;
    const from = Math.max(startS - MARGIN * spanS, firstS);
    const to = Math.min(endS + MARGIN * spanS, lastS);
    try {
      this.detail = await this._fetch(from, to, Math.round((this.width * (to - from)) / spanS));
    } catch (error) {
      if (error.name !== "AbortError") setTimeout(() => this._ask(), 2000);
      return;
    }
    this.dispatchEvent(new Event("change"));
    this._ask();
  }

  /** @returns {Promise<Stretch>} */
  async _fetch(startS, endS, points) {
    const traces = await this.source.traces(startS, endS, points, this._request.signal);
    const frames = this.times.frameAt(endS) - this.times.frameAt(startS);
    return { startS, endS, traces, complete: traces.time_s.length >= frames };
  }
}

/** The values of single frames. */
export class FrameValues {
  /**
   * @param {import("./api.js").RecordingSource} source
   * @param {import("./times.js").FrameTimes} times
   * @param {() => void} arrived
   */
  constructor(source, times, arrived) {
    this.source = source;
    this.times = times;
    this.cache = new ChunkCache(ROWS, (first, n) => this._load(first, n), times.length, { arrived });
  }

  /**
   * Return the values of a frame by column; null until they are there.
   *
   * @returns {((column: string) => number) | null} NaN where nothing was measured.
   */
  at(row) {
    const found = this.cache.at(row);
    if (!found) return null;
    return (column) => found.chunk[column]?.[found.place] ?? NaN;
  }

  async _load(first, n) {
    const last = first + n - 1;
    // Twice as many points as frames: they come as they are.
    const got = await this.source.traces(this.times.times[first], this.times.times[last], 2 * n);
    /** @type {Object<string, Float32Array>} */
    const chunk = {};
    for (const [name, values] of Object.entries(got.columns)) {
      const column = new Float32Array(n).fill(NaN);
      got.time_s.forEach((time, i) => {
        const place = this.times.nearest(time) - first;
        if (place >= 0 && place < n && values[i] !== null) column[place] = values[i];
      });
      chunk[name] = column;
    }
    return chunk;
  }
}
