/** Messages to the person at the page, shown for a while and read out by screen readers. */

import { element } from "./dom.js";

const SHOWN_MS = 6000;

/** Say something in a line. @param {string} text @param {"note"|"error"} [kind] */
export function say(text, kind = "note") {
  const region = document.getElementById(kind === "error" ? "errors" : "messages");
  if (!region) return;
  // A message is never shown twice at once.
  region.replaceChildren(element("p", { class: `message ${kind}`, text }));
  const shown = region.firstElementChild;
  setTimeout(() => shown?.remove(), kind === "error" ? 2 * SHOWN_MS : SHOWN_MS);
}

/** Take the note on show away: what it said has been done. */
export function hush() {
  document.getElementById("messages")?.replaceChildren();
}

/** Say what went wrong. @param {unknown} error */
export function complain(error) {
  say(error instanceof Error ? error.message : String(error), "error");
}
