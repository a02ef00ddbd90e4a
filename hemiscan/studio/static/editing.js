/** What can be done with episodes by button and by key: going to them, judging, changing, adding. */

import { ask } from "./dialogs.js";
import { KINDS, REGIONS } from "./format.js";
import { say } from "./messages.js";

/** A held contraction of at least this length is tonic (hemiscan/episodes/config.py). */
const TONIC_S = 1;

const CHOOSE_FIRST = "Choose an episode first: \u2191 and \u2193, or a click on it.";

export class Editing {
  /**
   * @param {import("./review.js").Review} review
   * @param {import("./player.js").FramePlayer} player
   * @param {import("./view.js").View} view
   * @param {{usualSide: "left"|"right", measured: boolean}} options Side of the first episode that
   *   is added; whether kind and regions of an added one are measured, and not for the rater to say.
   */
  constructor(review, player, view, options) {
    this.review = review;
    this.player = player;
    this.view = view;
    this.times = player.times;
    this.side = options.usualSide;
    this.measured = options.measured;
    review.addEventListener("change", () => {
      if (player.loop) player.setLoop(review.selected);
    });
  }

  /** Row on show, or on its way there. */
  get row() {
    return this.player.intendedRow;
  }

  /** The selected episode, or else the one at the playhead. */
  get target() {
    const { selected, episodes } = this.review;
    return selected ?? episodeAt(episodes, this.times.timeOf(this.row));
  }

  /** Do something with the episode that is meant, or say that none is. */
  _withTarget(run) {
    const { target } = this;
    if (!target) {
      say(CHOOSE_FIRST);
      return;
    }
    this.review.select(target.id);
    run(target);
  }

  /** Select an episode and go to its start. @param {string} id */
  goTo(id) {
    const { review, player, view } = this;
    review.select(id);
    const episode = review.selected;
    if (!episode) return;
    player.seek(this.times.nearest(episode.start_s));
    if (episode.start_s < view.startS || episode.end_s > view.endS) {
      const roomS = Math.max((view.spanS - (episode.end_s - episode.start_s)) / 2, 0.5);
      view.show(episode.start_s - roomS, episode.end_s + roomS);
    }
  }

  /** Go to the episode after (1) or before (-1) the selected one, or the playhead. */
  goToNext(direction) {
    const episode = this._neighbour(direction);
    if (episode) this.goTo(episode.id);
    else say(direction > 0 ? "This was the last episode." : "This was the first episode.");
  }

  /** Go to the next episode that nobody has looked at, from the beginning after the last one. */
  goToUnreviewed() {
    const { episodes, selectedId } = this.review;
    const at = episodes.findIndex((each) => each.id === selectedId);
    const order = [...episodes.slice(at + 1), ...episodes.slice(0, at + 1)];
    const episode = order.find((each) => each.state === "unreviewed");
    if (episode) this.goTo(episode.id);
    else say("Every episode has been reviewed.");
  }

  _neighbour(direction) {
    const { episodes, selectedId } = this.review;
    const at = episodes.findIndex((each) => each.id === selectedId);
    if (at >= 0) return episodes[at + direction];
    const timeS = this.times.timeOf(this.row);
    return direction > 0
      ? episodes.find((each) => each.start_s > timeS)
      : episodes.findLast((each) => each.start_s <= timeS);
  }

  toggleLoop() {
    const { player } = this;
    if (player.loop) {
      player.setLoop(null);
      return;
    }
    this._withTarget((episode) => {
      player.setLoop(episode);
      player.play();
    });
  }

  zoomToEpisode() {
    this._withTarget((episode) => this.view.showAround(episode.start_s, episode.end_s));
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
    this._withTarget(({ id, comment }) => this._askForComment("the episode", comment, { id }));
  }

  commentOnRecording() {
    return this._askForComment("the recording", this.review.state.comment, {});
  }

  async _askForComment(of, value, about) {
    const answer = await ask(`Comment on ${of}`, [
      { name: "comment", label: "Comment", value: value ?? "", long: true },
    ]);
    if (answer) this.review.act({ type: "comment", comment: answer.comment, ...about });
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

  /** Finish the review, or take that back. */
  async finish() {
    const { state, progress } = this.review;
    if (state.done) this.review.act({ type: "reopen" });
    else if (await this.review.act({ type: "finish" })) {
      const open = progress.total - progress.reviewed;
      say(open ? `Finished, with ${open} not looked at.` : "Finished.");
    }
  }
}

/** The episode at a time, rather one that counts than a rejected one; null if none. */
export function episodeAt(episodes, timeS) {
  const here = episodes.filter((each) => each.start_s <= timeS && timeS < each.end_s);
  return here.find((each) => each.state !== "rejected") ?? here[0] ?? null;
}

/**
 * Return start and end of an episode with one edge moved to a frame's time, at least a frame long.
 *
 * @param {{start_s: number, end_s: number}} episode
 * @param {"start_s"|"end_s"} name
 * @param {import("./times.js").FrameTimes} times
 */
export function moveEdge(episode, name, timeS, times) {
  const snapped = times.snap(timeS);
  if (name === "start_s") {
    const latest = times.timeOf(Math.max(times.frameAt(episode.end_s - times.gapS / 2), 0));
    return { start_s: Math.min(snapped, latest), end_s: episode.end_s };
  }
  const earliest = times.timeOf(times.frameAt(episode.start_s) + 1);
  return { start_s: episode.start_s, end_s: Math.max(snapped, earliest) };
}

/** Keys for episodes, the same in a review and in a rating. @param {Editing} editing */
export function editingCommands(editing, regions, group) {
  const command = (key, does, run) => ({ keys: [key], does, group, run });
  return [
    command("ArrowDown", "next episode", () => editing.goToNext(1)),
    command("ArrowUp", "previous episode", () => editing.goToNext(-1)),
    command("n", "begin a new episode, and end it", () => editing.mark()),
    command("[", "start at the playhead", () => editing.edgeToPlayhead("start_s")),
    command("]", "end at the playhead", () => editing.edgeToPlayhead("end_s")),
    command("l", "side: left", () => editing.setSide("left")),
    command("r", "side: right", () => editing.setSide("right")),
    command("t", "clonic or tonic", () => editing.switchKind()),
    ...regions.map((region, i) =>
      command(String(i + 1), `region: ${region}`, () => editing.switchRegion(region)),
    ),
    command("c", "comment on the episode", () => editing.comment()),
    command("C", "comment on the recording", () => editing.commentOnRecording()),
    command("Ctrl+Z", "undo", () => editing.undo()),
    { keys: ["Ctrl+Shift+Z", "Ctrl+Y"], does: "redo", group, run: () => editing.redo() },
    command("Escape", "give up a new episode, or the selection", () => editing.giveUp()),
  ];
}

/** Keys for the stretch of the recording that is shown. @param {Editing} editing */
export function viewCommands(editing) {
  const { view, player } = editing;
  const zoom = (factor) => view.zoom(factor, player.timeS);
  const command = (key, does, run) => ({ keys: [key], does, group: "Timeline", run });
  return [
    command("z", "zoom to the episode", () => editing.zoomToEpisode()),
    command("w", "the whole recording", () => view.showAll()),
    command("i", "zoom in", () => zoom(0.6)),
    command("I", "zoom out", () => zoom(1 / 0.6)),
    command("PageUp", "earlier", () => view.pan(-0.8 * view.spanS)),
    command("PageDown", "later", () => view.pan(0.8 * view.spanS)),
  ];
}
