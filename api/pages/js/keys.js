// Work without a mouse: single keys while no field has the focus. They can be switched off (WCAG 2.1.4).

import { button, h } from "./dom.js";
import { t } from "./words.js";

const KEPT = "copilot.keys";
export const SHORTCUTS = ["j", "k", "u", "c", "o", "x", "a", "d", "r", "e", "p", "?", "Escape"];
const FIELDS = "input, textarea, select, [contenteditable]";

/** Listen for the shortcuts; returns what ends it. */
export function bindKeys(parts) {
  const actions = actionsOf(parts);
  const onKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") return leaveField(event, parts);
    if (fieldOf(event) || !areOn()) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}

function actionsOf({ host, suggestions, draft, escalation, alerts, help }) {
  const step = (by) => () => moveFocus(host, by);
  return {
    j: step(1),
    ArrowDown: step(1),
    k: step(-1),
    ArrowUp: step(-1),
    u: () => suggestions.use(),
    c: () => suggestions.copy(),
    o: () => suggestions.openSource(),
    x: () => suggestions.reject(),
    r: () => suggestions.again(),
    a: () => alerts.querySelector("[data-key^='acknowledge']")?.click(),
    d: () => draft.focus(),
    e: () => escalation.open(),
    p: () => host.querySelector(".section-precedents summary")?.click(),
    "?": () => help.open(),
  };
}

/** The field that is written into. One that is no longer shown (of a dialog just closed) keeps the focus until the next frame. */
function fieldOf(event) {
  const field = event.target.closest?.(FIELDS);
  return field?.getClientRects().length ? field : null;
}

/** From a field, Escape goes back to the cards, so that the single keys work again. */
function leaveField(event, { host }) {
  if (!fieldOf(event)) return;
  event.target.blur();
  moveFocus(host, 0);
}

function moveFocus(host, by) {
  const cards = [...host.querySelectorAll("[data-card]")].filter((card) => card.getClientRects().length);
  if (!cards.length) return;
  const at = cards.findIndex((card) => card.contains(document.activeElement));
  const next = at < 0 ? 0 : Math.min(Math.max(at + by, 0), cards.length - 1);
  cards[next].focus();
  cards[next].scrollIntoView({ block: "nearest" });
}

function areOn() {
  try {
    return localStorage.getItem(KEPT) !== "off";
  } catch {
    return true;
  }
}

function switchKeys(on) {
  try {
    localStorage.setItem(KEPT, on ? "on" : "off");
  } catch {
    // A frame without storage: they stay on.
  }
}

/** The list of shortcuts, and the switch. */
export function helpDialog() {
  const rows = SHORTCUTS.map((key) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, t(`key.${key}`))]);
  const toggle = h("input", { type: "checkbox", checked: areOn(), onchange: () => switchKeys(toggle.checked) });
  const element = h(
    "dialog",
    { class: "dialog", "aria-label": t("help.title") },
    h("h2", {}, t("help.title")),
    h("dl", { class: "keys" }, rows),
    h("label", { class: "toggle" }, toggle, t("help.switch")),
    h("div", { class: "dialog-actions" }, button(t("close"), () => element.close())),
  );
  return { element, open: () => element.showModal() };
}
