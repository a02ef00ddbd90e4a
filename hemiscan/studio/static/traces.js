/** The traces of all regions, the detector's score and the lids, one plot each, drawn by uPlot. */

import uPlot from "./vendor/uPlot/uPlot.esm.js";
import { element, oncePerPicture } from "./dom.js";
import { formatNumber, REGION_TITLES } from "./format.js";
import { cssColor, theme } from "./theme.js";
import { roundTimes } from "./view.js";

/** Width of the scale of values left of each plot, and the room right of it, in pixels. */
const SCALE_PX = 38;
const ROOM_PX = 10;

/** Frames of lower quality say nothing, and do not stretch the scale. */
const LEAST_QUALITY = 0.3;

/**
 * @typedef {Object} Panel
 * @property {string} name
 * @property {string} title
 * @property {string} unit
 * @property {[string, string]} columns Right and left.
 * @property {[number, number]} least Values that are always on the scale.
 * @property {number[] | null} ticks
 * @property {number} factor From the unit of the tables to the one shown.
 * @property {number} decimals
 */

/** @returns {Panel[]} */
function listPanels(regions, columns) {
  const isMeasured = (name) => columns[name]?.some((value) => value !== null);
  const panels = regions.map((region) => ({
    name: region,
    title: REGION_TITLES[region],
    unit: region === "eye" ? "% of opening" : "% of eye distance",
    columns: [`${region}_right`, `${region}_left`],
    least: region === "eye" ? [-0.2, 1.1] : [-0.02, 0.04],
    ticks: region === "eye" ? [0, 0.5, 1] : null,
    factor: 100,
    decimals: region === "eye" ? 0 : 1,
  }));
  panels.push({
    name: "score",
    title: "Score",
    unit: "of the detector",
    columns: ["score_right", "score_left"],
    least: [-0.05, 1.05],
    ticks: [0, 0.5, 1],
    factor: 1,
    decimals: 2,
  });
  if (isMeasured("lid_left") || isMeasured("lid_right")) {
    panels.push({
      name: "lid",
      title: "Lid opening",
      unit: "% of eye width",
      columns: ["lid_right", "lid_left"],
      least: [0, 0.3],
      ticks: null,
      factor: 100,
      decimals: 1,
    });
  }
  return panels;
}

export class Traces {
  /**
   * @param {import("./trace_data.js").TraceData} data
   * @param {import("./view.js").View} view
   * @param {string[]} regions
   */
  constructor(data, view, regions) {
    this.data = data;
    this.view = view;
    this.element = element("div", { class: "traces" });
    this.panels = listPanels(regions, data.whole?.traces.columns ?? {});
    /** @type {{panel: Panel, plot: any, box: HTMLElement, numbers: Object<string, HTMLElement>}[]} */
    this.plots = [];
    this._shown = null;
    this._draw = oncePerPicture(() => this._redraw());
    for (const panel of this.panels) this._add(panel);
    view.addEventListener("change", this._draw);
    data.addEventListener("change", this._draw);
    this._recolor = () => this.plots.forEach(({ plot }) => plot.redraw(false, true));
    theme.addEventListener("change", this._recolor);
    this._resizing = new ResizeObserver(oncePerPicture(() => this._resize()));
    this._resizing.observe(this.element);
  }

  close() {
    this._resizing.disconnect();
    theme.removeEventListener("change", this._recolor);
    for (const { plot } of this.plots) plot.destroy();
    this.plots = [];
  }

  /** Name the values of the frame on show. @param {((column: string) => number) | null} value */
  showValues(value) {
    for (const { panel, numbers } of this.plots) {
      for (const column of panel.columns) {
        const shown = value ? value(column) * panel.factor : NaN;
        numbers[column].textContent = formatNumber(shown, panel.decimals);
      }
    }
  }

