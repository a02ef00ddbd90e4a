/** The list of episodes, the one that is selected, and the figures as detected and as reviewed. */

import { button, element, setPressed } from "./dom.js";
import {
  capitalize,
  formatDuration,
  formatMoment,
  formatNumber,
  formatShare,
  formatTime,
  KINDS,
  REGIONS,
  SIDES,
  STATE_WORDS,
} from "./format.js";
import { describeEpisode } from "./timeline.js";

const STATE_MARKS = {
  unreviewed: "",
  accepted: "\u2713",
  rejected: "\u2715",
  changed: "\u2713",
  added: "+",
};

/** All episodes in a table; a row is chosen by click, or by the arrow keys of the page. */
export class EpisodeTable {
  /**
   * @param {import("./review.js").Review} review
   * @param {number} totalS
   * @param {(id: string) => void} choose
   * @param {{judging: boolean}} options Whether there is a detector's verdict to accept or reject.
   */
  constructor(review, totalS, choose, options) {
    this.review = review;
    this.totalS = totalS;
    this.choose = choose;
    this.body = element("tbody");
    this.judging = options.judging;
    const heads = ["#", "Start", "End", "Length", "Side", "Kind", "Regions"];
    if (this.judging) heads.push("Conf.", "Review");
    else heads.push("Comment");
    this.progress = element("span", { class: "progress-text" });
    this.table = element(
      "table",
      { class: "episodes" },
      element("thead", {}, element("tr", {}, ...heads.map(headCell))),
      this.body,
    );
    this.empty = element("p", {
      class: "empty",
      text: "No episodes. Press n at the beginning of one, and again at its end.",
    });
    this.element = element(
      "section",
      { class: "panel episode-list", "aria-label": "Episodes" },
      element("div", { class: "panel-head" }, element("h2", { text: "Episodes" }), this.progress),
      element("div", { class: "scroll", tabindex: "-1" }, this.table, this.empty),
    );
    review.addEventListener("change", () => this.show());
    this.show();
  }

  show() {
    const { review } = this;
    const { reviewed, total } = review.progress;
    this.progress.textContent = total && this.judging ? `${reviewed} of ${total} reviewed` : "";
    this.empty.hidden = total > 0;
    this.table.hidden = total === 0;
    const focused = document.activeElement?.closest?.("tr[data-id]")?.getAttribute("data-id");
    this.body.replaceChildren(...review.episodes.map((episode, i) => this._row(episode, i + 1)));
    if (focused) this.body.querySelector(`tr[data-id="${CSS.escape(focused)}"] button`)?.focus();
    this.body.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }

  _row(episode, number) {
    const cell = (text, className = "") => element("td", { class: className, text });
    const time = (seconds) => formatTime(seconds, this.totalS, 2);
    const confidence = episode.state === "added" ? NaN : episode.confidence;
    return element(
      "tr",
      {
        class: `state-${episode.state}`,
        data: { id: episode.id },
        "aria-selected": String(episode.id === this.review.selectedId),
        onclick: () => this.choose(episode.id),
        title: episode.comment || null,
      },
      element("th", { scope: "row" }, element("button", {
        type: "button",
        class: "row-button",
        text: String(number),
        "aria-label": describeEpisode(episode, number, this.totalS),
      })),
      cell(time(episode.start_s), "num"),
      cell(time(episode.end_s), "num"),
      cell(formatNumber(episode.end_s - episode.start_s, 2), "num length"),
      cell(capitalize(episode.side), `side ${episode.side}`),
      cell(episode.kind),
      cell(episode.regions.join(", "), "regions"),
      ...(this.judging
        ? [cell(formatNumber(confidence, 2), "num"), cell(stateOf(episode), "state")]
        : [cell(episode.comment ?? "", "note")]),
    );
  }
}

function headCell(text) {
  return element("th", { scope: "col", class: text.toLowerCase().replace(".", ""), text });
}

