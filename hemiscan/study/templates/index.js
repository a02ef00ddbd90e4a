"use strict";
// Draws the table of a study: sorts, searches and turns pages; only the rows of one page exist.
// Names come from people: they get into the page as text alone, never as HTML.

const ROWS_ON_A_PAGE = 100;
const ROWS_IN_PRINT = 2000;
const DASH = "\u2013";
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);

const recordings = data.recordings.map((values, order) => {
  const [patient, visit, date, task, clip, report, attention, remark, seconds, analyzable,
    left, right, perMinute, perMinuteCi, timeShare, blinks, leftSteps, rightSteps] = values;
  const [name, page] = data.patients[patient] ?? ["", ""];
  return {
    order, patient: name, page, visit, date, task, clip, report, attention, remark, seconds,
    analyzable, left, right, episodes: left + right, perMinute, perMinuteCi, timeShare, blinks,
    leftSteps, rightSteps, share: seconds > 0 ? analyzable / seconds : null,
    text: [name, visit, date, task, clip, remark].join("\n").toLowerCase(),
  };
});

function groupByPatient(rows) {
  const groups = new Map();
  for (const row of rows) {
    if (!row.patient) continue;
    if (!groups.has(row.patient)) groups.set(row.patient, []);
    groups.get(row.patient).push(row);
  }
  return [...groups].map(([patient, own], order) => {
    const sum = (get) => own.reduce((all, row) => all + (get(row) ?? 0), 0);
    const dates = own.map((row) => row.date.slice(0, 10)).filter(Boolean).sort();
    const visits = new Set(own.map((row) => row.visit).filter(Boolean));
    const analyzable = sum((row) => row.analyzable);
    const left = sum((row) => row.left), right = sum((row) => row.right);
    return {
      order, patient, page: own[0].page, visits: visits.size, recordings: own.length,
      first: dates[0] ?? "", last: dates.at(-1) ?? "", analyzable, left, right,
      episodes: left + right,
      perMinute: analyzable > 0 ? (60 * (left + right)) / analyzable : null,
      attention: own.some((row) => row.attention) ? "attention" : "",
      urgent: own.filter((row) => row.attention).length,
      text: own.map((row) => row.text).join("\n"),
    };
  });
}
const patients = groupByPatient(recordings);

