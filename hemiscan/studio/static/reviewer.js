/** Who sits at the page: asked once, before the first step of a review. */

import { getSession, setReviewer } from "./api.js";
import { ask } from "./dialogs.js";
import { complain } from "./messages.js";

/** @type {any} */
let session = null;

/** Event `change`: another reviewer. */
export const reviewerChanges = new EventTarget();

/** What the server says about itself and who reviews. */
export async function loadSession() {
  session = await getSession();
  return session;
}

export function currentSession() {
  return session;
}

/** Ask who reviews unless it is known; false if nobody says so. */
export async function ensureReviewer() {
  return session?.reviewer ? true : changeReviewer();
}

export async function changeReviewer() {
  const answer = await ask(
    "Who reviews?",
    [
      {
        name: "reviewer",
        label: "Your name or initials",
        value: session?.reviewer ?? "",
        required: true,
        hint: "Stands beside every step of the review, with its time.",
      },
    ],
    { answer: "Begin" },
  );
  if (!answer?.reviewer) return false;
  try {
    session = await setReviewer(answer.reviewer);
  } catch (error) {
    complain(error);
    return false;
  }
  reviewerChanges.dispatchEvent(new Event("change"));
  return true;
}