function stateOf(episode) {
  const comment = episode.comment ? ", comment" : "";
  return `${STATE_MARKS[episode.state]} ${STATE_WORDS[episode.state]}${comment}`.trim();
}

/** Buttons for the selected episode. */
export class EpisodeEditor {
  /**
   * @param {import("./review.js").Review} review
   * @param {import("./editing.js").Editing} editing
   * @param {number} totalS
   * @param {{judging: boolean}} options Whether there is a detector's verdict to accept or reject.
   */
  constructor(review, editing, totalS, options) {
    this.review = review;
    this.editing = editing;
    this.totalS = totalS;
    this.title = element("h2", { text: "Selected episode" });
    this.provenance = element("p", { class: "provenance" });
    this.comment = element("p", { class: "comment" });
    this.sides = this._choices(SIDES, (side) => editing.setSide(side), ["l", "r"]);
    this.kinds = this._choices(KINDS, (kind) => editing.change({ kind }), ["t", "t"]);
    this.regions = this._choices(REGIONS, (region) => editing.switchRegion(region), "12345".split(""));
    this.verdicts = {
      accepted: button("Accept", () => editing.accept(), { key: "a", class: "accept", pressed: false }),
      rejected: button(options.judging ? "Reject" : "Remove", () => editing.reject(), {
        key: "x",
        class: "reject",
        pressed: false,
      }),
    };
    this.restore = button("As detected", () => editing.restore(), { key: "u" });
    this.undo = button("Undo", () => editing.undo(), { key: "Ctrl+Z" });
    this.redo = button("Redo", () => editing.redo(), { key: "Ctrl+Shift+Z" });
    this.needsOne = element(
      "div",
      { class: "editor-fields" },
      row(
        options.judging ? this.verdicts.accepted : null,
        this.verdicts.rejected,
        options.judging ? this.restore : null,
      ),
      row(
        group("Side", ...Object.values(this.sides)),
        group("Kind", ...Object.values(this.kinds)),
      ),
      row(group("Regions", ...Object.values(this.regions))),
      row(
        group(
          "Edges",
          button("Start here", () => editing.edgeToPlayhead("start_s"), { key: "[" }),
          button("End here", () => editing.edgeToPlayhead("end_s"), { key: "]" }),
        ),
        button("Comment\u2026", () => editing.comment(), { key: "c" }),
      ),
      this.comment,
    );
    this.recordingComment = element("p", { class: "comment" });
    this.needsNone = element(
      "div",
      { class: "editor-fields" },
      element("p", { class: "hint", text: "\u2191 \u2193 choose an episode. n begins a new one at the playhead." }),
      row(button("Comment on the recording\u2026", () => editing.commentOnRecording(), { key: "C" })),
      this.recordingComment,
    );
    this.element = element(
      "section",
      { class: "panel editor", "aria-label": "Selected episode" },
      element("div", { class: "panel-head" }, this.title, element("span", { class: "tools" },
        button("New", () => editing.mark(), { key: "n" }), this.undo, this.redo)),
      this.provenance,
      this.needsOne,
      this.needsNone,
    );
    review.addEventListener("change", () => this.show());
    this.show();
  }

  show() {
    const { review } = this;
    const episode = review.selected;
    this.undo.disabled = !review.state.can_undo;
    this.redo.disabled = !review.state.can_redo;
    this.needsOne.hidden = !episode;
    this.needsNone.hidden = Boolean(episode);
    showComment(this.recordingComment, review.state.comment);
    this.provenance.textContent = episode ? provenanceOf(episode, this.totalS) : "";
    this.title.textContent = episode
      ? `Episode ${review.episodes.findIndex((each) => each.id === episode.id) + 1}`
      : review.draftS === null
        ? "No episode selected"
        : "New episode";
    if (!episode) return;
    for (const [state, verdict] of Object.entries(this.verdicts)) {
      setPressed(verdict, episode.state === state);
    }
    this.restore.disabled = ["unreviewed", "added"].includes(episode.state);
    for (const [side, each] of Object.entries(this.sides)) setPressed(each, episode.side === side);
    for (const [kind, each] of Object.entries(this.kinds)) setPressed(each, episode.kind === kind);
    for (const [region, each] of Object.entries(this.regions)) {
      setPressed(each, episode.regions.includes(region));
    }
    showComment(this.comment, episode.comment);
  }

