/** Keys, and the page that lists them. */

import { element } from "./dom.js";
import { isDialogOpen, openDialog } from "./dialogs.js";

/**
 * @typedef {Object} Command
 * @property {string[]} keys As in `KeyboardEvent.key`, with "Ctrl+" (Command on macOS) before it,
 *   and "Shift+" before keys with Ctrl, which are in capitals, and those that do not change with it.
 * @property {string} does What it does, for the list of keys.
 * @property {string} group
 * @property {(event: KeyboardEvent) => void} run
 */

/** @type {Command[]} */
let commands = [];

/** The keys of the page on show. @param {Command[]} of */
export function setCommands(of) {
  commands = of;
}

const SHIFTED = /^(Arrow|Tab|Enter|Escape|Home|End|Page)/;

/** How a key event is named in `Command.keys`. */
function nameOf(event) {
  const control = event.ctrlKey || event.metaKey;
  const key = event.key.length === 1 && control ? event.key.toUpperCase() : event.key;
  const shift = event.shiftKey && (SHIFTED.test(key) || control) ? "Shift+" : "";
  return `${control ? "Ctrl+" : ""}${shift}${key}`;
}

function isTyping(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/** Whether a key belongs to the element that has the focus. */
function isTakenByFocus(event) {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  const pressesIt = event.key === " " || event.key === "Enter";
  if (pressesIt && target.matches("button, a[href], summary, input[type=checkbox]")) {
    return true;
  }
  return target.getAttribute("role") === "slider" && event.key.startsWith("Arrow");
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey || isDialogOpen() || isTyping(event.target)) return;
  if (isTakenByFocus(event)) return;
  const name = nameOf(event);
  const command = commands.find((each) => each.keys.includes(name));
  if (!command) return;
  event.preventDefault();
  command.run(event);
});

const SHOWN = {
  " ": "Space",
  ArrowUp: "\u2191",
  ArrowDown: "\u2193",
  ArrowLeft: "\u2190",
  ArrowRight: "\u2192",
  Escape: "Esc",
};

/** Show the keys of this page. */
export function showHelp() {
  const groups = new Map();
  for (const command of commands) {
    if (!groups.has(command.group)) groups.set(command.group, []);
    groups.get(command.group).push(command);
  }
  const sections = [...groups].map(([group, members]) =>
    element(
      "section",
      {},
      element("h3", { text: group }),
      element(
        "dl",
        { class: "keys" },
        ...members.flatMap((command) => [
          element("dt", {}, ...command.keys.map(keyCap)),
          element("dd", { text: command.does }),
        ]),
      ),
    ),
  );
  const keyGroups = element("div", { class: "key-groups" }, ...sections);
  keyGroups.style.columnCount = String(Math.min(sections.length, 3));
  const dialog = openDialog("Keys", [keyGroups], "help");
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "?") dialog.close();
  });
  dialog.addEventListener("click", (event) => {
    // On the backdrop.
    if (event.target === dialog) dialog.close();
  });
}

function keyCap(name) {
  if (/^[A-Z]$/.test(name)) return element("kbd", { text: `Shift ${name}` });
  const parts = name.split(/\+(?=.)/).map((part) => SHOWN[part] ?? part);
  return element("kbd", { text: parts.join(" ") });
}
