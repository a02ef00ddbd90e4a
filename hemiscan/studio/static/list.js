/** The list of recordings: sorted and filtered, with small timelines and the progress of review. */

import { analyseRecording, getRecordings, setIdentity } from "./api.js";
import { analysisCell, AnalysisJobs, dropZone } from "./analyses.js";
import { ask } from "./dialogs.js";
import { button, element, fitCanvas } from "./dom.js";
import { capitalize, count, formatDuration, formatShare } from "./format.js";
import { setCommands, showHelp } from "./keyboard.js";
import { complain, say } from "./messages.js";
import { currentSession } from "./reviewer.js";
import { cssColor, theme } from "./theme.js";

/**
 * @typedef {Object} Row
 * @property {string} id
 * @property {string} name
 * @property {string} patient
 * @property {string} visit
 * @property {string} date
 * @property {string} task
 * @property {"analysed"|"not analysed"|"failed"} status
 * @property {number|null} duration_s
 * @property {number|null} coverage
 * @property {boolean} low_quality
 * @property {{start_s: number, end_s: number, side: "left"|"right"}[]} episodes
 * @property {{reviewed: number, total: number, done: boolean}} review
 * @property {string} note
 * @property {string} [error]
 */

/** What a row lacks of a clip that was not analysed, or whose results cannot be read. */
const UNKNOWN = {
  patient: "",
  visit: "",
  date: "",
  task: "",
  note: "",
  duration_s: null,
  coverage: null,
  low_quality: false,
  episodes: [],
  review: { reviewed: 0, total: 0, done: false },
};

/** Columns, with what they are sorted by. @type {{title: string, by?: (row: Row) => any, num?: boolean}[]} */
const COLUMNS = [
  { title: "Patient", by: (row) => row.patient },
  { title: "Visit", by: (row) => row.visit },
  { title: "Date", by: (row) => row.date },
  { title: "Task", by: (row) => row.task },
  { title: "Recording", by: (row) => row.name },
  { title: "Timeline" },
  { title: "Length", by: (row) => row.duration_s ?? -1, num: true },
  { title: "Episodes", by: (row) => row.episodes.length, num: true },
  { title: "Face seen", by: (row) => row.coverage ?? -1, num: true },
  { title: "Review", by: (row) => shareReviewed(row) },
  { title: "Note", by: (row) => row.note },
  { title: "" },
];

/** Place of the cell that shows either the timeline or what is to be done for one. */
const TIMELINE = COLUMNS.findIndex((column) => column.title === "Timeline");

const FILTERS = {
  all: () => true,
  "to review": (row) => row.status === "analysed" && !row.review.done,
  "review finished": (row) => row.review.done,
  "not analysed": (row) => row.status !== "analysed",
};

const natural = new Intl.Collator("en", { numeric: true });

/** How the list was left, for coming back to it from a recording. */
const kept = { column: 0, descending: false, filter: "all", text: "", id: "" };

/** Show the list. @param {HTMLElement} page @returns {Promise<() => void>} */
export async function showList(page) {
  const list = new RecordingList(await getRows());
  list.build(page);
  return () => list.close();
}

/** @returns {Promise<Row[]>} */
async function getRows() {
  const rows = await getRecordings();
  return rows.map((row) => ({ ...UNKNOWN, ...row }));
}

class RecordingList {
  /** @param {Row[]} rows */
  constructor(rows) {
    this.rows = rows;
    const session = currentSession();
    this.canAnalyse = session.can_analyse;
    this.isStudy = session.kind === "study";
    this.jobs = new AnalysisJobs(() => this._showJobs(), () => this._reload());
    this.body = element("tbody");
    this.heads = COLUMNS.map((column, i) => this._head(column, i));
    this.search = element("input", {
      type: "search",
      placeholder: "Filter by name, patient, note\u2026",
      "aria-label": "Filter",
      value: kept.text,
      oninput: () => {
        kept.text = this.search.value;
        this.show();
      },
    });
    this.filters = Object.keys(FILTERS).map((name) =>
      button(capitalize(name), () => this._filter(name), { pressed: name === kept.filter }),
    );
    this.total = element("span", { class: "progress-text" });
    this._resizing = new ResizeObserver(() => this._drawTimelines());
    this._recolor = () => this._drawTimelines();
    theme.addEventListener("change", this._recolor);
  }

