// `/demo`: a chat on the left (typed, or a recorded case replayed), the panel on the right.

import { createApi } from "./api.js";
import { isoNow } from "./clock.js";
import { h, show } from "./dom.js";
import { addAnswer } from "./live.js";
import { createReplay } from "./replay.js";
import { mountSidebar } from "./sidebar.js";
import { credential, settingsOf } from "./start.js";
import { createChat } from "./views/chat.js";
import { replayBar } from "./views/replay-bar.js";
import { loadWords, t } from "./words.js";

const host = document.querySelector("main");
const settings = settingsOf(location);
let stop = () => {};

async function start() {
  await loadWords(settings.language);
  document.title = t("page.demo");
  const api = createApi(credential());
  const [cases, clients] = await Promise.all([fetch("/pages/demo-cases.json").then((r) => r.json()), api.clients()]);
  const known = new Set(clients.map((client) => client.client_id));
  const shown = cases.filter((each) => known.has(each.request.client_id));
  const world = { api, cases: shown, clients };
  if (settings.conversation) return showConversation(world, settings.conversation, chosenCase(world, settings.case), false);
  if (!clients.length) return show(host, h("p", { class: "refused" }, t("demo.no_clients")));
  await begin(world, settings.case ?? (shown.length ? String(shown[0].case) : `client:${clients[0].client_id}`), !settings.still);
}

const chosenCase = ({ cases }, choice) => cases.find((each) => String(each.case) === choice) ?? null;

/** Open a fresh conversation for a recorded case or a client, and show it. */
async function begin(world, choice, play) {
  const recorded = chosenCase(world, choice);
  const clientId = recorded?.request.client_id ?? choice.replace(/^client:/, "");
  const visit = `demo-${choice.replace(":", "-")}-${Date.now().toString(36)}`;
  stop();
  await forgetLast(world.api);
  remember(clientId, visit, recorded?.earlier.length ?? 0);
  if (recorded) await tellEarlier(world.api, recorded, visit);
  const conversation = await world.api.openConversation({
    client_id: clientId,
    agent: recorded?.request.agent ?? { id: "a-1", tier: "L1" },
    channel: "demo",
    external_id: visit,
    customer: { id: visit },
  });
  const address = new URL(location.href);
  address.searchParams.set("conversation", conversation.id);
  address.searchParams.set("case", choice);
  history.replaceState(null, "", address);
  showConversation(world, conversation.id, recorded, play);
}

// What this tab replayed last is erased before the next replay: else a case would be its own history.
const LAST = "demo.last";
const customerOf = (visit, place) => `${visit}-${place}`;

function remember(clientId, visit, earlier) {
  const customers = [visit, ...Array.from({ length: earlier }, (_, place) => customerOf(visit, place))];
  try {
    sessionStorage.setItem(LAST, JSON.stringify({ clientId, customers }));
  } catch {
    // A browser that keeps nothing: then an earlier replay is linked, too.
  }
}

async function forgetLast(api) {
  let last = null;
  try {
    last = JSON.parse(sessionStorage.getItem(LAST));
  } catch {
    return;
  }
  for (const customer of last?.customers ?? []) await api.eraseCustomer(last.clientId, customer).catch(() => {});
}

/** What the same client was told before the case begins (another passenger, the day before). */
async function tellEarlier(api, recorded, visit) {
  for (const [place, earlier] of recorded.earlier.entries()) {
    const { id } = await api.openConversation({
      client_id: earlier.client_id,
      agent: earlier.agent,
      channel: "demo",
      external_id: customerOf(visit, place),
      customer: { id: customerOf(visit, place) },
    });
    for (const turn of earlier.turns) await api.postTurn(id, turn);
  }
}

function showConversation(world, conversationId, recorded, play) {
  stop();
  const draftHost = h("div", { class: "composer-agent" });
  const panel = h("div", { class: "panel", "aria-label": t("page.sidebar"), role: "complementary" });
  const post = async (turn) => addAnswer(mounted.store, await world.api.postTurn(conversationId, turn));
  const clock = () => conversationClock(mounted?.store.read().turns ?? []);
  const say = (role) => (text) => post({ role, text, at: isoNow(clock()) });
  let mounted = null;
  mounted = mountSidebar(panel, { api: world.api, conversationId, onSend: say("agent"), draftHost, now: clock });
  const replay = recorded ? createReplay({ turns: recorded.request.turns, post }) : null;
  mounted.store.watch(["turns"], ({ turns }) => replay?.resume(turns));
  const chat = createChat({ store: mounted.store, draftHost, onCustomer: say("customer"), now: clock });
  const bar = replayBar({ ...world, recorded, replay, plays: play, onChoose: (choice, plays) => begin(world, choice, plays) });
  show(host, h("div", { class: "chat" }, bar.element, chat.element), panel);
  stop = () => {
    mounted.stop();
    replay?.pause();
  };
  if (play && replay) replay.play();
}

/** A replayed conversation goes on at its own time: that of its last turn, and what has passed since. */
function conversationClock(turns) {
  const last = [...turns].reverse().find((turn) => turn.at && turn.received_at);
  if (!last) return Date.now();
  return Date.parse(last.at) + Math.max(0, Date.now() - Date.parse(last.received_at));
}

start();
