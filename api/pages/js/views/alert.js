// The one alert bar: what to do in the next sixty seconds.

import { button, h } from "../dom.js";
import { clockTime, span } from "../clock.js";
import { isTaken, rankedAlerts } from "../state.js";
import { t } from "../words.js";
import { actor, chip, clock, copyButton, problemWords, word } from "./shared.js";

/** The most pressing alert in full, every other one as a line that unfolds. */
export function alertBar(state, context) {
  const [first, ...rest] = rankedAlerts(state.alerts);
  if (!first) return null;
  const open = isTaken(first) ? folded(first, context) : full(first, context);
  return [open, rest.map((alert) => folded(alert, context))];
}

/** Says each alert to screen readers once, and again only when it has become more serious or other numbers are to be called. */
export function alertVoice(store) {
  const element = h("div", { class: "visually-hidden", role: "alert" });
  const said = new Set();
  store.watch(["alerts"], (state) => {
    const fresh = rankedAlerts(state.alerts).filter((alert) => !isTaken(alert) && !said.has(alarmOf(alert)));
    for (const alert of fresh) said.add(alarmOf(alert));
    if (fresh.length) element.textContent = fresh.map(spokenWords).join(" ");
  });
  return element;
}

const alarmOf = (alert) => `${alert.id}/${alert.level}/${alert.services}`;

function spokenWords({ level, category, services, protocol }) {
  const call = services?.length ? `${t("alert.call")} ${services.join(", ")}.` : "";
  return `${t(`level.${level}`)}: ${word("category", category)}. ${call} ${protocol?.say ?? ""}`;
}

function full(alert, context) {
  return h(
    "article",
    { class: `alert ${alert.level}`, "data-card": "", "data-key": `alert-${alert.id}`, tabIndex: -1 },
    h(
      "header",
      {},
      chip(t(`level.${alert.level}`), "level"),
      h("h2", {}, word("category", alert.category)),
      waiting(alert, context),
    ),
    body(alert, context),
  );
}

function folded(alert, context) {
  const taken = isTaken(alert);
  return h(
    "details",
    { class: `alert ${alert.level} ${taken ? "taken" : ""}`, "data-key": `folded-${alert.id}` },
    h(
      "summary",
      { "data-card": "", "data-key": `fold-${alert.id}` },
      chip(t(`level.${alert.level}`), "level"),
      h("span", { class: "alert-name" }, word("category", alert.category)),
      taken ? h("span", { class: "muted" }, takenBy(alert)) : waiting(alert, context),
    ),
    body(alert, context),
  );
}

function body(alert, context) {
  const { protocol } = alert;
  return [
    h("p", { class: "alert-quote" }, "“", alert.quote, "”"),
    h("div", { class: "alert-actions" }, services(alert.services ?? []), isTaken(alert) ? null : acknowledgeButton(alert, context)),
    protocol?.say ? sayAloud(protocol.say, alert, context) : null,
    protocol?.steps?.length ? h("ol", { class: "steps" }, protocol.steps.map((step) => h("li", {}, step))) : null,
    h(
      "div",
      { class: "alert-words" },
      protocol?.ask?.length ? list(t("alert.ask"), protocol.ask, "ask") : null,
      protocol?.never_say?.length ? list(t("alert.never_say"), protocol.never_say, "never") : null,
    ),
  ];
}

function services(numbers) {
  if (!numbers.length) return null;
  return h(
    "p",
    { class: "services" },
    h("span", {}, t("alert.call")),
    numbers.map((number) => h("strong", { class: "number" }, number)),
  );
}

function sayAloud(words, alert, context) {
  const label = h("span", { class: "label" }, t("alert.say"));
  const copy = copyButton(t("copy"), () => words, { key: `copy-say-${alert.id}`, announce: context.announce });
  return h("div", { class: "say" }, h("div", { class: "say-head" }, label, copy), h("p", {}, words));
}

function list(label, items, kind) {
  return h("div", { class: `list ${kind}` }, h("span", { class: "label" }, label), h("ul", {}, items.map((item) => h("li", {}, item))));
}

/** How long nobody has taken it; hidden from screen readers, whose users hear the alert itself. */
function waiting(alert, { now }) {
  const since = Date.parse(alert.raised_at);
  if (Number.isNaN(since)) return null;
  const read = () => ({ text: t("alert.waiting", { span: span(Math.max(0, Date.now() - since)) }), state: "over" });
  return clock(now(), read, { "aria-hidden": "true" });
}

function acknowledgeButton(alert, context) {
  return button(t("alert.acknowledge"), (event) => acknowledge(alert, context, event.target), {
    key: `acknowledge-${alert.id}`,
    kind: "primary",
    shortcut: "a",
    disabled: !alert.id,
  });
}

async function acknowledge(alert, context, pressed) {
  const { api, store, announce } = context;
  pressed.disabled = true;
  try {
    const answer = await api.acknowledge(alert.id, actor(context));
    store.change((state) => ({
      alerts: state.alerts.map((each) => (each.id === alert.id ? { ...each, ...answer, state: "acknowledged" } : each)),
    }));
    announce.say(t("alert.taken"));
  } catch (problem) {
    pressed.disabled = false;
    announce.say(problemWords(problem));
  }
}

function takenBy(alert) {
  return t("alert.taken_by", { who: alert.acknowledged_by ?? "", at: clockTime(alert.acknowledged_at) });
}
