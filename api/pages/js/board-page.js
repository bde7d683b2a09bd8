// `/board`: what nobody has taken and what was promised and not done, over the clients that this key may see.

import { createApi } from "./api.js";
import { announcer } from "./announce.js";
import { button, h, show } from "./dom.js";
import { credential, keepCredential, settingsOf } from "./start.js";
import { alertTable, promiseTable } from "./views/board.js";
import { languageChoice } from "./views/header.js";
import { has, loadWords, t } from "./words.js";

const EVERY = 2000;
const host = document.querySelector("main");
const settings = settingsOf(location);

async function start() {
  await loadWords(settings.language);
  document.title = t("page.board");
  const api = createApi(credential());
  const announce = announcer();
  const names = new Map();
  const status = h("span", { class: "connection connecting", role: "status" });
  const alerts = h("section", { class: "board-section", "aria-label": t("board.alerts") });
  const promises = h("section", { class: "board-section", "aria-label": t("board.promises") });
  show(host, h("header", { class: "board-head" }, h("h1", {}, t("page.board")), status, languageChoice()), alerts, promises, announce.element);
  const board = { api, announce, names, status, alerts, promises, seen: new Set(), drawn: "" };
  await nameClients(board);
  setInterval(() => tick(host), 1000);
  watch(board);
}

async function nameClients({ api, names }) {
  const clients = await api.clients().catch(() => []);
  for (const client of clients) names.set(client.client_id, client.name);
}

/** Ask again and again; a page that nobody sees asks less often. */
async function watch(board) {
  try {
    await refresh(board);
    connection(board.status, "live");
  } catch (problem) {
    if ([401, 403].includes(problem.status)) return refused(problem);
    connection(board.status, "lost");
  }
  setTimeout(() => watch(board), document.hidden ? EVERY * 5 : EVERY);
}

async function refresh(board) {
  const [alerts, promises] = await Promise.all([board.api.alerts("raised"), board.api.promises("overdue")]);
  const now = JSON.stringify([alerts, promises]);
  if (now === board.drawn) return;
  board.drawn = now;
  show(board.alerts, alertTable(alerts, board.names, (alert) => acknowledge(board, alert)));
  show(board.promises, promiseTable(promises, board.names));
  announceNew(board, alerts);
}

function announceNew({ announce, seen }, alerts) {
  const fresh = alerts.filter((alert) => !seen.has(alert.id));
  for (const alert of fresh) seen.add(alert.id);
  if (fresh.length) announce.say(t("board.news", { n: fresh.length }));
}

async function acknowledge(board, alert) {
  try {
    await board.api.acknowledge(alert.id, { by: settings.agent ?? "supervisor" });
    await refresh(board);
  } catch {
    board.announce.say(t("problem.other"));
  }
}

function connection(element, state) {
  element.className = `connection ${state}`;
  element.textContent = t(`connection.${state}`);
}

function tick(root) {
  for (const element of root.querySelectorAll("[data-clock]")) element.refreshClock?.(Date.now());
}

function refused(problem) {
  const key = `refused.${problem.status}`;
  const field = h("input", { type: "password", autocomplete: "off", "aria-label": t("key.ask") });
  const enter = () => {
    keepCredential(field.value);
    location.reload();
  };
  show(
    host,
    h("div", { class: "refused", role: "alert" }, h("h1", {}, t("refused.title")), h("p", {}, t(has(key) ? key : "refused.other"))),
    h("form", { class: "key-form", onsubmit: (event) => (event.preventDefault(), enter()) }, h("label", {}, t("key.ask"), field), button(t("key.enter"), enter, { kind: "primary" })),
  );
}

start();
