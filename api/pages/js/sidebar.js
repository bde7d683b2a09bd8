// The panel of one conversation: mounts its sections and keeps them in step with the service.

import { announcer } from "./announce.js";
import { useZone } from "./clock.js";
import { h, show } from "./dom.js";
import { bindKeys, helpDialog } from "./keys.js";
import { bell } from "./sound.js";
import { keepLive } from "./live.js";
import { createStore } from "./store.js";
import { alertBar, alertVoice } from "./views/alert.js";
import { articleDialog } from "./views/article.js";
import { createDraft } from "./views/draft.js";
import { createEscalation } from "./views/escalation.js";
import { factsView } from "./views/facts.js";
import { headerView } from "./views/header.js";
import { linkedView } from "./views/linked.js";
import { precedentsView } from "./views/precedents.js";
import { promisesView } from "./views/promises.js";
import { createSuggestions } from "./views/suggestions.js";
import { has, t } from "./words.js";

/**
 * Show conversation `conversationId` in `host`. `onSend(text)` makes the draft's button send instead of copy;
 * `draftHost` puts the draft elsewhere; `now()` is the conversation's clock in milliseconds.
 */
export function mountSidebar(host, { api, conversationId, agentId, onSend, draftHost, now = Date.now }) {
  const store = createStore();
  const article = articleDialog();
  const help = helpDialog();
  const announce = announcer();
  const context = { api, store, conversationId, agentId, now, article, announce };
  const draft = createDraft({ ...context, onSend });
  const suggestions = createSuggestions({ ...context, draft });
  const escalation = createEscalation(context);

  const section = (name, parts, view) => {
    const element = h("section", { class: `section section-${name}`, "aria-label": t(`section.${name}`) });
    store.watch(parts, (state) => {
      const content = view(state, context);
      element.hidden = content === null;
      show(element, content);
    });
    return element;
  };
  const alerts = h("section", { class: "alerts", "aria-label": t("section.alerts") });
  store.watch(["alerts"], (state) => show(alerts, alertBar(state, context)));
  const spoken = alertVoice(store);
  const sound = bell(store);

  show(
    host,
    section("header", ["conversation", "settings", "connection", "degraded", "muted"], (state) => headerView(state, help, sound)),
    spoken,
    alerts,
    section("linked", ["linked", "settings"], linkedView),
    suggestions.element,
    draftHost ? null : draft.element,
    section("facts", ["facts", "questions", "settings"], factsView),
    section("promises", ["promises", "settings"], promisesView),
    escalation.element,
    section("precedents", ["precedents"], precedentsView),
    article.element,
    help.element,
    announce.element,
  );
  draftHost?.replaceChildren(draft.element);

  const unbind = bindKeys({ host, suggestions, draft, escalation, alerts, help });
  const clocks = setInterval(() => tick(host, now), 1000);
  store.watch(["conversation"], (state, before) => loadSettings(state, before, context));
  const live = keepLive({ api, store, conversationId, onRefused: (problem) => refused(host, problem) });
  return {
    store,
    draft,
    stop() {
      live.stop();
      draft.stop();
      unbind();
      clearInterval(clocks);
    },
  };
}

/** Names of contacts and the client's own name make the panel readable; without them the keys are shown. */
async function loadSettings(state, before, { api, store }) {
  const client = state.conversation?.client_id;
  if (!client || before.conversation?.client_id === client) return;
  try {
    const { document } = await api.settings(client);
    useZone(document.timezone);
    store.change(() => ({ settings: document }));
  } catch {
    store.change(() => ({ settings: null }));
  }
}

/** Write the time that is left into every clock; nothing else is drawn again. */
function tick(host, now) {
  for (const element of host.querySelectorAll("[data-clock]")) element.refreshClock?.(now());
}

function refused(host, problem) {
  const key = `refused.${problem.status}`;
  const words = has(key) ? t(key) : t("refused.other");
  show(host, h("div", { class: "refused", role: "alert" }, h("h1", {}, t("refused.title")), h("p", {}, words)));
  host.dispatchEvent(new CustomEvent("copilot:refused", { detail: { status: problem.status } }));
}
