/**
 * The server's answers. Times are seconds from the clip's first frame; sides are the subject's.
 *
 * @typedef {"left"|"right"} Side
 *
 * @typedef {Object} Episode
 * @property {string} id `d…` detected, `a…` added by a person, `u…` decided on before a new
 *   analysis that does not find it any more.
 * @property {number} start_s
 * @property {number} end_s
 * @property {Side} side
 * @property {"clonic"|"tonic"} kind
 * @property {string[]} regions
 * @property {number|null} confidence
 * @property {"unreviewed"|"accepted"|"rejected"|"changed"|"added"} state
 * @property {string} comment
 * @property {string} by
 * @property {string} at
 * @property {boolean} unmatched Decided on, but not found by the latest analysis.
 * @property {Partial<Episode>} [detected] What the detector said, where it was changed.
 *
 * @typedef {Object} ReviewState
 * @property {number} seq Number of the last step in the log.
 * @property {Episode[]} episodes All of them, rejected ones too, by start.
 * @property {boolean} can_undo
 * @property {boolean} can_redo
 * @property {boolean} done
 * @property {string} comment On the whole recording.
 * @property {string[]} reviewers
 * @property {string[]} remarks What whoever goes on with this review must know, line by line.
 * @property {{detected: Object<string, any>, reviewed: Object<string, any>}} [figures]
 *
 * @typedef {Object} Action
 * @property {string} type
 * @property {string} [id]
 * @property {number} [start_s]
 * @property {number} [end_s]
 * @property {Side} [side]
 * @property {"clonic"|"tonic"} [kind]
 * @property {string[]} [regions]
 * @property {string} [comment]
 *
 * @typedef {{time_s: number[], columns: Object<string, (number|null)[]>}} Traces
 */

/** An answer other than 2xx; the message is one line for people. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {any} body
   */
  constructor(status, body) {
    super(body?.message ?? `the server answered ${status}`);
    this.status = status;
    this.body = body;
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {{json?: any, body?: BodyInit, signal?: AbortSignal}} [options]
 * @returns {Promise<Response>}
 */
async function request(method, path, options = {}) {
  /** @type {RequestInit} */
  const init = { method, credentials: "same-origin", signal: options.signal };
  if (options.json !== undefined) {
    init.body = JSON.stringify(options.json);
    init.headers = { "Content-Type": "application/json" };
  } else if (options.body !== undefined) {
    init.body = options.body;
  }
  let answer;
  try {
    answer = await fetch(path, init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, { message: "The server does not answer; is hemiscan studio running?" });
  }
  if (answer.ok) return answer;
  throw new ApiError(answer.status, await answer.json().catch(() => null));
}

const getJson = async (path, signal) => (await request("GET", path, { signal })).json();
const send = async (method, path, json) => (await request(method, path, { json })).json();

export const getSession = () => getJson("/api/session");
export const setReviewer = (reviewer) => send("PUT", "/api/session", { reviewer });
export const getRecordings = () => getJson("/api/recordings");
/** Say whose recording it is: in all files of its results that tell it. */
export const setIdentity = (id, identity) =>
  send("PUT", `/api/recordings/${encodeURIComponent(id)}/identity`, identity);

export const getAnalyses = () => getJson("/api/analyses");
export const cancelAnalysis = (job) =>
  request("DELETE", `/api/analyses/${encodeURIComponent(job)}`);
export const analyseRecording = (id) =>
  send("POST", `/api/recordings/${encodeURIComponent(id)}/analyse`, {});
/** @param {File} file */
export const analyseFile = async (file) =>
  (
    await request("POST", `/api/analyses?name=${encodeURIComponent(file.name)}`, { body: file })
  ).json();

export const getCamera = () => getJson("/api/camera");
/** Make results of a recording that broke off. */
export const recoverRun = (folder) => send("POST", "/api/camera/recover", { folder });

export const getRatings = () => getJson("/api/ratings");

/** What can be asked about one recording, whether it is reviewed or rated from nothing. */
export class RecordingSource {
  /**
   * @param {"recordings"|"ratings"} collection
   * @param {string} id
   */
  constructor(collection, id) {
    this.path = `/api/${collection}/${encodeURIComponent(id)}`;
    this.isRating = collection === "ratings";
    this.logPath = `${this.path}/${collection === "ratings" ? "rating" : "review"}`;
  }

  load() {
    return getJson(this.path);
  }

  /** Presentation times of all frames. @returns {Promise<Float64Array>} */
  async times() {
    const answer = await request("GET", `${this.path}/times`);
    return new Float64Array(await answer.arrayBuffer());
  }

  /**
   * Numbers of all frames in frames.csv, where they are not consecutive.
   *
   * @returns {Promise<Int32Array>}
   */
  async frames() {
    const answer = await request("GET", `${this.path}/frames`);
    return new Int32Array(await answer.arrayBuffer());
  }

  /**
   * What is needed before anything can be shown: the recording, its times and frame numbers.
   *
   * @returns {Promise<{recording: any, times: Float64Array, frameOf: (row: number) => number}>}
   */
  async open() {
    const [recording, times] = await Promise.all([this.load(), this.times()]);
    if (!times.length) throw new Error("This recording has no frames.");
    const numbers = recording.first_frame === null ? await this.frames() : null;
    const frameOf = (row) => (numbers ? numbers[row] : (recording.first_frame ?? 0) + row);
    return { recording, times, frameOf };
  }

  /**
   * Traces of a stretch: every frame, or the extremes of at most `points` parts of it.
   *
   * @returns {Promise<Traces>}
   */
  traces(startS, endS, points, signal) {
    const query = `start_s=${startS}&end_s=${endS}&points=${points}`;
    return getJson(`${this.path}/traces?${query}`, signal);
  }

  /** Landmarks of some frames, (count, 478, 2) pixels. @returns {Promise<Float32Array>} */
  async mesh(first, count) {
    const answer = await request("GET", `${this.path}/mesh?first=${first}&count=${count}`);
    return new Float32Array(await answer.arrayBuffer());
  }

  topology() {
    return getJson(`${this.path}/topology`);
  }

  /**
   * Add one step to the log of the review; 409 if `after` is not its last one.
   *
   * @param {number} after
   * @param {Action} action
   * @returns {Promise<ReviewState>}
   */
  act(after, action) {
    return send("POST", this.logPath, { after, action });
  }

  /** Address of clip and stills with the face as drawn lines; 409 while they are being made. */
  get deidentifiedPath() {
    return `${this.path}/deidentified`;
  }

  /** How far the de-identified clip is made: 1 once it can be fetched. @returns {Promise<number>} */
  async deidentifiedProgress() {
    const answer = await fetch(this.deidentifiedPath, { headers: { Range: "bytes=0-0" } });
    if (answer.ok) return 1;
    const body = await answer.json().catch(() => null);
    if (body?.state === "preparing") return Math.min(body.progress, 0.99);
    throw new ApiError(answer.status, body);
  }

  /** Write report and summary as reviewed. @returns {Promise<{files: string[]}>} */
  exportReviewed() {
    return send("POST", `${this.path}/export`, {});
  }
}
