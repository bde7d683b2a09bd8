import { clockTime, due } from "../clock.js";
import { button, h } from "../dom.js";
import { t } from "../words.js";
import { actor, clock, problemWords } from "./shared.js";

/** What the agent's side owes this customer, the most pressing first, what was kept last. */
export function promisesView({ promises }, context) {
  if (!promises.length) return null;
  const rows = [...promises].sort((one, other) => when(one) - when(other));
  return [
    h("h2", {}, t("section.promises")),
    h("ul", { class: "promises" }, rows.map((promise) => row(promise, context))),
  ];
}

function when({ state, due_at }) {
  if (state === "kept") return Infinity;
  return due_at ? Date.parse(due_at) : Number.MAX_SAFE_INTEGER;
}

function row(promise, context) {
  const kept = promise.state === "kept";
  return h(
    "li",
    { class: kept ? "kept" : null },
    h("span", { class: "promise-action", title: promise.quote }, promise.action),
    promise.due_at ? h("time", { class: "muted", datetime: promise.due_at }, clockTime(promise.due_at)) : null,
    kept ? h("span", { class: "good" }, t("promise.kept")) : clock(context.now(), (moment) => due(promise.due_at, moment)),
    kept || !promise.id ? null : button(t("promise.keep"), () => keep(promise, context), { key: `keep-${promise.id}`, kind: "quiet small" }),
  );
}

async function keep(promise, context) {
  const { api, store, announce } = context;
  try {
    const answer = await api.keepPromise(promise.id, actor(context));
    store.change((state) => ({ promises: state.promises.map((each) => (each.id === promise.id ? { ...each, ...answer } : each)) }));
    announce.say(t("promise.kept"));
  } catch (problem) {
    announce.say(problemWords(problem));
  }
}
