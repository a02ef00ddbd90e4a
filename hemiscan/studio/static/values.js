/** The measured values of single frames: for meters and the numbers beside the traces. */

import { ChunkCache } from "./chunks.js";

const ROWS = 512;

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
