/** Clips that are being analysed: dropped on the page or chosen, with progress, and cancelled. */

import { analyseFile, cancelAnalysis, getAnalyses } from "./api.js";
import { button, element } from "./dom.js";
import { complain, say } from "./messages.js";

const EVERY_MS = 700;
const AT_WORK = ["waiting", "running"];

/**
 * @typedef {Object} Job
 * @property {string} job Its id.
 * @property {string} name Of the clip.
 * @property {string|null} recording Id of the row that it is for; null of an added clip.
 * @property {"waiting"|"running"|"done"|"failed"|"cancelled"} state
 * @property {number} progress 0 to 1.
 * @property {string} message Why it failed.
 */

export class AnalysisJobs {
  /**
   * @param {() => void} changed
   * @param {() => void} finished A clip was added, or its analysis has come to its end.
   */
  constructor(changed, finished) {
    this.changed = changed;
    this.finished = finished;
    /** @type {Job[]} */
    this.jobs = [];
    this.element = element("div", { class: "jobs" });
    const input = element("input", {
      type: "file",
      multiple: true,
      hidden: true,
      accept: "video/*,.avi,.mkv,.mts,.m2ts,.wmv",
      onchange: () => {
        this.add([...input.files]);
        input.value = "";
      },
    });
    this.chooser = element(
      "span",
      {},
      input,
      button("Analyse a clip\u2026", () => input.click(), { class: "primary" }),
    );
    this._closed = false;
    this.refresh();
  }

  close() {
    this._closed = true;
    clearTimeout(this._timer);
  }

  /** The analysis under way of a recording of the list. */
  of(recordingId) {
    return this.jobs.find((job) => job.recording === recordingId && AT_WORK.includes(job.state));
  }

  /** Send clips to be analysed, one after the other. @param {File[]} files */
  async add(files) {
    for (const file of files) {
      say(`${file.name}: being copied to the studio.`);
      try {
        await analyseFile(file);
      } catch (error) {
        complain(new Error(`${file.name}: ${error.message}`));
      }
      await this.refresh();
      this.finished();
    }
  }

  async cancel(job) {
    try {
      await cancelAnalysis(job);
    } catch (error) {
      complain(error);
    }
    await this.refresh();
  }

  async refresh() {
    clearTimeout(this._timer);
    const wereAtWork = this.jobs.filter((job) => AT_WORK.includes(job.state));
    const before = new Set(wereAtWork.map((job) => job.job));
    try {
      this.jobs = await getAnalyses();
    } catch (error) {
      complain(error);
      return;
    }
    if (this._closed) return;
    const atWork = this.jobs.filter((job) => AT_WORK.includes(job.state));
    const ended = this.jobs.filter((job) => before.has(job.job) && !atWork.includes(job));
    for (const job of ended) {
      if (job.state === "failed") complain(new Error(`${job.name}: ${job.message}`));
      else say(`${job.name}: ${job.state === "done" ? "analysed" : job.state}.`);
    }
    this._show(atWork.filter((job) => !job.recording));
    this.changed();
    if (ended.length) this.finished();
    if (atWork.length) this._timer = setTimeout(() => this.refresh(), EVERY_MS);
  }

  _show(jobs) {
    this.element.replaceChildren(
      ...jobs.map((job) =>
        element("div", { class: "job" }, element("strong", { text: job.name }), progressOf(job, this)),
      ),
    );
  }
}

/** @param {Job} job @param {AnalysisJobs} jobs */
export function analysisCell(job, jobs) {
  return element("td", { class: "status" }, progressOf(job, jobs));
}

function progressOf(job, jobs) {
  const text = job.state === "waiting" ? "waiting" : `${Math.round(100 * job.progress)}%`;
  return element(
    "span",
    { class: "job-progress" },
    element("progress", { max: "1", value: job.progress, "aria-label": `${job.name}: analysis` }),
    element("span", { text }),
    button("Cancel", () => jobs.cancel(job.job), { class: "quiet" }),
  );
}

/** Let clips be dropped anywhere on the page. @returns {() => void} Ends that. */
export function dropZone(page, jobs) {
  const veil = element(
    "div",
    { class: "drop-veil", hidden: true },
    element("p", { text: "Drop clips to analyse them. They stay on this machine." }),
  );
  page.append(veil);
  const over = (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    veil.hidden = false;
  };
  const leave = (event) => {
    if (!event.relatedTarget) veil.hidden = true;
  };
  const drop = (event) => {
    event.preventDefault();
    veil.hidden = true;
    jobs.add([...(event.dataTransfer?.files ?? [])]);
  };
  window.addEventListener("dragover", over);
  window.addEventListener("dragleave", leave);
  window.addEventListener("drop", drop);
  return () => {
    window.removeEventListener("dragover", over);
    window.removeEventListener("dragleave", leave);
    window.removeEventListener("drop", drop);
  };
}
