// Keeps a store in step with one conversation of the service.

import { follow } from "./events.js";
import { apply, merged, withSnapshot } from "./state.js";

const REFUSALS = [401, 403, 404];
const RETRY_AFTER = 2000;

/** Load the conversation, then follow its events from there. `onRefused(problem)` when we are not let in. */
export function keepLive({ api, store, conversationId, onRefused }) {
  let stream = null;
  let timer = null;
  let stopped = false;

  async function load() {
    try {
      // The view first: a turn that arrives between the two calls then comes twice, never not at all.
      const view = await api.conversation(conversationId);
      const turns = await api.turns(conversationId);
      if (stopped) return;
      store.change((state) => withSnapshot(state, view, turns));
      listen(String(view.last_event_id ?? 0));
    } catch (problem) {
      if (stopped) return;
      if (REFUSALS.includes(problem.status)) return onRefused(problem);
      store.change(() => ({ connection: "lost" }));
      timer = setTimeout(load, RETRY_AFTER);
    }
  }

  function listen(after) {
    stream = follow(api.eventsPath(conversationId), {
      headers: api.authorization,
      after,
      onEvent: (event) => store.change((state) => apply(state, event)),
      onState(connection, problem) {
        store.change(() => ({ connection }));
        if (connection === "refused") onRefused(problem);
      },
    });
  }

  load();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      stream?.stop();
    },
  };
}

/** Show what a turn of this page was answered with, without waiting for the events. */
export function addAnswer(store, answer) {
  const rows = [["alert", answer.alerts], ["facts", answer.facts], ["check", answer.checks], ["promise", answer.promises], ["linked", answer.linked]];
  store.change((state) => {
    const withTurn = { ...state, turns: merged(state.turns, [answer.turn], (turn) => turn.index) };
    return rows.reduce((next, [type, data]) => (data?.length ? apply(next, { type, data }) : next), withTurn);
  });
}
