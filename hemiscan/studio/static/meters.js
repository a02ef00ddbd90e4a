/** How far each half of the face moves in the frame on show, region by region. */

import { element } from "./dom.js";
import { capitalize, FULL_METER } from "./format.js";

export class Meters {
  /** @param {string[]} regions */
  constructor(regions) {
    this.element = element("div", { class: "meters", "aria-hidden": "true" });
    /** @type {Object<string, HTMLElement>} */
    this.bars = {};
    // As one sees the subject: the right half grows to the left, the left half to the right.
    this.element.append(
      element("span", { class: "meter-side right", text: "Right" }),
      element("span"),
      element("span", { class: "meter-side left", text: "Left" }),
    );
    for (const region of regions) {
      this.element.append(
        this._bar(region, "right"),
        element("span", { class: "meter-name", text: capitalize(region) }),
        this._bar(region, "left"),
      );
    }
  }

  /** @param {((column: string) => number) | null} value */
  show(value) {
    for (const [name, bar] of Object.entries(this.bars)) {
      const region = name.split("_")[0];
      const share = value ? value(name) / FULL_METER[region] : NaN;
      const filled = Number.isFinite(share) ? Math.min(Math.max(share, 0), 1) : 0;
      bar.style.transform = `scaleX(${filled.toFixed(3)})`;
      bar.parentElement?.classList.toggle("unknown", !Number.isFinite(share));
    }
  }

  _bar(region, side) {
    const bar = element("span", { class: "meter-bar" });
    this.bars[`${region}_${side}`] = bar;
    return element("span", { class: `meter ${side}` }, bar);
  }
}
