import { clockTime, due } from "../clock.js";
import { h } from "../dom.js";
import { t } from "../words.js";
import { clock } from "./shared.js";

/** What the agent's side owes this customer, the most pressing first. */
export function promisesView({ promises }, { now }) {
  if (!promises.length) return null;
  const when = (promise) => (promise.due_at ? Date.parse(promise.due_at) : Number.MAX_SAFE_INTEGER);
  const rows = [...promises].sort((one, other) => when(one) - when(other));
  return [
    h("h2", {}, t("section.promises")),
    h("ul", { class: "promises" }, rows.map((promise) => row(promise, now))),
  ];
}

function row(promise, now) {
  return h(
    "li",
    {},
    h("span", { class: "promise-action", title: promise.quote }, promise.action),
    promise.due_at ? h("time", { class: "muted", datetime: promise.due_at }, clockTime(promise.due_at)) : null,
    clock(now(), (moment) => due(promise.due_at, moment)),
  );
}
