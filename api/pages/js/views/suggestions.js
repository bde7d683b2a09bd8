// Up to three cards: what can be sent now, what to do, what it rests on, and who may decide it.

import { copyText } from "../clipboard.js";
import { isoNow } from "../clock.js";
import { button, h, show } from "../dom.js";
import { isTaken } from "../state.js";
import { learnActions, t } from "../words.js";
import { actor, chip, contactName, copyButton, problemWords, word } from "./shared.js";

const REASONS = ["wrong", "not_fitting", "already_done", "tone", "other"];

/** The section, and what the keyboard does with the card that has the focus. */
export function createSuggestions(context) {
  const element = h("section", { class: "section section-suggestions", "aria-label": t("section.suggestions") });
  const shownAt = new Map();
  const shared = { ...context, giveFeedback: feedbackGiver(context, shownAt) };

  function redraw() {
    const state = context.store.read();
    element.setAttribute("aria-busy", String(state.suggesting));
    show(element, heading(state, shared), content(state, shared));
  }

  context.store.watch(["suggestions", "abstained", "suggesting", "wording", "settings", "given", "alerts"], (state, before) => {
    for (const suggestion of state.suggestions) if (!shownAt.has(suggestion.id)) shownAt.set(suggestion.id, isoNow());
    redraw();
    if (state.suggestions !== before.suggestions) learnActions(actionsOf(state.suggestions)).then((news) => news && redraw());
    if (state.suggestions !== before.suggestions && state.suggestions.length) {
      context.announce.say(t("suggestions.news", { n: state.suggestions.length }));
    }
  });

  const focused = () => {
    const id = (document.activeElement?.closest("[data-suggestion]") ?? element.querySelector("[data-suggestion]"))?.dataset.suggestion;
    return context.store.read().suggestions.find((suggestion) => suggestion.id === id);
  };
  const withFocused = (action) => () => {
    const suggestion = focused();
    if (suggestion) action(suggestion, shared);
  };
  return {
    element,
    use: withFocused(use),
    copy: withFocused(copy),
    openSource: withFocused((suggestion) => openSource(suggestion, suggestion.citations?.[0], shared)),
    reject: withFocused((suggestion) => askWhy(element, suggestion)),
    again: () => askAgain(shared),
  };
}

function heading(state, context) {
  return h(
    "div",
    { class: "section-head" },
    h("h2", {}, t("section.suggestions")),
    state.suggesting ? h("span", { class: "muted", role: "status" }, t("suggestions.thinking")) : null,
    button(t("suggestions.again"), () => askAgain(context), { key: "again", kind: "quiet", shortcut: "r" }),
  );
}

const actionsOf = (suggestions) => suggestions.flatMap((each) => (each.actions ?? []).map((action) => action.action));

function content(state, context) {
  // What was suggested before somebody was in danger is no advice until somebody has taken the alert.
  if (inDanger(state, (alert) => !isTaken(alert))) return protocolFirst();
  const written = state.wording ? h("article", { class: "card wording" }, h("p", { class: "reply" }, state.wording)) : null;
  return [written, settled(state, context)];
}

const protocolFirst = () => h("p", { class: "muted" }, t("suggestions.protocol_first"));

const inDanger = (state, which) => state.alerts.some((alert) => alert.level === "emergency" && which(alert));

function settled(state, context) {
  if (state.suggestions.length) return state.suggestions.map((suggestion, place) => card(suggestion, place, context));
  if (state.abstained) return abstention(state.abstained, context);
  if (inDanger(state, () => true)) return protocolFirst();
  return h("p", { class: "muted" }, t("suggestions.none"));
}

function card(suggestion, place, context) {
  const given = context.store.read().given[suggestion.id];
  return h(
    "article",
    {
      class: `card ${place === 0 ? "first" : ""} ${given ? `given ${given}` : ""}`,
      "data-card": "",
      "data-suggestion": suggestion.id,
      "data-key": `card-${suggestion.id}`,
      tabIndex: place === 0 ? 0 : -1,
      "aria-label": t("suggestions.card", { n: place + 1, title: suggestion.title }),
    },
    h("header", {}, h("h3", {}, suggestion.title), verdicts(suggestion, context)),
    h("p", { class: "reply" }, suggestion.reply),
    suggestion.steps?.length ? h("ol", { class: "steps" }, suggestion.steps.map((step) => h("li", {}, step))) : null,
    h("div", { class: "card-foot" }, cardButtons(suggestion, context), sources(suggestion, context)),
    given ? h("p", { class: "muted", role: "status" }, t(`feedback.${given}`)) : null,
    reasonsForm(suggestion, context),
  );
}

/** What this agent may do, and what needs whom; without an action the authority as a whole. */
function verdicts(suggestion, context) {
  const { settings } = context.store.read();
  if (!suggestion.actions?.length) {
    return suggestion.authority === "not_applicable" ? null : chip(t(`authority.${suggestion.authority}`), suggestion.authority);
  }
  return h(
    "ul",
    { class: "verdicts", "aria-label": t("suggestions.authority") },
    suggestion.actions.map((action) => h("li", {}, chip(verdictWords(action, settings), action.verdict, action.reason))),
  );
}

function verdictWords(action, settings) {
  const amount = action.amount === null || action.amount === undefined ? "" : ` ${action.amount} ${action.currency ?? ""}`.trimEnd();
  const limit = action.limit === null || action.limit === undefined ? "" : t("verdict.limit", { limit: action.limit });
  const to = action.escalate_to ? contactName(settings, action.escalate_to) : "";
  return t(`verdict.${action.verdict}${action.verdict === "needs_approval" && to ? "_by" : ""}`, {
    action: `${word("action", action.action)}${amount}`,
    limit,
    to,
  });
}

