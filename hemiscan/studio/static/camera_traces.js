/** The movement of the last seconds, region by region, as in the window of `hemiscan live`. */

import { element, fitCanvas, oncePerPicture } from "./dom.js";
import { FULL_METER, LIMB_TITLES, REGIONS, REGION_TITLES, SIDES } from "./format.js";
import { cssColor, theme } from "./theme.js";

const SHOWN_S = 20;
const LABEL_PX = 96;

export class CameraTraces {
  constructor() {
    this.canvas = element("canvas", {
      class: "camera-traces",
      role: "img",
      "aria-label": "Movement of the last 20 seconds, left and right half of each region",
    });
    this.clear();
    this._draw = oncePerPicture(() => this._redraw());
    this._resizing = new ResizeObserver(this._draw);
    this._resizing.observe(this.canvas);
    theme.addEventListener("change", this._draw);
  }

  clear() {
    /** @type {number[]} */
    this.times = [];
    /** @type {number[][][]} By time: left and right, by region; with the body by limb too. */
    this.movement = [];
    this.rows = REGIONS;
    this.state = { time_s: 0, spans: [], marks: [] };
  }

  /** Add what the server says is new. */
  add(state) {
    this.times.push(...state.times_s);
    const limbs = Object.keys(LIMB_TITLES).filter((limb) => limb in state.limbs);
    this.rows = [...REGIONS, ...limbs];
    state.movement.forEach((sides, n) => {
      this.movement.push(sides.map((values, k) => [...values, ...limbs.map((limb) => state.limbs[limb][n][k])]));
    });
    const old = this.times.findIndex((time) => time >= state.time_s - SHOWN_S - 1);
    if (old > 0) {
      this.times.splice(0, old);
      this.movement.splice(0, old);
    }
    this.state = state;
    this._draw();
  }

  close() {
    this._resizing.disconnect();
    theme.removeEventListener("change", this._draw);
  }

  _redraw() {
    const { context, width, height } = fitCanvas(this.canvas);
    context.clearRect(0, 0, width, height);
    const now = this.state.time_s;
    const x = (time) => LABEL_PX + ((time - now + SHOWN_S) / SHOWN_S) * (width - LABEL_PX);
    const row = height / this.rows.length;
    context.save();
    context.beginPath();
    context.rect(LABEL_PX, 0, width - LABEL_PX, height);
    context.clip();
    for (const [start, end, side] of this.state.spans) {
      context.fillStyle = cssColor(`--${side}`);
      context.globalAlpha = 0.14;
      context.fillRect(x(start), 0, x(end) - x(start), height);
    }
    context.globalAlpha = 1;
    context.strokeStyle = cssColor("--muted");
    context.setLineDash([3, 3]);
    for (const mark of this.state.marks) this._line(context, [[x(mark), 0], [x(mark), height]]);
    context.setLineDash([]);
    this.rows.forEach((name, i) => this._drawRow(context, name, i, row, x));
    context.restore();
    context.fillStyle = cssColor("--text");
    context.font = "600 12px system-ui, sans-serif";
    context.textBaseline = "top";
    this.rows.forEach((name, i) => context.fillText(REGION_TITLES[name] ?? LIMB_TITLES[name], 0, i * row + 6));
  }

  _drawRow(context, name, i, row, x) {
    const zero = (i + 0.82) * row;
    const scale = (0.7 * row) / FULL_METER[name];
    const clipped = (value) => zero - Math.max(-0.15 * row, Math.min(0.78 * row, value * scale));
    context.strokeStyle = cssColor("--grid");
    context.lineWidth = 1;
    this._line(context, [[LABEL_PX, zero], [x(this.state.time_s), zero]]);
    SIDES.forEach((side, k) => {
      context.strokeStyle = cssColor(`--${side}`);
      context.lineWidth = 1.5;
      this._line(
        context,
        this.times.map((time, n) => {
          const value = this.movement[n][k][i];
          return [x(time), value === null || value === undefined ? NaN : clipped(value)];
        }),
      );
    });
  }

  /** Draw through points; those without a value leave a gap. */
  _line(context, points) {
    let isDown = false;
    context.beginPath();
    for (const [x, y] of points) {
      if (!Number.isFinite(y)) isDown = false;
      else if (isDown) context.lineTo(x, y);
      else {
        context.moveTo(x, y);
        isDown = true;
      }
    }
    context.stroke();
  }
}