  build(page) {
    page.replaceChildren(
      element(
        "div",
        { class: "list" },
        element(
          "div",
          { class: "heading" },
          element("h1", { text: "Recordings" }),
          this.search,
          element("span", { class: "tools", role: "group", "aria-label": "Show" }, ...this.filters),
          this.total,
          element("span", { class: "tools" }, this.canAnalyse ? this.jobs.chooser : null),
        ),
        this.jobs.element,
        element(
          "div",
          { class: "panel" },
          element(
            "table",
            { class: "recordings" },
            element("thead", {}, element("tr", {}, ...this.heads)),
            this.body,
          ),
        ),
      ),
    );
    if (this.canAnalyse) this._leaveDropZone = dropZone(page, this.jobs);
    this._resizing.observe(this.body);
    const command = (key, does, run, group = "Recordings") => ({ keys: [key], does, group, run });
    setCommands([
      command("ArrowDown", "next recording", () => this._move(1)),
      command("ArrowUp", "previous recording", () => this._move(-1)),
      command("Enter", "open the recording", () => this._openCurrent()),
      command("e", "edit patient, visit, date, task and note", () => this._editCurrent()),
      command("/", "filter", () => this.search.focus()),
      command("?", "this list", showHelp, "Page"),
    ]);
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "Escape" || event.key === "Enter") this.search.blur();
    });
    this.show();
  }

  close() {
    this.jobs.close();
    this._resizing.disconnect();
    this._leaveDropZone?.();
    theme.removeEventListener("change", this._recolor);
    setCommands([]);
  }

  /** Rows that pass the filters, in order. */
  get shown() {
    const words = kept.text.toLowerCase().split(/\s+/).filter(Boolean);
    const passes = FILTERS[kept.filter];
    const by = COLUMNS[kept.column].by ?? (() => 0);
    const sign = kept.descending ? -1 : 1;
    return this.rows
      .filter((row) => passes(row) && words.every((word) => textOf(row).includes(word)))
      .sort((a, b) => sign * compare(by(a), by(b)) || compare(a.visit, b.visit) || compare(a.name, b.name));
  }

  show() {
    const { shown } = this;
    const episodes = shown.reduce((sum, row) => sum + row.episodes.length, 0);
    const finished = shown.filter((row) => row.review.done).length;
    this.total.textContent =
      `${count(shown.length, "recording")}, ${count(episodes, "episode")}, ${finished} reviewed`;
    this.body.replaceChildren(...shown.map((row) => this._row(row)));
    if (!shown.length) {
      const text = this.rows.length
        ? "No recording passes the filter."
        : this.canAnalyse
          ? "No recordings yet. Drop a clip here to analyse it, or film one under Camera."
          : "No recordings yet.";
      const colspan = String(COLUMNS.length);
      this.body.append(element("tr", {}, element("td", { class: "empty", colspan, text })));
    }
    this.heads.forEach((head, i) => {
      const order = kept.descending ? "descending" : "ascending";
      if (COLUMNS[i].by) head.setAttribute("aria-sort", i === kept.column ? order : "none");
    });
    this._drawTimelines();
  }

  _head(column, i) {
    const className = column.num ? "num" : "";
    if (!column.by) return element("th", { scope: "col", class: className, text: column.title });
    const press = () => {
      kept.descending = kept.column === i && !kept.descending;
      kept.column = i;
      this.show();
    };
    return element(
      "th",
      { scope: "col", class: className },
      element("button", { type: "button", class: "sort", text: column.title, onclick: press }),
    );
  }

  /** @param {Row} row */
  _row(row) {
    const isAnalysed = row.status === "analysed";
    const href = `#/recording/${encodeURIComponent(row.id)}`;
    const cell = (text, className = "") => element("td", { class: className, text });
    const known = (text) => text || "\u2013";
    return element(
      "tr",
      {
        data: { id: row.id },
        class: isAnalysed ? "" : "not-analysed",
        "aria-current": row.id === kept.id ? "true" : null,
        onclick: (event) => this._click(event, row),
      },
      element("td", { text: known(row.patient), title: row.patient || null }),
      cell(known(row.visit)),
      cell(known(row.date)),
      cell(known(row.task)),
      element("th", { scope: "row" }, isAnalysed ? element("a", { href, text: row.name }) : row.name),
      this._timelineOrStatus(row),
      ...(row.status === "failed" ? [] : this._figureCells(row)),
    );
  }

  /** What stands right of the timeline. @param {Row} row */
  _figureCells(row) {
    const isAnalysed = row.status === "analysed";
    const cell = (text, className = "") => element("td", { class: className, text });
    return [
      cell(isAnalysed ? formatDuration(row.duration_s) : "", "num"),
      cell(isAnalysed ? String(row.episodes.length) : "", "num"),
      element(
        "td",
        { class: "num" },
        row.low_quality ? element("span", { class: "low", text: "low quality " }) : null,
        isAnalysed ? formatShare(row.coverage) : "",
      ),
      isAnalysed ? reviewCell(row) : cell(""),
      element("td", { class: "note", text: row.note, title: row.note || null }),
      element(
        "td",
        { class: "num" },
        isAnalysed && !this.isStudy ? button("Edit", () => this._edit(row), { class: "quiet" }) : null,
      ),
    ];
  }

  /** @param {Row} row */
  _timelineOrStatus(row) {
    const job = this.jobs.of(row.id);
    if (job) return analysisCell(job, this.jobs);
    if (row.status === "analysed") return timelineCell(row);
    if (row.status === "failed") {
      // All of it is to be read: it says what to do.
      const colspan = String(COLUMNS.length - TIMELINE);
      return element("td", { class: "status failed", colspan, text: `failed: ${row.error}` });
    }
    return element(
      "td",
      { class: "status" },
      this.canAnalyse ? button("Analyse", () => this._analyse(row), { class: "quiet" }) : null,
      element("span", { text: "not analysed" }),
    );
  }

  async _analyse(row) {
    try {
      await analyseRecording(row.id);
    } catch (error) {
      complain(error);
    }
    await this.jobs.refresh();
  }

  _showJobs() {
    const rows = new Map(this.rows.map((row) => [row.id, row]));
    for (const line of this.body.rows) {
      const row = rows.get(line.dataset.id);
      const cell = line.cells[TIMELINE];
      if (!row || !(this.jobs.of(row.id) || cell.classList.contains("status"))) continue;
      const hadFocus = cell.contains(document.activeElement);
      const renewed = this._timelineOrStatus(row);
      cell.replaceWith(renewed);
      if (hadFocus) renewed.querySelector("button")?.focus();
    }
    this._drawTimelines();
  }

  async _reload() {
    try {
      this.rows = await getRows();
      this.show();
    } catch (error) {
      complain(error);
    }
  }

  _filter(name) {
    kept.filter = name;
    Object.keys(FILTERS).forEach((each, i) => {
      this.filters[i].setAttribute("aria-pressed", String(each === name));
    });
    this.show();
  }

  _click(event, row) {
    if (event.target.closest("button, a")) return;
    this._point(row.id);
    if (row.status === "analysed" && getSelection()?.isCollapsed !== false) open(row.id);
  }

  _point(id) {
    kept.id = id;
    for (const each of this.body.rows) {
      if (each.dataset.id === id) each.setAttribute("aria-current", "true");
      else each.removeAttribute("aria-current");
    }
  }

  _move(by) {
    const { shown } = this;
    if (!shown.length) return;
    const at = shown.findIndex((row) => row.id === kept.id);
    const next = shown[at < 0 ? 0 : Math.min(Math.max(at + by, 0), shown.length - 1)];
    this._point(next.id);
    this.body.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }

  _openCurrent() {
    const row = this.rows.find((each) => each.id === kept.id);
    if (row?.status === "analysed") open(row.id);
  }

  _editCurrent() {
    const row = this.rows.find((each) => each.id === kept.id);
    if (this.isStudy) say("Who is filmed is told by the study's table; change it there.");
    else if (row?.status === "analysed") this._edit(row);
    else say("Choose a recording that was analysed first: \u2191 and \u2193.");
  }

  /** @param {Row} row */
  async _edit(row) {
    const answer = await ask(
      row.name,
      [
        { name: "patient", label: "Patient", value: row.patient, max: 64, hint: "A code; no name is needed." },
        { name: "visit", label: "Visit", value: row.visit, max: 64 },
        { name: "date", label: "Date", value: row.date, type: "date" },
        { name: "task", label: "Task", value: row.task, max: 64 },
        { name: "note", label: "Note", value: row.note, max: 500, long: true },
      ],
      {
        explanation: "Written into the summary, the report and the saved landmarks; what was measured and reviewed stays.",
        answer: "Save",
      },
    );
    if (!answer) return;
    try {
      await setIdentity(row.id, { ...answer, note: answer.note.replace(/\s+/g, " ") });
      await this._reload();
    } catch (error) {
      complain(error);
    }
  }

  _drawTimelines() {
    for (const canvas of this.body.querySelectorAll("canvas")) {
      const row = this.rows.find((each) => each.id === canvas.closest("tr")?.dataset.id);
      if (row) drawTimeline(canvas, row);
    }
  }
}