function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function shape(name, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const link = (text, address) => (address ? element("a", { href: address }, text) : text);
const below = (what) => (what ? [element("span", { class: "sub" }, what)] : []);
const number = (value, decimals) => (value === null ? DASH : value.toFixed(decimals));
const percent = (value) => (value === null ? DASH : `${Math.round(100 * value)}%`);
const length = (seconds) => {
  if (seconds === null) return DASH;
  const whole = Math.round(seconds);
  return seconds < 120 ? `${seconds.toFixed(1)} s`
    : `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")} min`;
};

function timeline(row) {
  const label = `${row.left} left and ${row.right} right episodes in ${length(row.seconds)}`;
  const drawn = shape("svg", {
    class: "timeline", viewBox: `0 0 ${data.steps} 24`, preserveAspectRatio: "none",
    role: "img", "aria-label": label,
  }, shape("title", {}, label), 
  shape("rect", { class: "lane", x: 0, y: 0, width: data.steps, height: 24 }),
  shape("rect", { class: "middle", x: 0, y: 11.5, width: data.steps, height: 1 }));
  for (const [side, steps, y] of [["left", row.leftSteps, 1], ["right", row.rightSteps, 13]]) {
    for (let i = 0; i < steps.length; i += 2) {
      drawn.append(shape("rect", { class: side, x: steps[i], y, width: steps[i + 1], height: 10 }));
    }
  }
  return drawn;
}

// key: what is sorted by; without one the column cannot be. first: direction of the first click.
const COLUMNS = {
  recordings: [
    { title: "Patient", key: "patient", first: 1, head: true, draw: (row) => [link(row.patient || DASH, row.page)] },
    { title: "Visit", key: "visit", first: 1, kind: "wide", draw: (row) => [row.visit || DASH, ...below(row.task)] },
    { title: "Date", key: "date", first: 1, draw: (row) => [row.date.slice(0, 10) || DASH] },
    { title: "Report", key: "clip", first: 1, kind: "clip", draw: (row) => [link(row.clip, row.report), ...below(row.attention === "low quality" ? flag(row) : "")] },
    { title: "Timeline", span: true, draw: (row) => [timeline(row)] },
    { title: "Length", key: "seconds", first: -1, kind: "num", draw: (row) => [length(row.seconds)] },
    { title: "Left", key: "left", first: -1, kind: "num", draw: (row) => [String(row.left)] },
    { title: "Right", key: "right", first: -1, kind: "num", draw: (row) => [String(row.right)] },
    { title: "A minute", key: "perMinute", first: -1, kind: "num", draw: (row) => [number(row.perMinute, 1), ...below(row.perMinuteCi[0] === null ? "" : row.perMinuteCi.map((limit) => number(limit, 1)).join(" to "))] },
    { title: "In spasm", key: "timeShare", first: -1, kind: "num", draw: (row) => [percent(row.timeShare)] },
    { title: "Blinks", key: "blinks", first: -1, kind: "num", draw: (row) => [number(row.blinks, 1)] },
    { title: "Analysable", key: "share", first: 1, kind: "num", draw: (row) => [percent(row.share)] },
  ],
  patients: [
    { title: "Patient", key: "patient", first: 1, head: true, draw: (row) => [link(row.patient, row.page)] },
    { title: "Visits", key: "visits", first: -1, kind: "num", draw: (row) => [String(row.visits)] },
    { title: "Recordings", key: "recordings", first: -1, kind: "num", draw: (row) => [String(row.recordings)] },
    { title: "First", key: "first", first: 1, draw: (row) => [row.first || DASH] },
    { title: "Last", key: "last", first: 1, draw: (row) => [row.last || DASH] },
    { title: "Minutes", key: "analyzable", first: -1, kind: "num", draw: (row) => [(row.analyzable / 60).toFixed(1)] },
    { title: "Left", key: "left", first: -1, kind: "num", draw: (row) => [String(row.left)] },
    { title: "Right", key: "right", first: -1, kind: "num", draw: (row) => [String(row.right)] },
    { title: "A minute", key: "perMinute", first: -1, kind: "num", draw: (row) => [number(row.perMinute, 1)] },
    { title: "To look at", key: "urgent", first: -1, kind: "num", draw: (row) => [String(row.urgent)] },
  ],
};

function flag(row) {
  return element("span", { class: "flag", title: row.remark }, row.attention);
}

function drawRow(row, columns) {
  const hasNoFigures = row.attention === "failed" || row.attention === "waiting";
  const made = element("tr");
  for (const [index, column] of columns.entries()) {
    if (column.span && hasNoFigures) {
      made.append(element("td", { class: "remark", colspan: columns.length - index }, flag(row), row.remark));
      break;
    }
    const attributes = column.head ? { scope: "row" } : column.kind ? { class: column.kind } : {};
    made.append(element(column.head ? "th" : "td", attributes, ...column.draw(row)));
  }
  return made;
}

const state = { view: "recordings", key: null, direction: 1, page: 0, shown: [] };

const FILTERS = {
  "": () => true,
  attention: (row) => row.attention !== "",
  failed: (row) => row.attention === "failed",
  "low quality": (row) => row.attention === "low quality",
  episodes: (row) => row.episodes > 0,
  left: (row) => row.left > 0,
  right: (row) => row.right > 0,
  "no episodes": (row) => row.episodes === 0 && row.perMinute !== null,
};

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

function compare(one, other) {
  const a = one[state.key], b = other[state.key];
  // What is not known comes last in either direction.
  const isMissing = (value) => value === null || value === "";
  if (isMissing(a) || isMissing(b)) return isMissing(a) - isMissing(b) || one.order - other.order;
  const difference = typeof a === "string" ? collator.compare(a, b) : a - b;
  return state.direction * difference || one.order - other.order;
}

function select() {
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const passes = FILTERS[byId("filter").value];
  const rows = state.view === "patients" ? patients : recordings;
  state.shown = rows.filter((row) => passes(row) && words.every((word) => row.text.includes(word)));
  if (state.key !== null) state.shown.sort(compare);
  state.page = 0;
  draw();
}

function drawHead() {
  const cells = COLUMNS[state.view].map((column) => {
    const cell = element("th", { scope: "col", class: column.kind === "num" ? "num" : "" });
    if (!column.key) {
      cell.append(column.title);
      return cell;
    }
    const button = element("button", { type: "button", title: `Sort by ${column.title.toLowerCase()}` }, column.title);
    if (state.key === column.key) {
      cell.setAttribute("aria-sort", state.direction > 0 ? "ascending" : "descending");
    }
    button.addEventListener("click", () => sortBy(column));
    cell.append(button);
    return cell;
  });
  byId("head").replaceChildren(element("tr", {}, ...cells));
}

// Once in the column's first direction, once in the other, then the order that it began with.
function sortBy(column) {
  if (state.key !== column.key) {
    state.key = column.key;
    state.direction = column.first;
  } else if (state.direction === column.first) {
    state.direction = -column.first;
  } else {
    state.key = null;
  }
  drawHead();
  select();
  const index = COLUMNS[state.view].indexOf(column);
  byId("head").rows[0].cells[index].querySelector("button").focus();
}

function draw(isPrinted = false) {
  const columns = COLUMNS[state.view];
  const count = state.shown.length;
  const first = isPrinted ? 0 : state.page * ROWS_ON_A_PAGE;
  const stop = Math.min(first + (isPrinted ? ROWS_IN_PRINT : ROWS_ON_A_PAGE), count);
  const rows = state.shown.slice(first, stop).map((row) => drawRow(row, columns));
  if (count === 0) {
    rows.push(element("tr", {}, element("td", { class: "none", colspan: columns.length }, `No ${state.view} match.`)));
  }
  byId("body").replaceChildren(...rows);
  const all = state.view === "patients" ? patients.length : recordings.length;
  const which = count === 0 ? "none" : `${first + 1} to ${stop}`;
  byId("count").textContent = count === all ? `${which} of ${all} ${state.view}`
    : `${which} of ${count} that match; ${all} ${state.view} in all`;
  const pages = Math.max(Math.ceil(count / ROWS_ON_A_PAGE), 1);
  byId("position").textContent = `Page ${state.page + 1} of ${pages}`;
  byId("previous").disabled = state.page === 0;
  byId("next").disabled = state.page >= pages - 1;
  document.querySelector(".pager").hidden = pages === 1;
}

function turn(by) {
  state.page += by;
  draw();
  byId("table-title").scrollIntoView();
}

function show() {
  state.view = byId("view").value;
  state.key = null;
  byId("table-title").textContent = state.view === "patients" ? "Patients" : "Recordings";
  drawHead();
  select();
}

byId("view").addEventListener("change", show);
byId("search").addEventListener("input", select);
byId("filter").addEventListener("change", select);
byId("previous").addEventListener("click", () => turn(-1));
byId("next").addEventListener("click", () => turn(1));
window.addEventListener("beforeprint", () => draw(true));
window.addEventListener("afterprint", () => draw());
show();
