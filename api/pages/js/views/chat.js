// The demo's stand-in for a helpdesk: the transcript with what was noticed about each turn, and two composers.

import { clockTime, due } from "../clock.js";
import { button, h, marked, show } from "../dom.js";
import { t } from "../words.js";
import { chip, clock, word } from "./shared.js";

/** The chat. `onCustomer(text)` posts as the customer; the agent's composer is mounted into `draftHost`. */
export function createChat({ store, draftHost, onCustomer, now }) {
  const transcript = h("ol", { class: "transcript", "aria-label": t("chat.transcript"), tabIndex: 0 });
  store.watch(["turns", "alerts", "checks", "promises", "settings"], (state, before) => {
    show(transcript, state.turns.length ? state.turns.map((turn) => turnView(turn, state, now)) : h("li", { class: "muted" }, t("chat.empty")));
    if (state.turns.length !== before.turns.length) transcript.scrollTop = transcript.scrollHeight;
  });
  new ResizeObserver(() => {
    transcript.scrollTop = transcript.scrollHeight;
  }).observe(transcript);
  return { element: h("div", { class: "chat-body" }, transcript, customerComposer(onCustomer), draftHost) };
}

function customerComposer(onCustomer) {
  const field = h("input", { type: "text", autocomplete: "off", "aria-label": t("chat.as_customer"), placeholder: t("chat.as_customer") });
  const send = async () => {
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    field.focus(); // from the button, and at once: later the agent may be writing elsewhere
    await onCustomer(text);
  };
  return h("form", { class: "composer-customer", onsubmit: (event) => (event.preventDefault(), send()) }, field, button(t("chat.send"), send, { key: "send-customer" }));
}

function turnView(turn, { alerts, checks, promises }, now) {
  const alert = alerts.find((each) => each.turn_index === turn.index);
  const remarks = checks.filter((each) => each.where === "turn" && each.turn_index === turn.index && each.kind !== "unanswered_question");
  const owed = promises.filter((each) => each.turn_index === turn.index);
  const notes = [
    alert ? chip(word("category", alert.category), alert.level) : null,
    remarks.map((each) => chip(remarkWords(each), each.kind, each.message)),
    owed.map((each) => (each.due_at ? clock(now(), (moment) => due(each.due_at, moment)) : chip(t("promise.no_time"), "vague"))),
  ].flat().filter(Boolean);
  return h(
    "li",
    { class: `turn ${turn.role}` },
    h("p", { class: "who" }, t(`role.${turn.role}`), h("time", { datetime: turn.at }, clockTime(turn.at))),
    h("p", { class: "bubble" }, alert ? marked(turn.text, alert.quote) : turn.text),
    notes.length ? h("p", { class: "notes" }, notes) : null,
  );
}

const remarkWords = (check) => (check.kind === "stock_phrase" ? t(`label.${check.label ?? "stock"}`) : word("check", check.kind));
