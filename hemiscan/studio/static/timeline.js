/** Episodes over time: the whole recording in one strip, those on show, and bands behind traces. */

import { element, fitCanvas, oncePerPicture } from "./dom.js";
import { formatTime, STATE_WORDS } from "./format.js";
import { cssColor, theme } from "./theme.js";
import { roundTimes } from "./view.js";

const FONT = "11px system-ui, sans-serif";
const RULER_PX = 18;
const LANE_PX = 17;

/**
 * @typedef {Object} Timeline
 * @property {import("./times.js").FrameTimes} times
 * @property {import("./view.js").View} view
 * @property {import("./review.js").Review} review
 * @property {{start_s: number, end_s: number}[]} blinks
 * @property {{start_s: number, end_s: number}[]} unclear Stretches without a face or of low quality.
 * @property {{time_s: number, text: string}[]} marks
 * @property {() => number} playheadS
 */

/** One canvas with time from left to right. */
class Strip {
  /**
   * @param {Timeline} timeline
   * @param {string} className
   */
  constructor(timeline, className) {
    this.timeline = timeline;
    this.canvas = element("canvas", { class: className, "aria-hidden": "true" });
    this.redraw = oncePerPicture(() => {
      const { context, width, height } = fitCanvas(this.canvas, this.drawnHeight);
      context.clearRect(0, 0, width, height);
      if (width > 0) this.draw(context, width, height);
    });
    timeline.view.addEventListener("change", this.redraw);
    timeline.review.addEventListener("change", this.redraw);
    theme.addEventListener("change", this.redraw);
    /** In CSS pixels; asked for once, as the browser lays the page out anew to tell it. */
    this.width = 0;
    this._resizing = new ResizeObserver(() => {
      this.width = this.canvas.clientWidth;
      this.redraw();
    });
    this._resizing.observe(this.canvas);
  }

  /**
   * Height in which it draws, in CSS pixels; by default all that is shown.
   *
   * @returns {number | undefined}
   */
  get drawnHeight() {
    return undefined;
  }

  close() {
    this._resizing.disconnect();
    theme.removeEventListener("change", this.redraw);
  }

  /** First and last time that the strip shows. */
  get span() {
    return [this.timeline.view.startS, this.timeline.view.endS];
  }

  x(timeS) {
    const [startS, endS] = this.span;
    return ((timeS - startS) / (endS - startS)) * this.width;
  }

  timeAt(x) {
    const [startS, endS] = this.span;
    return startS + (x / Math.max(this.width, 1)) * (endS - startS);
  }

  /** Fill a stretch of time, at least a pixel wide. */
  fill(context, stretch, top, height) {
    const [startS, endS] = this.span;
    if (stretch.end_s < startS || stretch.start_s > endS) return;
    const from = this.x(stretch.start_s);
    context.fillRect(from, top, Math.max(this.x(stretch.end_s) - from, 1), height);
  }

  draw() {}
}

/** Behind the traces: episodes in the colour of their side, blinks, and what cannot be judged. */
export class Bands extends Strip {
  /** A single row, stretched: large canvases are slow to draw and to lay over each other. */
  get drawnHeight() {
    return 1;
  }

  draw(context, width, height) {
    const { review, blinks, unclear } = this.timeline;
    context.fillStyle = cssColor("--unclear");
    for (const stretch of unclear) this.fill(context, stretch, 0, height);
    context.fillStyle = cssColor("--blink");
    for (const blink of blinks) this.fill(context, blink, 0, height);
    for (const episode of review.episodes) {
      const isSelected = episode.id === review.selectedId;
      if (episode.state === "rejected" && !isSelected) continue;
      context.globalAlpha = episode.state === "rejected" ? 0.08 : isSelected ? 0.24 : 0.13;
      context.fillStyle = cssColor(`--${episode.side}`);
      this.fill(context, episode, 0, height);
    }
    context.globalAlpha = 1;
    this._drawDraft(context, height);
    this._drawMarks(context, height);
  }

  _drawDraft(context, height) {
    const { review, playheadS } = this.timeline;
    if (review.draftS === null) return;
    const times = [review.draftS, playheadS()].sort((a, b) => a - b);
    context.globalAlpha = 0.2;
    context.fillStyle = cssColor("--accent");
    this.fill(context, { start_s: times[0], end_s: times[1] }, 0, height);
    context.globalAlpha = 1;
  }

  _drawMarks(context, height) {
    context.fillStyle = cssColor("--muted");
    for (const { time_s } of this.timeline.marks) {
      this.fill(context, { start_s: time_s, end_s: time_s }, 0, height);
    }
  }
}

