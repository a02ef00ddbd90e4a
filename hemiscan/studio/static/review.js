/** The review of one recording as the server keeps it, and each step of it sent there at once. */

import { complain, say, hush } from "./messages.js";

/**
 * Events: `change` (episodes, selection or an unfinished edit changed).
 *
 * Nothing is kept here that the server has not written down: an edge that is being dragged and an
 * episode that is being marked are the only things that a closed page forgets.
 */
export class Review extends EventTarget {
  /**
   * @param {import("./api.js").RecordingSource} source
   * @param {import("./api.js").ReviewState} state
   * @param {() => Promise<boolean>} hasReviewer Asks who reviews, once.
   */
  constructor(source, state, hasReviewer) {
    super();
    this.source = source;
    this.state = state;
    this.hasReviewer = hasReviewer;
    this.rated = source.isRating;
    /** @type {string | null} */
    this.selectedId = null;
    /**
     * The selected episode while an edge is dragged.
     *
     * @type {{id: string, start_s: number, end_s: number} | null}
     */
    this.preview = null;
    /** Start of an episode that is being marked. @type {number | null} */
    this.draftS = null;
    this._last = Promise.resolve();
  }

  /** Episodes of a rating that were removed are gone, those of a review are kept as rejected. */
  get listed() {
    const { episodes } = this.state;
    return this.rated ? episodes.filter((each) => each.state !== "rejected") : episodes;
  }

  /** All episodes, with the edge that is being dragged where it is now. */
  get episodes() {
    return this.listed.map((episode) =>
      this.preview?.id === episode.id ? { ...episode, ...this.preview } : episode,
    );
  }

  get selected() {
    return this.episodes.find((episode) => episode.id === this.selectedId) ?? null;
  }

  /** Those that count as spasms: not rejected. */
  get standing() {
    return this.episodes.filter((episode) => episode.state !== "rejected");
  }

  get progress() {
    const total = this.listed.length;
    const open = this.listed.filter((episode) => episode.state === "unreviewed").length;
    return { reviewed: total - open, total };
  }

  select(id) {
    if (this.selectedId === id) return;
    this.selectedId = id;
    this.preview = null;
    this._announce();
  }

  setPreview(preview) {
    this.preview = preview;
    this._announce();
  }

  setDraft(startS) {
    this.draftS = startS;
    this._announce();
  }

  /**
   * Take one step; steps are sent one after the other.
   *
   * @param {import("./api.js").Action} action
   * @returns {Promise<boolean>} Whether it was written down.
   */
  act(action) {
    const step = this._last.then(() => this._send(action));
    this._last = step.then(() => {});
    return step;
  }

  async _send(action) {
    if (!(await this.hasReviewer())) {
      this.setPreview(null);
      say("Nothing was changed: a review needs a reviewer.");
      return false;
    }
    const before = new Set(this.state.episodes.map((episode) => episode.id));
    const selectedBefore = this.selectedId;
    try {
      this.state = await this.source.act(this.state.seq, action);
    } catch (error) {
      this._refuse(error);
      return false;
    }
    this.preview = null;
    hush();
    if (action.type === "add" && this.selectedId === selectedBefore) {
      const added = this.state.episodes.find((episode) => !before.has(episode.id));
      if (added) this.selectedId = added.id;
    }
    this._announce();
    return true;
  }

  _refuse(error) {
    this.preview = null;
    if (error.status === 409 && error.body?.review) {
      this.state = error.body.review;
      say("Somebody else changed this review meanwhile. It is shown as it is now; "
        + "your last step was not taken over.", "error");
    } else {
      complain(error);
    }
    this._announce();
  }

  _announce() {
    if (!this.listed.some((episode) => episode.id === this.selectedId)) {
      this.selectedId = null;
    }
    this.dispatchEvent(new Event("change"));
  }
}