function open(id) {
  kept.id = id;
  location.hash = `#/recording/${encodeURIComponent(id)}`;
}

/** @param {Row} row */
function timelineCell(row) {
  const left = row.episodes.filter((each) => each.side === "left").length;
  const label = `${left} on the left, ${row.episodes.length - left} on the right`;
  return element(
    "td",
    { class: "timeline" },
    element("canvas", { role: "img", "aria-label": label, title: label }),
  );
}

/** Right above, left below, as on the recording's page. */
function drawTimeline(canvas, row) {
  const { context, width, height } = fitCanvas(canvas);
  context.clearRect(0, 0, width, height);
  context.fillStyle = cssColor("--line");
  context.fillRect(0, height / 2 - 0.5, width, 1);
  const total = row.duration_s || 1;
  for (const episode of row.episodes) {
    const from = (episode.start_s / total) * width;
    const length = Math.max(((episode.end_s - episode.start_s) / total) * width, 1.5);
    context.fillStyle = cssColor(`--${episode.side}`);
    context.fillRect(from, episode.side === "right" ? 1 : height / 2 + 1, length, height / 2 - 2);
  }
}

/** @param {Row} row */
function reviewCell(row) {
  const { reviewed, total, done } = row.review;
  const share = shareReviewed(row);
  const bar = element("span", { class: "bar-fill" });
  bar.style.transform = `scaleX(${Math.min(share, 1).toFixed(3)})`;
  return element(
    "td",
    { class: `review ${done ? "finished" : ""}` },
    element("span", { class: "bar-track", "aria-hidden": "true" }, bar),
    element("span", { text: done ? "finished" : total ? `${reviewed} of ${total}` : "none found" }),
  );
}

function shareReviewed(row) {
  if (row.review.done) return 2;
  return row.review.total ? row.review.reviewed / row.review.total : 0;
}

function textOf(row) {
  return [row.name, row.patient, row.visit, row.date, row.task, row.note].join(" ").toLowerCase();
}

function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return natural.compare(String(a ?? ""), String(b ?? ""));
}