  /** @param {Panel} panel */
  _add(panel) {
    const [right, left] = panel.columns;
    const numbers = {
      [right]: element("span", { class: "value right" }),
      [left]: element("span", { class: "value left" }),
    };
    const label = element(
      "div",
      { class: "trace-label" },
      element("strong", { text: panel.title }),
      element("small", { text: panel.unit }),
      element("span", { class: "values" }, "R ", numbers[right], " L ", numbers[left]),
    );
    const box = element("div", {
      class: "trace-plot",
      role: "img",
      "aria-label": `${panel.title}, left and right half over time`,
    });
    this.element.append(element("div", { class: `trace trace-${panel.name}` }, label, box));
    const plot = new uPlot(this._options(panel), [[], [], []], box);
    this.plots.push({ panel, plot, box, numbers });
  }

  /** @param {Panel} panel */
  _options(panel) {
    const range = this._range(panel);
    const tickDecimals = panel.factor === 1 ? 1 : 0;
    const grid = { stroke: () => cssColor("--grid"), width: 1 };
    const line = (side) => ({
      stroke: () => cssColor(`--${side}`),
      // Where no graphics processor draws them, thicker lines take ten times as long.
      width: 1,
      points: { show: false },
    });
    return {
      width: 600,
      height: 60,
      padding: [5, ROOM_PX, 5, 0],
      cursor: { show: false },
      legend: { show: false },
      select: { show: false },
      scales: {
        x: { time: false, auto: false },
        y: { auto: false, range: () => range },
      },
      axes: [
        {
          size: 0,
          gap: 0,
          ticks: { show: false },
          splits: (plot) => roundTimes(this.view.startS, this.view.endS, plot.over.clientWidth),
          values: (_, splits) => splits.map(() => ""),
          grid,
        },
        {
          size: SCALE_PX,
          gap: 4,
          stroke: () => cssColor("--muted"),
          font: "11px system-ui, sans-serif",
          ticks: { show: false },
          splits: () => panel.ticks ?? roundValues(range),
          values: (_, splits) => splits.map((value) => formatNumber(value * panel.factor, tickDecimals)),
          grid,
        },
      ],
      series: [{}, line("right"), line("left")],
    };
  }

  /** Limits of a panel's scale: all values of good quality. */
  _range(panel) {
    const { columns } = this.data.whole?.traces ?? { columns: {} };
    const quality = columns.quality ?? [];
    let [low, high] = panel.least;
    for (const name of panel.columns) {
      (columns[name] ?? []).forEach((value, i) => {
        if (value === null || (quality[i] ?? 1) < LEAST_QUALITY) return;
        low = Math.min(low, value);
        high = Math.max(high, value);
      });
    }
    const margin = 0.05 * (high - low);
    return [low - margin, high + margin];
  }

  _resize() {
    for (const { plot, box } of this.plots) {
      const width = box.clientWidth;
      const height = box.clientHeight;
      if (width && height && (plot.width !== width || plot.height !== height)) {
        plot.setSize({ width, height });
      }
    }
    this.data.width = Math.max(200, this.element.clientWidth);
    this._draw();
  }

  _redraw() {
    const best = this.data.best;
    const renewed = best !== this._shown;
    this._shown = best;
    const { startS, endS } = this.view;
    for (const { plot, panel } of this.plots) {
      plot.batch(() => {
        if (best && renewed) {
          const { time_s, columns } = best.traces;
          plot.setData([time_s, columns[panel.columns[0]], columns[panel.columns[1]]], false);
        }
        plot.setScale("x", { min: startS, max: endS });
      });
    }
  }
}

/** Two or three round values of a scale, zero among them. */
function roundValues([low, high]) {
  const power = 10 ** Math.floor(Math.log10(high - low));
  const step = [0.2, 0.5, 1, 2].map((each) => each * power).find((each) => (high - low) / each < 4);
  const values = [];
  for (let i = Math.ceil(low / step); i * step <= high; i += 1) values.push(i * step);
  return values;
}
