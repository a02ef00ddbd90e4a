/** What is known frame by frame, fetched in chunks around the playhead and kept for a while. */

/** @template T */
export class ChunkCache {
  /**
   * @param {number} size Frames in a chunk.
   * @param {(first: number, count: number) => Promise<T>} fetchChunk
   * @param {number} length Frames of the recording.
   * @param {{kept?: number, arrived?: () => void}} [options] Chunks kept in memory; what to call
   *   when one has come.
   */
  constructor(size, fetchChunk, length, options = {}) {
    this.size = size;
    this.fetchChunk = fetchChunk;
    this.length = length;
    this.kept = options.kept ?? 8;
    this.arrived = options.arrived ?? (() => {});
    /** @type {Map<number, T | null>} null while it is on its way. */
    this.chunks = new Map();
  }

  /**
   * Return the chunk with a frame and the frame's place in it, or null until it has come.
   *
   * @returns {{chunk: T, place: number, first: number} | null}
   */
  at(row) {
    const index = Math.floor(row / this.size);
    this._fetch(index);
    // While it plays, the next one is there before it is needed.
    if (row % this.size > this.size / 2) this._fetch(index + 1);
    const chunk = this.chunks.get(index);
    if (!chunk) return null;
    this.chunks.delete(index);
    this.chunks.set(index, chunk);
    return { chunk, place: row - index * this.size, first: index * this.size };
  }

  _fetch(index) {
    const first = index * this.size;
    if (this.chunks.has(index) || first >= this.length) return;
    this.chunks.set(index, null);
    this.fetchChunk(first, Math.min(this.size, this.length - first)).then(
      (chunk) => {
        this.chunks.set(index, chunk);
        this._forget();
        this.arrived();
      },
      () => setTimeout(() => this.chunks.delete(index), 2000),
    );
  }

  _forget() {
    for (const index of this.chunks.keys()) {
      if (this.chunks.size <= this.kept) return;
      if (this.chunks.get(index)) this.chunks.delete(index);
    }
  }
}
