// The supervisor's two tables.

import { clockTime, due, span } from "../clock.js";
import { button, h } from "../dom.js";
import { t } from "../words.js";
import { chip, clock, word } from "./shared.js";

const openLink = (row) =>
  h("a", { href: `/sidebar?conversation=${encodeURIComponent(row.conversation_id)}${location.hash}`, target: "_blank", rel: "noopener", class: "button quiet" }, t("board.open"));

/** Alerts that nobody has taken, emergencies first, the oldest first among equals. */
export function alertTable(alerts, names, onAcknowledge) {
  const weight = (alert) => (alert.level === "emergency" ? 0 : 1);
  const rows = [...alerts].sort((one, other) => weight(one) - weight(other) || Date.parse(one.raised_at) - Date.parse(other.raised_at));
  return [
    h("h2", {}, t("board.alerts"), h("span", { class: "count" }, String(rows.length))),
    rows.length ? h("ul", { class: "board-rows" }, rows.map((alert) => alertRow(alert, names, onAcknowledge))) : h("p", { class: "muted" }, t("board.no_alerts")),
  ];
}

function alertRow(alert, names, onAcknowledge) {
  const waited = () => ({ text: span(Date.now() - Date.parse(alert.raised_at)), state: "over" });
  return h(
    "li",
    { class: `board-row ${alert.level}` },
    h("div", { class: "board-what" }, h("p", { class: "row" }, chip(t(`level.${alert.level}`), alert.level), h("strong", {}, word("category", alert.category)), h("span", { class: "muted" }, names.get(alert.client_id) ?? alert.client_id)), h("p", { class: "quote" }, "“", alert.quote, "”")),
    h("div", { class: "board-when" }, clock(Date.now(), waited), stage(alert)),
    h("div", { class: "buttons" }, button(t("board.take"), () => onAcknowledge(alert), { key: `take-${alert.id}`, kind: "primary" }), openLink(alert)),
  );
}

/** How far the clocks have carried an alert that nobody took. */
function stage(alert) {
  return alert.stage ? chip(t(`stage.${alert.stage}`), "urgent") : null;
}

/** Promises whose time is over, the longest overdue first. */
export function promiseTable(promises, names) {
  const rows = [...promises].sort((one, other) => Date.parse(one.due_at) - Date.parse(other.due_at));
  return [
    h("h2", {}, t("board.promises"), h("span", { class: "count" }, String(rows.length))),
    rows.length ? h("ul", { class: "board-rows" }, rows.map((promise) => promiseRow(promise, names))) : h("p", { class: "muted" }, t("board.no_promises")),
  ];
}

function promiseRow(promise, names) {
  return h(
    "li",
    { class: "board-row" },
    h("div", { class: "board-what" }, h("p", { class: "row" }, h("strong", {}, promise.action), h("span", { class: "muted" }, names.get(promise.client_id) ?? promise.client_id)), h("p", { class: "quote" }, "“", promise.quote, "”")),
    h("div", { class: "board-when" }, h("time", { class: "muted", datetime: promise.due_at }, clockTime(promise.due_at)), clock(Date.now(), (now) => due(promise.due_at, now))),
    h("div", { class: "buttons" }, openLink(promise)),
  );
}
