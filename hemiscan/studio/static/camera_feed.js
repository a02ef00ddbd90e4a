/**
 * From the camera to the server: every frame with the time of its capture, over a web socket.
 *
 * The server says of each frame when it has room for another. While too many are on their way,
 * frames are left out and counted, so that memory stays bounded and nobody is deceived.
 */

const PATH = "/api/camera/frames";
const MAX_UNDERWAY = 12;
const RECONNECT_MS = 1000;
/** Before each picture: seconds as a double, and a count as an unsigned integer. */
const HEADER_BYTES = 12;

export const SIZES = {
  "1280 × 720, 30/s": { width: 1280, height: 720, rate: 30 },
  "1280 × 720, 60/s": { width: 1280, height: 720, rate: 60 },
  "640 × 480, 30/s": { width: 640, height: 480, rate: 30 },
};

/** The cameras there are. @returns {Promise<MediaDeviceInfo[]>} */
export async function listCameras() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter((device) => device.kind === "videoinput");
}

/** Why this browser cannot film for us; empty if it can. */
export function whyNoCamera() {
  if (!window.isSecureContext || !navigator.mediaDevices) {
    return "The browser gives the camera to safe pages alone: open the studio on this computer, or with https.";
  }
  if (!("OffscreenCanvas" in window)) return "This browser is too old to film; update it.";
  return "";
}

/** Events: `message` (detail: what the server says), `lost` and `found` (of the connection). */
export class CameraFeed extends EventTarget {
  constructor() {
    super();
    /** @type {MediaStream | null} */
    this.stream = null;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.nLost = 0;
    this._underway = 0;
    this._isClosed = false;
    this._encoder = new Worker("/static/camera_encoder.js");
    this._encoder.onmessage = ({ data }) => this._send(data);
  }

  /**
   * Begin to film and to send.
   *
   * @param {string} deviceId Empty for whichever camera the browser prefers.
   * @param {{width: number, height: number, rate: number}} size
   * @param {HTMLVideoElement} video Where the picture is shown.
   */
  async open(deviceId, size, video) {
    this.stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: {
        deviceId: deviceId ? { exact: deviceId } : undefined,
        width: { ideal: size.width },
        height: { ideal: size.height },
        frameRate: { ideal: size.rate },
      },
    });
    const [track] = this.stream.getVideoTracks();
    video.srcObject = this.stream;
    await video.play();
    const settings = track.getSettings();
    this._facts = {
      type: "hello",
      clock: crypto.randomUUID(),
      name: track.label || "camera",
      width: settings.width ?? video.videoWidth,
      height: settings.height ?? video.videoHeight,
    };
    track.addEventListener("ended", () => this._tell("lost", "The camera has gone; plug it in again."));
    this._connect();
    if ("MediaStreamTrackProcessor" in window) this._readTrack(track);
    else this._readVideo(video);
  }

  get deviceId() {
    return this.stream?.getVideoTracks()[0]?.getSettings().deviceId ?? "";
  }

  /** Say something to the server. */
  say(words) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(words));
  }

  close() {
    this._isClosed = true;
    this.stream?.getTracks().forEach((track) => track.stop());
    this._encoder.terminate();
    this.socket?.close();
  }

  _tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  _connect() {
    if (this._isClosed) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}${PATH}`);
    this.socket = socket;
    socket.onopen = () => {
      this._underway = 0;
      this.say(this._facts);
      this._tell("found", "");
    };
    socket.onmessage = ({ data }) => {
      const words = JSON.parse(data);
      if (words.type === "taken") this._underway = Math.max(0, this._underway - 1);
      else this._tell("message", words);
    };
    socket.onclose = ({ reason }) => {
      if (this._isClosed) return;
      this._tell("lost", reason || "The server does not answer; is hemiscan studio running?");
      setTimeout(() => this._connect(), RECONNECT_MS);
    };
  }

  /** Every frame, even while the page is not on show; the times are the camera's. */
  async _readTrack(track) {
    const Processor = /** @type {any} */ (window).MediaStreamTrackProcessor;
    const reader = new Processor({ track }).readable.getReader();
    while (!this._isClosed) {
      const { value: frame, done } = await reader.read();
      if (done) return;
      this._encode(frame, frame.timestamp / 1e6);
    }
  }

  /** Likewise for browsers that only tell of frames that they show. */
  _readVideo(video) {
    const next = async (now, { captureTime }) => {
      if (this._isClosed) return;
      const image = await createImageBitmap(video);
      video.requestVideoFrameCallback(next);
      this._encode(image, (captureTime ?? now) / 1000);
    };
    video.requestVideoFrameCallback(next);
  }

  _encode(frame, timeS) {
    const isOpen = this.socket?.readyState === WebSocket.OPEN;
    if (!isOpen || this._underway >= MAX_UNDERWAY) {
      if (isOpen) this.nLost += 1;
      frame.close();
      return;
    }
    this._underway += 1;
    const { width, height } = this._facts;
    this._encoder.postMessage({ frame, width, height, timeS }, [frame]);
  }

  _send({ timeS, picture }) {
    if (!picture || this.socket?.readyState !== WebSocket.OPEN) {
      this._underway = Math.max(0, this._underway - 1);
      return;
    }
    const header = new DataView(new ArrayBuffer(HEADER_BYTES));
    header.setFloat64(0, timeS, true);
    header.setUint32(8, this.nLost, true);
    this.socket.send(new Blob([header.buffer, picture]));
  }
}
