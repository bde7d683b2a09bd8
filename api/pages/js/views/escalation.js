// The hand-over to the client company: drafted by the service, edited here, copied, exported, handed over.

import { download } from "../clipboard.js";
import { clockTime, due } from "../clock.js";
import { button, h, show } from "../dom.js";
import { t } from "../words.js";
import { actor, chip, clock, contactName, copyButton, problemWords, word } from "./shared.js";

const SAVE_AFTER = 700;
const isDraft = (escalation) => !escalation.state || escalation.state === "draft" || escalation.state === "reopened";

export function createEscalation(context) {
  const { api, store, conversationId, now, announce } = context;
  const element = h("section", { class: "section section-escalation", "aria-label": t("section.escalation") });
  const head = h("div", { class: "section-head" });
  const summary = h("div", {});
  const status = h("span", { class: "muted", role: "status" });
  const field = h("textarea", { class: "escalation-field", rows: 10, "aria-label": t("escalation.text"), oninput: edited, onblur: save });
  const actions = h("div", { class: "buttons" });
  element.append(head, summary, field, actions);
  let timer = null;
  let unsaved = false;
  let saving = null;

  function edited() {
    unsaved = true;
    status.textContent = t("escalation.unsaved");
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_AFTER);
  }

  /** Save what was typed; one call at a time, and what was typed meanwhile afterwards. */
  async function save() {
    clearTimeout(timer);
    await saving;
    if (!unsaved) return;
    unsaved = false;
    saving = api.editEscalation(current().id, { text: field.value }).then(
      (answer) => {
        store.change((state) => ({ escalation: { ...state.escalation, ...answer } }));
        status.textContent = t("escalation.saved");
      },
      (problem) => {
        unsaved = true;
        status.textContent = problemWords(problem);
      },
    );
    await saving;
  }

  const current = () => store.read().escalation;

  async function begin() {
    status.textContent = t("loading");
    try {
      const answer = await api.draftEscalation(conversationId, actor(context));
      store.change(() => ({ escalation: answer.escalation ?? answer }));
      status.textContent = "";
      field.focus();
    } catch (problem) {
      status.textContent = problemWords(problem);
    }
  }

  async function handOver() {
    await save();
    if (unsaved) return;
    try {
      const answer = await api.sendEscalation(current().id, actor(context));
      store.change((state) => ({ escalation: { ...state.escalation, ...(answer.escalation ?? answer) } }));
      announce.say(t("escalation.sent"));
    } catch (problem) {
      status.textContent = problemWords(problem);
    }
  }

  function draw({ escalation, settings }) {
    show(head, h("h2", {}, t("section.escalation")), escalation ? stateChips(escalation, settings, now) : null, status);
    show(summary, escalation ? summaryView(escalation) : null);
    field.hidden = !escalation;
    if (escalation) {
      field.readOnly = !isDraft(escalation);
      if (!unsaved && field.value !== escalation.text) field.value = escalation.text;
    }
    show(actions, escalation ? actionsFor(escalation) : button(t("escalation.draft"), begin, { key: "draft-escalation", shortcut: "e" }));
  }

  function actionsFor(escalation) {
    const name = `escalation-${escalation.id ?? "draft"}`;
    const shown = () => ({ ...current(), text: field.value });
    return [
      isDraft(escalation) ? button(t("escalation.hand_over"), handOver, { key: "hand-over", kind: "primary" }) : null,
      copyButton(t("copy"), () => field.value, { key: "copy-escalation", announce }),
      button("Markdown", () => download(`${name}.md`, field.value, "text/markdown"), { key: "export-md", kind: "quiet", title: t("escalation.export") }),
      button("JSON", () => download(`${name}.json`, JSON.stringify(shown(), null, 2), "application/json"), { key: "export-json", kind: "quiet", title: t("escalation.export") }),
    ];
  }

  addEventListener("pagehide", () => unsaved && save());
  store.watch(["escalation", "settings"], draw);
  return {
    element,
    open() {
      if (current()) field.focus();
      else begin();
      element.scrollIntoView({ block: "nearest" });
    },
  };
}

function stateChips(escalation, settings, now) {
  return [
    chip(escalation.priority, `priority ${escalation.priority}`),
    chip(`→ ${contactName(settings, escalation.to)}`),
    chip(word("escalation_state", escalation.state ?? "draft"), escalation.state ?? "draft"),
    escalation.respond_by
      ? h("span", { class: "row" }, h("time", { class: "muted", datetime: escalation.respond_by }, clockTime(escalation.respond_by)), clock(now(), (moment) => due(escalation.respond_by, moment)))
      : null,
  ];
}

function summaryView(escalation) {
  return [
    h("p", { class: "headline" }, escalation.headline),
    escalation.asks?.length ? list(t("escalation.asks"), escalation.asks) : null,
    escalation.unknowns?.length ? list(t("escalation.unknowns"), escalation.unknowns) : null,
  ];
}

function list(label, items) {
  return h("div", { class: "list" }, h("span", { class: "label" }, label), h("ul", {}, items.map((item) => h("li", {}, item))));
}
