// `/sidebar`: as a page, in a frame, or as a Chatwoot dashboard app.
// Address: ?conversation=<id>  or  ?client=<id>&channel=chatwoot  ;  the token in #token=…

import { createApi } from "./api.js";
import { conversationOfChatwoot } from "./chatwoot.js";
import { button, h, show } from "./dom.js";
import { mountSidebar } from "./sidebar.js";
import { credential, keepCredential, settingsOf } from "./start.js";
import { loadWords, t } from "./words.js";

const host = document.querySelector("main");
const settings = settingsOf(location);
let mounted = null;

async function start() {
  await loadWords(settings.language);
  document.title = t("page.sidebar");
  const api = createApi(credential());
  if (settings.conversation) return open(api, settings.conversation, settings.agent);
  if (settings.client) return conversationOfChatwoot(api, settings, (id, agent) => open(api, id, agent), notFound);
  show(host, h("div", { class: "refused" }, h("h1", {}, t("start.nothing")), h("p", {}, t("start.how"))));
}

function open(api, conversationId, agentId) {
  mounted?.stop();
  mounted = mountSidebar(host, { api, conversationId, agentId, onSend: inserter() });
}

/** In a frame whose page takes replies, the draft goes there; elsewhere it is copied. */
function inserter() {
  if (window.parent === window || !settings.insertOrigin) return undefined;
  return (text) => window.parent.postMessage({ type: "agent-copilot:insert", text }, settings.insertOrigin);
}

function notFound(problem) {
  show(host, h("div", { class: "refused", role: "alert" }, h("h1", {}, t("refused.title")), h("p", {}, problem.message)));
}

host.addEventListener("copilot:refused", (event) => {
  if (event.detail.status === 401) askForKey();
});

function askForKey() {
  const field = h("input", { type: "password", autocomplete: "off", "aria-label": t("key.ask") });
  const enter = () => {
    keepCredential(field.value);
    start();
  };
  host.append(h("form", { class: "key-form", onsubmit: (event) => (event.preventDefault(), enter()) }, h("label", {}, t("key.ask"), field), button(t("key.enter"), enter, { kind: "primary" })));
}

start();
