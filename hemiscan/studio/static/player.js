/**
 * Playing a clip frame by frame: frame k on the page is row k of frames.csv.
 *
 * Browsers seek by time, and which frame a time shows is for the presentation times to say, which
 * the server knows exactly. A seek goes to the middle between a frame's time and the next one's,
 * where no rounding reaches another frame; `requestVideoFrameCallback` then tells the presentation
 * time of the picture that has come, and that alone decides which number the page names.
 */

import { FrameTimes } from "./times.js";

export const RATES = [0.1, 0.25, 0.5, 1, 1.5, 2];

/** How long a picture may take to arrive once a seek has ended before it is asked for again. */
const PATIENCE_MS = 1000;
const ATTEMPTS = 5;

/** Where in a frame's time to seek, by attempt: a seek to the same place may show nothing new. */
const PLACES = [0, -0.2, 0.2, -0.3, 0.3];

/** Of `HTMLMediaElement.readyState`: there is a picture to paint. */
const HAVE_CURRENT_DATA = 2;

/** Before and after an episode that is looped, so that its onset can be seen. */
const LOOP_ROOM_S = 0.3;

/**
 * Events: `frame` (a picture is on show: `row`), `change` (playing, rate or loop changed),
 * `trouble` (a message in `detail`).
 */
export class FramePlayer extends EventTarget {
  /**
   * @param {HTMLVideoElement} video
   * @param {FrameTimes} times
   */
  constructor(video, times) {
    super();
    this.video = video;
    this.times = times;
    /** Row of the picture on show. */
    this.row = 0;
    /** Added to the times of the tables it gives those of the video. */
    this.originS = 0;
    this.ready = false;
    /** Whether the picture's own time was seen to be that of `row`. */
    this.verified = false;
    /** @type {{start_s: number, end_s: number} | null} */
    this.loop = null;
    /** @type {{row: number, attempts: number, since: number} | null} */
    this._target = null;
    /** Time of a picture that was presented and not yet named. @type {number | null} */
    this._presentedS = null;
    /** @type {VideoFrame | null} */
    this._picture = null;
    this._closed = false;
    video.muted = true;
    video.preload = "auto";
    video.playsInline = true;
    for (const name of ["play", "pause", "ratechange"]) {
      video.addEventListener(name, () => this._announce("change"));
    }
    for (const name of ["seeked", "canplay"]) video.addEventListener(name, () => this._show());
    video.addEventListener("ended", () => this._ended());
    this._watch = setInterval(() => this._retry(), 200);
  }

  /**
   * Load a video; resolves when its first picture is there.
   *
   * @param {string} url
   * @param {number} originS Its time at which the clip's first frame, 0 in the tables, is or was.
   */
  async open(url, originS) {
    this.originS = originS;
    this.video.src = url;
    await new Promise((resolve, reject) => {
      this.video.addEventListener("loadeddata", resolve, { once: true });
      this.video.addEventListener(
        "error",
        () => reject(new Error("The browser cannot play this video.")),
        { once: true },
      );
    });
    this.ready = true;
    this._follow();
    this.seek(this.row);
  }

  close() {
    this._closed = true;
    clearInterval(this._watch);
    this._picture?.close();
    this._picture = null;
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
  }

  get playing() {
    return !this.video.paused && !this.video.ended;
  }

  get timeS() {
    return this.times.timeOf(this.row);
  }

  /** Row that will be on show once the seek under way, if any, has come through. */
  get intendedRow() {
    return this._target ? this._target.row : this.row;
  }

  /** Show a frame. Seeks that come while another is under way replace it. */
  seek(row) {
    const wanted = this.times.clamp(row);
    this.verified = false;
    if (!this.ready) {
      this.row = wanted;
      this._announce("frame");
      return;
    }
    const busy = this._target !== null && this.video.seeking;
    this._target = { row: wanted, attempts: 0, since: performance.now() };
    if (!busy) this._send();
    else this.video.addEventListener("seeked", () => this._sendLatest(), { once: true });
  }

  seekTime(timeS) {
    this.seek(this.times.frameAt(timeS));
  }

  /** Pause, and go a number of frames on. */
  step(frames) {
    const from = this.intendedRow;
    this.pause();
    this.seek(from + frames);
  }

  async play() {
    if (this.loop && !this._insideLoop(this.times.timeOf(this.intendedRow))) this._rewindLoop();
    else if (this.row >= this.times.length - 1) this.seek(0);
    try {
      await this.video.play();
    } catch (error) {
      if (error.name !== "AbortError") this._announce("trouble", "The browser cannot play this video.");
    }
  }

