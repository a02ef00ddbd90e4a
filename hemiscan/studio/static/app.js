/**
 * The page: its frame, and which part of it the address asks for.
 *
 * Plain modules, without a build step. What is shown: `list`, `recording`, `rating`, `camera`. What they
 * are made of: `viewer` (picture, close-ups and buttons: `stage`, `face`, `transport`, and `player`, in
 * which frames and times meet), `trace_area` (timelines and traces under one playhead: `timeline`,
 * `traces`, `trace_data`, `view`), `episodes` (tables and buttons of the review), `analyses`; of the camera page
 * `camera_feed` (frames to the server, encoded in the worker `camera_encoder`) and `camera_traces`.
 * What they do: `review` sends each step to the server, `editing` makes steps of keys and buttons.
 * Below all: `api`, `times`, `chunks`, `dom`, `dialogs`, `messages`, `keyboard`, `format`, `theme`.
 */

import { element, button } from "./dom.js";
import { setCommands, showHelp } from "./keyboard.js";
import { complain } from "./messages.js";
import { changeReviewer, currentSession, loadSession, reviewerChanges } from "./reviewer.js";
import { isDark, switchTheme, theme } from "./theme.js";

const page = /** @type {HTMLElement} */ (document.getElementById("page"));

/** @type {[RegExp, (...parts: string[]) => Promise<() => void>][]} */
const routes = [
  [
    /^#\/recording\/([^/]+)$/,
    async (id) => (await import("./recording.js")).showRecording(page, decodeURIComponent(id)),
  ],
  [
    /^#\/rate\/([^/]+)$/,
    async (id) => (await import("./rating.js")).showRating(page, decodeURIComponent(id)),
  ],
  [/^#\/rate$/, async () => (await import("./rating.js")).showRatings(page)],
  [/^#\/camera$/, async () => (await import("./camera.js")).showCamera(page)],
  [/^#\/$/, async () => (await import("./list.js")).showList(page)],
];

let leave = () => {};
/** Number of the latest change of address; answers for earlier ones come too late. */
let visit = 0;

async function route() {
  visit += 1;
  const mine = visit;
  leave();
  leave = () => {};
  setCommands([]);
  const hash = location.hash || "#/";
  const found = routes.find(([pattern]) => pattern.test(hash)) ?? routes[routes.length - 1];
  const parts = hash.match(found[0])?.slice(1) ?? [];
  page.setAttribute("aria-busy", "true");
  showWhere(hash);
  try {
    const left = await found[1](...parts);
    if (mine === visit) leave = left;
    else left();
  } catch (error) {
    complain(error);
    page.replaceChildren(
      element(
        "p",
        { class: "empty" },
        `${error.message} `,
        element("a", { href: "#/", text: "Recordings" }),
      ),
    );
  } finally {
    if (mine === visit) page.removeAttribute("aria-busy");
  }
}

/** Mark the page on show among the links to all of them. */
function showWhere(hash) {
  const name = hash.match(/^#\/(rate|camera)/)?.[1] ?? "list";
  for (const link of document.querySelectorAll(".bar-links a")) {
    if (link.getAttribute("data-page") === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function buildBar() {
  const bar = document.getElementById("bar");
  const reviewer = button("Reviewer", changeReviewer, { class: "reviewer" });
  const showReviewer = () => {
    const name = currentSession()?.reviewer;
    reviewer.textContent = name ? `Reviewer: ${name}` : "Reviewer: not set";
  };
  const shade = button("Dark or light", switchTheme, { icon: "\u25d0" });
  const showShade = () => shade.setAttribute("aria-label", isDark() ? "Light colours" : "Dark colours");
  reviewerChanges.addEventListener("change", showReviewer);
  theme.addEventListener("change", showShade);
  showReviewer();
  showShade();
  bar?.append(reviewer, shade, button("Keys", showHelp, { icon: "?", key: "?" }));
  const where = document.getElementById("where");
  if (where) where.textContent = currentSession()?.root_name ?? "";
}

async function start() {
  try {
    await loadSession();
  } catch (error) {
    complain(error);
    page.replaceChildren(element("p", { class: "empty", text: /** @type {any} */ (error).message }));
    return;
  }
  buildBar();
  window.addEventListener("hashchange", route);
  await route();
}

start();
