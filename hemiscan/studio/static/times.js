/** Which frame is shown when: the presentation times of a recording's frames. */

export class FrameTimes {
  /** @param {Float64Array} times Strictly increasing, in seconds from the clip's first frame. */
  constructor(times) {
    this.times = times;
    this.length = times.length;
    this.startS = times[0] ?? 0;
    const gaps = times.slice(1).map((time, i) => time - times[i]).sort();
    this.gapS = gaps[gaps.length >> 1] ?? 1 / 30;
    this.endS = (times[times.length - 1] ?? 0) + this.gapS;
  }

  /** Row of the frame that is on show at a time; the first one before it. */
  frameAt(timeS) {
    let low = 0;
    let high = this.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.times[middle] <= timeS) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Row of the frame whose time is nearest to one that was rounded on its way. */
  nearest(timeS) {
    const row = this.frameAt(timeS);
    const next = row + 1;
    if (next < this.length && this.times[next] - timeS < timeS - this.times[row]) return next;
    return row;
  }

  /** Time between a frame and the next one, where a seek is certain to show that frame. */
  middle(row) {
    const next = row + 1 < this.length ? this.times[row + 1] : this.times[row] + this.gapS;
    return (this.times[row] + next) / 2;
  }

  /** Row within the recording that is nearest to a number. */
  clamp(row) {
    return Math.min(Math.max(Math.round(row), 0), this.length - 1);
  }

  /** Time of a row; past the last frame, its end. */
  timeOf(row) {
    return row < this.length ? this.times[row] : this.endS;
  }

  /** The frame's border nearest to a time, where an edge of an episode may lie. */
  snap(timeS) {
    if (this.length && timeS > this.times[this.length - 1] + this.gapS / 2) return this.endS;
    return this.times[this.nearest(timeS)];
  }
}