  pause() {
    this.video.pause();
  }

  toggle() {
    if (this.playing) this.pause();
    else this.play();
  }

  setRate(rate) {
    this.video.playbackRate = rate;
    // A video that is loaded again begins with this one.
    this.video.defaultPlaybackRate = rate;
  }

  /** Go to the next slower (-1) or faster (1) rate. */
  changeRate(direction) {
    const at = RATES.indexOf(this.video.playbackRate);
    const next = at < 0 ? RATES.indexOf(1) : at + direction;
    this.setRate(RATES[Math.min(Math.max(next, 0), RATES.length - 1)]);
  }

  /** Play a stretch over and over; null ends that. */
  setLoop(stretch) {
    this.loop = stretch;
    this._announce("change");
  }

  _announce(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  _follow() {
    this.video.requestVideoFrameCallback((_, picture) => {
      if (this._closed) return;
      this._follow();
      this._presentedS = picture.mediaTime - this.originS;
      this._show();
    });
  }

  /** Name the picture that was presented last, as soon as it can be painted. */
  _show() {
    // While a seek has not ended, a picture is presented already, but a canvas gets none.
    if (this._presentedS === null || this.video.readyState < HAVE_CURRENT_DATA) return;
    const picture = this._copyPicture();
    const timeS = picture ? picture.timestamp / 1e6 - this.originS : this._presentedS;
    this._presentedS = null;
    if (!this._isWanted(timeS)) {
      picture?.close();
      return;
    }
    this._picture?.close();
    this._picture = picture;
    this._name(timeS);
  }

  /**
   * Copy the picture that would be painted now, which knows its time: when a callback runs, it may
   * be a later one than the callback tells of. Null where browsers cannot do that.
   *
   * @returns {VideoFrame | null}
   */
  _copyPicture() {
    if (!("VideoFrame" in window)) return null;
    try {
      return new VideoFrame(this.video);
    } catch {
      return null;
    }
  }

  /** Whether a picture is to be shown; if it is past the loop's end, go to the start again. */
  _isWanted(timeS) {
    // Left over from a seek before, or the browser missed: `_retry` asks again.
    if (!this.playing) return !this._target || this.times.nearest(timeS) === this._target.row;
    if (!this.loop || this._insideLoop(timeS)) return true;
    if (!this._target) this._rewindLoop();
    return false;
  }

  /** What to paint; null if there is no picture yet. @returns {CanvasImageSource | null} */
  get picture() {
    if (this._picture) return this._picture;
    return this.video.readyState >= HAVE_CURRENT_DATA ? this.video : null;
  }

  /** Say which row's picture is on show. */
  _name(timeS) {
    const row = this.times.nearest(timeS);
    if (this._target && row === this._target.row) this._target = null;
    this.row = row;
    this.verified = Math.abs(this.times.timeOf(row) - timeS) < this.times.gapS / 2;
    this._announce("frame");
  }

  _insideLoop(timeS) {
    const { start_s, end_s } = /** @type {any} */ (this.loop);
    return timeS >= start_s - LOOP_ROOM_S - this.times.gapS && timeS < end_s + LOOP_ROOM_S;
  }

  _rewindLoop() {
    const { start_s } = /** @type {any} */ (this.loop);
    this.seek(this.times.frameAt(Math.max(start_s - LOOP_ROOM_S, this.times.startS)));
  }

  _ended() {
    if (this.loop) {
      this._rewindLoop();
      this.video.play();
    }
    this._announce("change");
  }

  _send() {
    if (!this._target || this._closed) return;
    const { row, attempts } = this._target;
    const lengthS = 2 * (this.times.middle(row) - this.times.timeOf(row));
    this._target.since = performance.now();
    this._target.attempts += 1;
    this.video.currentTime = this.originS + this.times.middle(row) + PLACES[attempts] * lengthS;
  }

  _sendLatest() {
    // Several seeks may have waited for the same one to end.
    if (this._target && this._target.attempts === 0) this._send();
  }

  _retry() {
    const target = this._target;
    if (!target || !this.ready) return;
    if (this.video.seeking) target.since = performance.now();
    if (performance.now() - target.since < PATIENCE_MS) return;
    if (this.playing) {
      this._target = null;
    } else if (target.attempts < ATTEMPTS) {
      this._send();
    } else {
      this._target = null;
      this.row = target.row;
      this._announce("frame");
      this._announce("trouble", `The browser does not show frame ${target.row} of this video.`);
    }
  }
}
