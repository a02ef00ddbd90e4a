/** Dark or light, and the colours of both for what is drawn on canvases. */

const KEY = "hemiscan-theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");

/** @type {Map<string, string>} */
const colors = new Map();

/** Tells `change` when colours have changed. */
export const theme = new EventTarget();

/** The value of a custom property of style.css. */
export function cssColor(name) {
  let value = colors.get(name);
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    colors.set(name, value);
  }
  return value;
}

export function isDark() {
  return document.documentElement.dataset.theme === "dark";
}

export function switchTheme() {
  const next = isDark() ? "light" : "dark";
  localStorage.setItem(KEY, next);
  apply();
}

function apply() {
  const chosen = localStorage.getItem(KEY);
  document.documentElement.dataset.theme = chosen ?? (system.matches ? "dark" : "light");
  colors.clear();
  theme.dispatchEvent(new Event("change"));
}

system.addEventListener("change", apply);
apply();
