/** Words and numbers as they are written in the plots and the report (hemiscan/plots/style.py). */

export const SIDES = /** @type {const} */ (["left", "right"]);
export const REGIONS = ["brow", "eye", "cheek", "mouth", "chin"];
export const KINDS = ["clonic", "tonic"];

export const REGION_TITLES = {
  brow: "Brow raised",
  eye: "Eye closed",
  cheek: "Cheek raised",
  mouth: "Mouth drawn",
  chin: "Chin drawn",
};

/** Limbs that the camera page shows, by how far they are from where they were in the last second. */
export const LIMB_TITLES = { arm: "Hand moved", leg: "Foot moved" };

/** Movement that fills a meter, as in annotated clips (hemiscan/overlay/frame_overlay.py). */
export const FULL_METER = { brow: 0.08, eye: 0.9, cheek: 0.06, mouth: 0.15, chin: 0.1, arm: 0.4, leg: 0.4 };

export const STATE_WORDS = {
  unreviewed: "not reviewed",
  accepted: "accepted",
  rejected: "rejected",
  changed: "changed",
  added: "added",
};

const DASH = "\u2013";
const MINUS = "\u2212";
const LONG_CLIP_S = 120;

/** Return a number, or a dash where it is not known. */
export function formatNumber(value, decimals = 1, unit = "") {
  if (value === null || value === undefined || !Number.isFinite(value)) return DASH;
  // A plain 0 where rounding would leave -0.
  const rounded = Number(value.toFixed(decimals)) + 0;
  return `${rounded.toFixed(decimals).replace("-", MINUS)} ${unit}`.trimEnd();
}

/** Return a share as a percentage. */
export function formatShare(value) {
  return value === null || !Number.isFinite(value) ? DASH : `${formatNumber(100 * value, 0)}%`;
}

/** Return a time as seconds, or as minutes and seconds in a clip of two minutes or more. */
export function formatTime(seconds, totalS = 0, decimals = 1) {
  if (!Number.isFinite(seconds)) return DASH;
  if (Math.max(seconds, totalS) < LONG_CLIP_S) return formatNumber(seconds, decimals);
  // Rounded first, so that 59.96 s becomes 1:00.0 and not 0:60.0.
  const rounded = Number(seconds.toFixed(decimals));
  const minutes = Math.floor(rounded / 60);
  const rest = (rounded - 60 * minutes).toFixed(decimals);
  return `${minutes}:${rest.padStart(decimals ? decimals + 3 : 2, "0")}`;
}

/** Return a length of time with its unit. */
export function formatDuration(seconds) {
  if (seconds === null || !Number.isFinite(seconds)) return DASH;
  return seconds < LONG_CLIP_S ? `${seconds.toFixed(1)} s` : `${formatTime(seconds, 0, 0)} min`;
}

/** Return date and time of a moment, in this place's time and everywhere alike: 2026-11-26 09:31. */
export function formatMoment(iso) {
  const shown = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short" });
  return shown.format(new Date(iso));
}

/** Return "Left" for "left". */
export function capitalize(word) {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Return "1 episode", "2 episodes". */
export function count(n, word) {
  return `${n} ${word}${n === 1 ? "" : "s"}`;
}
