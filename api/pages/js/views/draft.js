// The agent's unsent reply, checked while it is typed.

import { copyText } from "../clipboard.js";
import { button, h, show } from "../dom.js";
import { t } from "../words.js";
import { chip, word } from "./shared.js";

const TYPING_PAUSE = 350;

/** The field and its checks. `onSend(text)` sends; without it the button copies. */
export function createDraft({ api, store, announce, onSend, conversationId }) {
  const listeners = new Set();
  let source = null; // the suggestion that the text began as
  let timer = null;
  let looking = null;

  const field = h("textarea", {
    class: "draft-field",
    id: "draft",
    rows: 3,
    "data-card": "",
    placeholder: t("draft.placeholder"),
    "aria-describedby": "draft-checks",
    oninput: typed,
    value: kept(conversationId),
    onkeydown: (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && finish(),
  });
  const checks = h("div", { id: "draft-checks", class: "draft-checks", "aria-live": "polite" });
  const element = h(
    "section",
    { class: "section section-draft", "aria-label": t("section.draft") },
    h("label", { class: "section-head", htmlFor: "draft" }, h("h2", {}, t("section.draft"))),
    field,
    checks,
    h("div", { class: "buttons" }, button(onSend ? t("draft.send") : t("draft.copy"), finish, { key: "finish", kind: "primary", title: "Ctrl+Enter" })),
  );

  function typed() {
    keep(conversationId, field.value);
    lookSoon();
  }

  function lookSoon() {
    clearTimeout(timer);
    timer = setTimeout(look, TYPING_PAUSE);
  }

  /** One stateless look tells the draft's checks and which questions are still open. */
  async function look() {
    looking?.abort();
    const { conversation, turns } = store.read();
    if (!conversation || !turns.length) return;
    looking = new AbortController();
    const draft = field.value.trim() || null;
    try {
      const answer = await api.look(lookBody(conversation, turns, draft), looking.signal);
      store.change(() => ({
        draftChecks: draft ? answer.checks.filter((check) => check.where === "draft") : [],
        questions: answer.checks.filter((check) => check.kind === "unanswered_question" && check.where === "turn"),
        draftDegraded: false,
      }));
    } catch (problem) {
      if (problem.name !== "AbortError") store.change(() => ({ draftDegraded: true }));
    }
  }

  async function finish() {
    const text = field.value.trim();
    if (!text) return field.focus();
    if (onSend) await onSend(text);
    else announce.say(t((await copyText(text)) ? "copied" : "copy.failed"));
    if (source?.id) for (const listener of listeners) listener(source, text);
    if (onSend) clear();
  }

  function clear() {
    field.value = "";
    keep(conversationId, "");
    source = null;
    store.change(() => ({ draftChecks: [] }));
  }

  store.watch(["draftChecks", "draftDegraded"], (state) => show(checks, draftRemarks(state, field.value)));
  store.watch(["turns", "conversation"], lookSoon);
  return {
    element,
    text: () => field.value.trim(),
    focus: () => field.focus(),
    insert(suggestion) {
      field.value = suggestion.reply;
      source = suggestion;
      field.focus();
      field.dispatchEvent(new Event("input"));
    },
    onAdopted: (listener) => listeners.add(listener),
    stop() {
      clearTimeout(timer);
      looking?.abort();
    },
  };
}

const KEPT = "copilot.draft.";

/** The unsent words of this tab: a reload loses none, another tab or person sees none. */
function kept(conversationId) {
  try {
    return sessionStorage.getItem(KEPT + conversationId) ?? "";
  } catch {
    return "";
  }
}

function keep(conversationId, text) {
  try {
    if (text) sessionStorage.setItem(KEPT + conversationId, text);
    else sessionStorage.removeItem(KEPT + conversationId);
  } catch {
    // A frame without storage: the draft lives as long as the page.
  }
}

function lookBody(conversation, turns, draft) {
  return {
    client_id: conversation.client_id,
    agent: conversation.agent,
    turns: turns.map(({ role, text, at }) => ({ role, text, at })),
    draft,
    want: ["checks"],
  };
}

function draftRemarks({ draftChecks, draftDegraded }, text) {
  if (draftDegraded) return h("p", { class: "muted" }, t("draft.not_checked"));
  if (!text.trim()) return null;
  if (!draftChecks.length) return h("p", { class: "good" }, t("draft.good"));
  return h("ul", { class: "remarks" }, draftChecks.map(remark));
}

/** One remark: what kind, the words it is about, and what to do about them. */
export function remark(check) {
  return h(
    "li",
    { class: `remark ${check.kind}` },
    chip(word("check", check.kind), check.kind),
    h("span", {}, check.message),
  );
}
