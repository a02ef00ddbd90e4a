/** The stretch of the recording that the traces show. */

const LEAST_FRAMES = 12;

/** Event `change`: another stretch is shown. */
export class View extends EventTarget {
  /** @param {import("./times.js").FrameTimes} times */
  constructor(times) {
    super();
    this.firstS = times.startS;
    this.lastS = times.endS;
    this.leastS = Math.min(LEAST_FRAMES * times.gapS, this.lastS - this.firstS);
    this.startS = this.firstS;
    this.endS = this.lastS;
  }

  get spanS() {
    return this.endS - this.startS;
  }

  get isWhole() {
    return this.startS <= this.firstS && this.endS >= this.lastS;
  }

  /** Show a stretch, or what of it lies inside the recording. */
  show(startS, endS) {
    const spanS = Math.min(Math.max(endS - startS, this.leastS), this.lastS - this.firstS);
    const middleS = (startS + endS) / 2;
    const from = Math.min(Math.max(middleS - spanS / 2, this.firstS), this.lastS - spanS);
    if (from === this.startS && from + spanS === this.endS) return;
    this.startS = from;
    this.endS = from + spanS;
    this.dispatchEvent(new Event("change"));
  }

  showAll() {
    this.show(this.firstS, this.lastS);
  }

  /** Show a stretch with as much again around it. */
  showAround(startS, endS) {
    const roomS = Math.max((endS - startS) / 2, 0.5);
    this.show(startS - roomS, endS + roomS);
  }

  /** Zoom by a factor; what is at a time stays where it is. */
  zoom(factor, atS) {
    const spanS = Math.min(Math.max(this.spanS * factor, this.leastS), this.lastS - this.firstS);
    const share = (atS - this.startS) / this.spanS;
    this.show(atS - share * spanS, atS + (1 - share) * spanS);
  }

  pan(byS) {
    const spanS = this.spanS;
    const from = Math.min(Math.max(this.startS + byS, this.firstS), this.lastS - spanS);
    this.show(from, from + spanS);
  }

  /** Turn the page when a time is not on it. */
  follow(timeS) {
    if (timeS >= this.startS && timeS <= this.endS) return;
    const from = timeS - 0.1 * this.spanS;
    this.show(from, from + this.spanS);
  }
}

/**
 * Round times for a scale, about as many as there is room for.
 *
 * @returns {number[]}
 */
export function roundTimes(startS, endS, widthPx, leastPx = 80) {
  const wanted = ((endS - startS) * leastPx) / Math.max(widthPx, leastPx);
  const steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 3600];
  const step = steps.find((each) => each >= wanted) ?? 7200;
  const times = [];
  for (let i = Math.ceil(startS / step); i * step <= endS; i += 1) times.push(i * step);
  return times;
}
