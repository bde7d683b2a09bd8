// One place for the state of a conversation; views are told which parts changed.

import { EMPTY } from "./state.js";

/** `read()`, `change(next => ...)`, and `watch(parts, view)`: the view runs when one of the parts is another value. */
export function createStore() {
  let state = { ...EMPTY, questions: [], draftChecks: [], draftDegraded: false, settings: null, connection: "connecting", muted: false };
  const watchers = new Set();
  return {
    read: () => state,
    change(update) {
      const before = state;
      state = { ...state, ...update(state) };
      for (const { parts, view } of watchers) {
        if (parts.some((part) => before[part] !== state[part])) view(state, before);
      }
    },
    watch(parts, view) {
      watchers.add({ parts, view });
      view(state, EMPTY);
    },
  };
}
