/** What can be done with the selected episode, by button and by key. */

import { ask } from "./dialogs.js";
import { KINDS, REGIONS } from "./format.js";
import { say } from "./messages.js";
import { moveEdge } from "./tracing.js";

/** A held contraction of at least this length is tonic (hemiscan/episodes/config.py). */
const TONIC_S = 1;

export class Editing {
  /**
   * @param {import("./review.js").Review} review
   * @param {import("./player.js").FramePlayer} player
   * @param {{usualSide: "left"|"right", measured: boolean}} options Side of the first episode that
   *   is added; whether kind and regions of an added one are measured, and not for the rater to say.
   */
  constructor(review, player, options) {
    this.review = review;
    this.player = player;
    this.times = player.times;
    this.side = options.usualSide;
    this.measured = options.measured;
  }

  /** Where the playhead is, or is on its way to. */
  get row() {
    return this.player.intendedRow;
  }

  /** The selected episode, or else the one at the playhead. */
  get target() {
    const { selected, episodes } = this.review;
    if (selected) return selected;
    const timeS = this.times.timeOf(this.row);
    return episodes.find((each) => each.start_s <= timeS && timeS < each.end_s) ?? null;
  }

  /** Do something with the episode that is meant, or say that none is. */
  _withTarget(run) {
    const { target } = this;
    if (!target) {
      say("Choose an episode first: \u2191 and \u2193, or a click on it.");
      return;
    }
    this.review.select(target.id);
    run(target);
  }

  accept() {
    this._withTarget(({ id }) => this.review.act({ type: "accept", id }));
  }

  reject() {
    this._withTarget(({ id }) => this.review.act({ type: "reject", id }));
  }

  restore() {
    this._withTarget(({ id }) => this.review.act({ type: "restore", id }));
  }

  change(changes) {
    this._withTarget(({ id }) => this.review.act({ type: "change", id, ...changes }));
  }

  setSide(side) {
    this.side = side;
    if (this.review.draftS === null) this.change({ side });
  }

  switchKind() {
    this._withTarget(({ kind }) => this.change({ kind: KINDS.find((each) => each !== kind) }));
  }

  switchRegion(region) {
    this._withTarget(({ regions }) => {
      const kept = REGIONS.filter((each) => regions.includes(each) !== (each === region));
      if (kept.length) this.change({ regions: kept });
      else say("An episode has at least one region.");
    });
  }

  comment() {
    this._withTarget(async (episode) => {
      const answer = await ask("Comment on the episode", [
        { name: "comment", label: "Comment", value: episode.comment ?? "", long: true },
      ]);
      if (answer) this.review.act({ type: "comment", id: episode.id, comment: answer.comment });
    });
  }

  /** Begin an episode at the playhead, or end the one begun. */
  mark() {
    const { review, times } = this;
    if (review.draftS === null) {
      review.select(null);
      review.setDraft(times.timeOf(this.row));
      say("A new episode begins here. Go to its end and press n again; Esc gives it up.");
      return;
    }
    const rows = [times.frameAt(review.draftS), this.row].sort((a, b) => a - b);
    const start = times.timeOf(rows[0]);
    const end = times.timeOf(rows[1] + (rows[0] === rows[1] ? 1 : 0));
    review.setDraft(null);
    review.act({
      type: "add",
      start_s: start,
      end_s: end,
      side: this.side,
      ...(this.measured ? {} : { kind: end - start >= TONIC_S ? "tonic" : "clonic", regions: ["eye"] }),
    });
  }

  giveUp() {
    if (this.review.draftS !== null) this.review.setDraft(null);
    else this.review.select(null);
  }

  /** Move an edge of the selected episode to the playhead. @param {"start_s"|"end_s"} name */
  edgeToPlayhead(name) {
    this._withTarget((episode) => {
      const timeS = this.times.timeOf(this.row);
      const outside = name === "start_s" ? timeS >= episode.end_s : timeS <= episode.start_s;
      if (outside) say("That would leave nothing of the episode.");
      else this.change(moveEdge(episode, name, timeS, this.times));
    });
  }

  undo() {
    if (this.review.state.can_undo) this.review.act({ type: "undo" });
    else say("There is nothing to undo.");
  }

  redo() {
    if (this.review.state.can_redo) this.review.act({ type: "redo" });
    else say("There is nothing to redo.");
  }

  async finish() {
    const { state, progress } = this.review;
    if (state.done) this.review.act({ type: "reopen" });
    else if (await this.review.act({ type: "finish" })) {
      const open = progress.total - progress.reviewed;
      say(open ? `Finished, with ${open} not looked at.` : "Finished.");
    }
  }

  /** The episode after (1) or before (-1) the selected one, or the playhead; null if none. */
  neighbour(direction) {
    const { episodes, selectedId } = this.review;
    const at = episodes.findIndex((each) => each.id === selectedId);
    if (at >= 0) return episodes[at + direction] ?? null;
    const timeS = this.times.timeOf(this.row);
    const later = episodes.filter((each) =>
      direction > 0 ? each.start_s > timeS : each.start_s <= timeS,
    );
    return (direction > 0 ? later[0] : later[later.length - 1]) ?? null;
  }

  /** The next episode that nobody has looked at, after the selected one or from the beginning. */
  nextOpen() {
    const { episodes, selectedId } = this.review;
    const at = episodes.findIndex((each) => each.id === selectedId);
    const order = [...episodes.slice(at + 1), ...episodes.slice(0, at + 1)];
    return order.find((each) => each.state === "unreviewed") ?? null;
  }
}
