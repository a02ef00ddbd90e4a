/** Questions to the person at the page. */

import { button, element } from "./dom.js";

/**
 * Ask for some texts; null if the question was closed without an answer.
 *
 * @param {string} title
 * @param {{name: string, label: string, value?: string, type?: string, hint?: string,
 *   required?: boolean, long?: boolean, max?: number}[]} fields
 * @param {{explanation?: string, answer?: string}} [options]
 * @returns {Promise<Object<string, string> | null>}
 */
export function ask(title, fields, options = {}) {
  const inputs = fields.map((field) => {
    const common = {
      id: `ask-${field.name}`,
      name: field.name,
      value: field.value ?? "",
      required: field.required,
      autocomplete: "off",
      maxlength: field.max ?? (field.long ? 2000 : 200),
      "aria-describedby": field.hint ? `ask-${field.name}-hint` : null,
    };
    return field.long
      ? element("textarea", { ...common, rows: 3 })
      : element("input", { ...common, type: field.type ?? "text" });
  });
  const rows = fields.map((field, i) =>
    element(
      "div",
      { class: "field" },
      element("label", { for: `ask-${field.name}`, text: field.label }),
      inputs[i],
      field.hint ? element("small", { id: `ask-${field.name}-hint`, text: field.hint }) : null,
    ),
  );
  return new Promise((resolve) => {
    const dialog = openDialog(title, [
      options.explanation ? element("p", { text: options.explanation }) : null,
      element(
        "form",
        {
          method: "dialog",
          onsubmit: () => {
            resolve(Object.fromEntries(inputs.map((input) => [input.name, input.value.trim()])));
          },
        },
        ...rows,
        element(
          "div",
          { class: "dialog-buttons" },
          button("Cancel", () => dialog.close()),
          element("button", {
            type: "submit",
            class: "button primary",
            text: options.answer ?? "Save",
          }),
        ),
      ),
    ]);
    dialog.addEventListener("close", () => resolve(null));
    inputs[0]?.focus();
  });
}

/**
 * Show a dialog; it leaves the page when it is closed.
 *
 * @param {string} title
 * @param {(Node|null)[]} content
 * @param {string} [className]
 * @returns {HTMLDialogElement}
 */
export function openDialog(title, content, className = "") {
  const dialog = element(
    "dialog",
    { class: className, "aria-labelledby": "dialog-title" },
    element("h2", { id: "dialog-title", text: title }),
    ...content,
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Whether a dialog is open: keys then belong to it. */
export function isDialogOpen() {
  return document.querySelector("dialog[open]") !== null;
}
