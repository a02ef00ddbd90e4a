/** Making elements. Data of recordings only ever become text, never markup. */

/**
 * Return a new element.
 *
 * @param {string} tag
 * @param {Object<string, any>} [attributes] `class`, `text`, `on<event>` listeners, `data` (an
 *   object), properties such as `value`, `checked`, `disabled`, and other attributes. `null`,
 *   `undefined` and `false` leave an attribute out; `true` sets it without a value.
 * @param {...(Node|string|null)} children
 * @returns {any}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") made.textContent = value;
    else if (name === "class") made.className = value;
    else if (name === "data") Object.assign(made.dataset, value);
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (["value", "checked", "disabled", "hidden", "selected"].includes(name)) made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/**
 * Return a button that leaves the keyboard focus where it is when it is pressed by mouse, so that
 * the next key is a command again; by keyboard it can be reached and pressed like any other.
 *
 * @param {string} label What is read out, and shown unless `options.icon` is given.
 * @param {(event: Event) => void} press
 * @param {{icon?: string|Node, key?: string, class?: string, pressed?: boolean}} [options] `key` is
 *   named in the hint; `pressed` makes it a switch.
 */
export function button(label, press, options = {}) {
  const hint = options.key ? `${label} (${options.key})` : label;
  const attributes = {
    type: "button",
    class: `button ${options.class ?? ""}`.trim(),
    title: options.icon || options.key ? hint : null,
    "aria-label": options.icon ? label : null,
    "aria-keyshortcuts": options.key ?? null,
    "aria-pressed": options.pressed === undefined ? null : String(options.pressed),
    onmousedown: (event) => event.preventDefault(),
    onclick: press,
  };
  return element("button", attributes, options.icon ?? label);
}

/** Show whether a switch made by `button` is on. */
export function setPressed(of, on) {
  of.setAttribute("aria-pressed", String(on));
}

/**
 * Make a canvas as many pixels large as it is shown, and return its context in CSS pixels.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {number} [height] Of what is drawn, if it is stretched to the height that is shown.
 * @returns {{context: CanvasRenderingContext2D, width: number, height: number}}
 */
export function fitCanvas(canvas, height = canvas.clientHeight) {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const pixels = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== pixels[0]) canvas.width = pixels[0];
  if (canvas.height !== pixels[1]) canvas.height = pixels[1];
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return { context, width, height };
}

/**
 * Call a function at most once a picture, however often it is asked for.
 *
 * @param {() => void} draw
 * @returns {() => void}
 */
export function oncePerPicture(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
}

/** Signs on buttons, drawn here because not every machine has letters for them. */
const ICON_PATHS = {
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 2.5h3v11H4zM9 2.5h3v11H9z",
  previous: "M3 3h2v10H3zM13 3v10L6 8z",
  next: "M11 3h2v10h-2zM3 3l7 5-7 5z",
  back: "M10.5 3v10L4 8z",
  on: "M5.5 3l6.5 5-6.5 5z",
};

/** @param {keyof typeof ICON_PATHS} name @returns {SVGSVGElement} */
export function icon(name) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(namespace, "path");
  path.setAttribute("d", ICON_PATHS[name]);
  svg.append(path);
  return svg;
}