/** Over the traces: a scale of time, and a lane of episodes for each side. */
export class Lanes extends Strip {
  draw(context, width, height) {
    const { times, review } = this.timeline;
    const [startS, endS] = this.span;
    context.font = FONT;
    context.textBaseline = "middle";
    context.fillStyle = cssColor("--muted");
    context.strokeStyle = cssColor("--grid");
    const decimals = endS - startS < 2 ? 2 : endS - startS < 20 ? 1 : 0;
    for (const time of roundTimes(startS, endS, width)) {
      const x = Math.round(this.x(time)) + 0.5;
      context.beginPath();
      context.moveTo(x, RULER_PX - 4);
      context.lineTo(x, height);
      context.stroke();
      const label = formatTime(time, times.endS, decimals);
      const room = context.measureText(label).width;
      context.fillText(label, Math.min(Math.max(x - room / 2, 0), width - room), RULER_PX / 2);
    }
    review.episodes.forEach((episode, i) => this._drawEpisode(context, episode, String(i + 1)));
  }

  /** Episode at a place, or null. */
  episodeAt(x, y) {
    const reach = 3;
    return (
      this.timeline.review.episodes.find(
        (episode) =>
          y >= laneTop(episode.side) - 1 &&
          y <= laneTop(episode.side) + LANE_PX &&
          x >= this.x(episode.start_s) - reach &&
          x <= this.x(episode.end_s) + reach,
      ) ?? null
    );
  }

  _drawEpisode(context, episode, label) {
    const from = this.x(episode.start_s);
    const to = Math.max(this.x(episode.end_s), from + 2);
    if (to < 0 || from > this.width) return;
    const top = laneTop(episode.side);
    const height = LANE_PX - 4;
    const color = cssColor(`--${episode.side}`);
    const isOpen = episode.state === "unreviewed";
    const isRejected = episode.state === "rejected";
    context.fillStyle = color;
    context.strokeStyle = color;
    context.globalAlpha = isRejected ? 0 : isOpen ? 0.45 : 1;
    context.fillRect(from, top, to - from, height);
    context.globalAlpha = isRejected ? 0.7 : 1;
    context.lineWidth = 1;
    context.setLineDash(isRejected ? [3, 2] : []);
    context.strokeRect(from + 0.5, top + 0.5, Math.max(to - from - 1, 1), height - 1);
    context.setLineDash([]);
    context.globalAlpha = 1;
    if (episode.id === this.timeline.review.selectedId) {
      context.strokeStyle = cssColor("--text");
      context.lineWidth = 2;
      context.strokeRect(from - 1, top - 1, to - from + 2, height + 2);
      context.lineWidth = 1;
    }
    const text = isRejected ? `${label} \u2715` : label;
    if (to - from < context.measureText(text).width + 8) return;
    context.fillStyle = isRejected || isOpen ? cssColor("--text") : cssColor("--on-side");
    context.fillText(text, Math.max(from, 0) + 5, top + height / 2 + 0.5);
  }
}

function laneTop(side) {
  return RULER_PX + 3 + (side === "left" ? LANE_PX : 0);
}

/** The whole recording in one strip, with the stretch on show marked in it. */
export class Overview extends Strip {
  get span() {
    return [this.timeline.view.firstS, this.timeline.view.lastS];
  }

  draw(context, width, height) {
    const { view, review, unclear, playheadS } = this.timeline;
    const middle = height / 2;
    context.fillStyle = cssColor("--unclear");
    for (const stretch of unclear) this.fill(context, stretch, 0, height);
    context.fillStyle = cssColor("--grid");
    context.fillRect(0, middle - 0.5, width, 1);
    for (const episode of review.episodes) {
      if (episode.state === "rejected") continue;
      context.globalAlpha = episode.state === "unreviewed" ? 0.55 : 1;
      context.fillStyle = cssColor(`--${episode.side}`);
      this.fill(context, episode, episode.side === "right" ? 4 : middle + 1, middle - 5);
    }
    context.globalAlpha = 1;
    const from = this.x(view.startS);
    const to = this.x(view.endS);
    context.fillStyle = cssColor("--veil");
    context.fillRect(0, 0, from, height);
    context.fillRect(to, 0, width - to, height);
    context.strokeStyle = cssColor("--accent");
    context.lineWidth = 1.5;
    context.strokeRect(from + 0.75, 0.75, Math.max(to - from - 1.5, 3), height - 1.5);
    context.fillStyle = cssColor("--playhead");
    context.fillRect(this.x(playheadS()) - 0.75, 0, 1.5, height);
  }
}

/** Say what an episode is, for screen readers. */
export function describeEpisode(episode, number, totalS) {
  const times = `${formatTime(episode.start_s, totalS)} to ${formatTime(episode.end_s, totalS)}`;
  return `Episode ${number}, ${times}, ${episode.side}, ${episode.kind}, ${STATE_WORDS[episode.state]}`;
}