  /** @returns {Object<string, HTMLButtonElement>} */
  _choices(words, choose, keys) {
    return Object.fromEntries(
      words.map((word, i) => [
        word,
        button(capitalize(word), () => choose(word), {
          key: keys[i],
          class: `choice ${word}`,
          pressed: false,
        }),
      ]),
    );
  }
}

function showComment(of, text) {
  of.textContent = text ?? "";
  of.hidden = !text;
}

function row(...members) {
  return element("div", { class: "editor-row" }, ...members);
}

function group(label, ...members) {
  return element(
    "div",
    { class: "group", role: "group", "aria-label": label },
    element("span", { class: "group-label", text: label }),
    ...members,
  );
}

/** Who said what, in a line. */
function provenanceOf(episode, totalS) {
  const said = [];
  if (episode.detected) {
    const { start_s, end_s, side, kind } = episode.detected;
    const span = `${formatTime(start_s, totalS, 2)}\u2013${formatTime(end_s, totalS, 2)}`;
    said.push(`Detected as ${span}, ${side}, ${kind}.`);
  }
  if (episode.by && episode.state !== "unreviewed") {
    const word = capitalize(STATE_WORDS[episode.state]);
    said.push(`${word} by ${episode.by}, ${formatMoment(episode.at)}.`);
  } else {
    said.push("Detected; not reviewed yet.");
  }
  if (episode.unmatched) said.push("The latest analysis does not find it.");
  return said.join(" ");
}

/** A length that there is none of where nothing was found. */
const lengthOf = (of, name) => formatDuration(of.count ? of[name] : null);

const FIGURES = [
  ["Episodes", (of) => formatNumber(of.count, 0)],
  ["A minute", (of) => formatNumber(of.per_minute, 1)],
  ["Share of time", (of) => formatShare(of.time_share)],
  ["Mean length", (of) => lengthOf(of, "mean_duration_s")],
  ["Longest", (of) => lengthOf(of, "longest_duration_s")],
  ["Clonic, tonic", (of) => `${formatNumber(of.clonic_count, 0)}, ${formatNumber(of.tonic_count, 0)}`],
  ["Left, right", (of) => `${formatNumber(of.left_count, 0)}, ${formatNumber(of.right_count, 0)}`],
  ["Affected side", (of) => (of.count && of.affected_side ? capitalize(of.affected_side) : "\u2013")],
];

/** The figures as detected beside those as reviewed. */
export class FigureTable {
  /** @param {import("./review.js").Review} review */
  constructor(review) {
    this.review = review;
    this.body = element("tbody");
    this.element = element(
      "section",
      { class: "panel figures", "aria-label": "Figures" },
      element(
        "table",
        {},
        element(
          "thead",
          {},
          element(
            "tr",
            {},
            element("th", { scope: "col", text: "Figures" }),
            element("th", { scope: "col", class: "num", text: "as detected" }),
            element("th", { scope: "col", class: "num", text: "as reviewed" }),
          ),
        ),
        this.body,
      ),
    );
    review.addEventListener("change", () => this.show());
    this.show();
  }

  show() {
    const { detected = {}, reviewed = {} } = this.review.state.figures ?? {};
    this.body.replaceChildren(
      ...FIGURES.map(([label, format]) => {
        const [before, after] = [format(detected), format(reviewed)];
        return element(
          "tr",
          { class: before === after ? "" : "differs" },
          element("th", { scope: "row", text: label }),
          element("td", { class: "num", text: before }),
          element("td", { class: "num", text: after }),
        );
      }),
    );
  }
}