function cardButtons(suggestion, context) {
  const key = (name) => `${name}-${suggestion.id}`;
  return h(
    "div",
    { class: "buttons" },
    button(t("suggestions.use"), () => use(suggestion, context), { key: key("use"), kind: "primary", shortcut: "u" }),
    copyButton(t("copy"), () => suggestion.reply, {
      key: key("copy"),
      announce: context.announce,
      onCopied: (text) => context.giveFeedback(suggestion, { adopted: "sent", sent_text: text }),
    }),
    button(t("suggestions.reject"), (event) => askWhy(event.target.closest("section"), suggestion), { key: key("reject"), kind: "quiet", shortcut: "x" }),
  );
}

function sources(suggestion, context) {
  const byArticle = new Map();
  for (const citation of suggestion.citations ?? []) {
    if (!byArticle.has(citation.article_id)) byArticle.set(citation.article_id, citation);
  }
  if (!byArticle.size) return null;
  return h(
    "div",
    { class: "sources" },
    h("span", { class: "label" }, t("suggestions.sources")),
    [...byArticle.values()].map((citation, place) =>
      button(citation.article_id, () => openSource(suggestion, citation, context), {
        key: `source-${suggestion.id}-${place}`,
        kind: "link",
        title: `${citation.title}: ${citation.quote}`,
      }),
    ),
  );
}

function reasonsForm(suggestion, context) {
  const dismiss = (reason) => context.giveFeedback(suggestion, { adopted: "rejected", reason });
  return h(
    "div",
    { class: "reasons", hidden: true, role: "group", "aria-label": t("reject.why") },
    h("span", { class: "label" }, t("reject.why")),
    REASONS.map((reason) => button(t(`reject.${reason}`), () => dismiss(reason), { key: `reason-${reason}-${suggestion.id}`, kind: "small" })),
  );
}

function askWhy(section, suggestion) {
  const form = [...section.querySelectorAll("[data-suggestion]")]
    .find((each) => each.dataset.suggestion === suggestion.id)
    ?.querySelector(".reasons");
  if (!form) return;
  form.hidden = false;
  form.querySelector("button").focus();
}

/** Put the reply into the draft, where it is checked and can be edited before it goes out. */
function use(suggestion, { draft }) {
  draft.insert(suggestion);
}

async function copy(suggestion, context) {
  const done = await copyText(suggestion.reply);
  context.announce.say(t(done ? "copied" : "copy.failed"));
  if (done) context.giveFeedback(suggestion, { adopted: "sent", sent_text: suggestion.reply });
}

function openSource(suggestion, citation, { article, api, store }) {
  if (!citation) return;
  const quotes = suggestion.citations.filter((each) => each.article_id === citation.article_id).map((each) => each.quote);
  article.open({ api, clientId: store.read().conversation.client_id, citation, quotes });
}

async function askAgain({ api, store, conversationId, announce, draft }) {
  store.change(() => ({ suggesting: true }));
  try {
    const answer = await api.suggest(conversationId, draft.text() ? { draft: draft.text() } : {});
    store.change((state) => ({
      suggesting: false,
      suggestions: answer.suggestions ?? state.suggestions,
      abstained: answer.abstained ?? null,
      precedents: answer.precedents ?? state.precedents,
    }));
  } catch (problem) {
    store.change(() => ({ suggesting: false }));
    announce.say(problemWords(problem));
  }
}

/** Tell the service what became of a suggestion; a later act of the agent replaces an earlier one. */
function feedbackGiver(context, shownAt) {
  const { api, store, announce, draft } = context;
  const mark = (id, adopted) => store.change((state) => ({ given: { ...state.given, [id]: adopted } }));

  async function give(suggestion, act) {
    const before = store.read().given[suggestion.id];
    mark(suggestion.id, act.adopted);
    try {
      await api.feedback(suggestion.id, { shown_at: shownAt.get(suggestion.id), ...act, ...actor(context) });
    } catch (problem) {
      mark(suggestion.id, before);
      announce.say(problemWords(problem));
    }
  }
  draft.onAdopted((suggestion, text) =>
    give(suggestion, { adopted: text.trim() === suggestion.reply.trim() ? "sent" : "edited", sent_text: text }),
  );
  return give;
}

function abstention(abstained, context) {
  const { settings } = context.store.read();
  return h(
    "article",
    { class: "card abstained", "data-card": "", tabIndex: -1, "data-key": "abstained" },
    h("header", {}, h("h3", {}, t("abstained.title")), abstained.escalate_to ? chip(t("abstained.to", { to: contactName(settings, abstained.escalate_to) }), "needs_approval") : null),
    h("p", { class: "muted" }, abstained.reason),
    abstained.say ? h("p", { class: "reply" }, abstained.say) : null,
    abstained.collect?.length ? h("div", { class: "list" }, h("span", { class: "label" }, t("abstained.collect")), h("ul", {}, abstained.collect.map((item) => h("li", {}, item)))) : null,
    abstained.say
      ? h(
          "div",
          { class: "buttons" },
          button(t("suggestions.use"), () => context.draft.insert({ id: null, reply: abstained.say }), { key: "use-abstained", kind: "primary" }),
          copyButton(t("copy"), () => abstained.say, { key: "copy-abstained", announce: context.announce }),
        )
      : null,
  );
}
