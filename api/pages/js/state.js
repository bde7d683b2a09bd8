// What the panel knows of one conversation: a frozen value, changed only by `apply`.
// Every rule is idempotent, so that what a snapshot says and what events repeat meet without doubles.

export const EMPTY = Object.freeze({
  conversation: null,
  turns: [],
  alerts: [],
  facts: [],
  checks: [],
  promises: [],
  suggestions: [],
  suggesting: false,
  wording: "",
  abstained: null,
  precedents: [],
  escalation: null,
  linked: [],
  given: {},
  degraded: [],
});

const listed = (data, name) => (Array.isArray(data) ? data : (data[name] ?? [data]));
const alertKey = (alert) => alert.id ?? `${alert.category}/${alert.turn_index}`;
const factKey = (fact) => `${fact.slot}/${fact.value}`;
const checkKey = (check) => `${check.kind}/${check.where}/${check.turn_index}/${check.quote}`;
const promiseKey = (promise) => promise.id ?? `${promise.turn_index}/${promise.quote}`;
const linkKey = (link) => link.id;

// What was being worded is overtaken by a newer turn, and over with a result.
const NOTHING_UNDER_WAY = { suggesting: false, wording: "" };

const RULES = {
  turn: (state, data) => ({ turns: inOrder(merged(state.turns, [data.turn ?? data], (turn) => turn.index)), ...NOTHING_UNDER_WAY }),
  alert: (state, data) => ({ alerts: merged(state.alerts, listed(data, "alerts"), alertKey) }),
  facts: (state, data) => ({ facts: merged(state.facts, listed(data, "facts"), factKey) }),
  check: (state, data) => ({ checks: merged(state.checks, listed(data, "checks"), checkKey) }),
  promise: (state, data) => ({ promises: merged(state.promises, listed(data, "promises"), promiseKey) }),
  "suggestion.started": () => ({ suggesting: true, wording: "" }),
  "suggestion.delta": (state, data) => ({ wording: state.wording + data.text }),
  "suggestion.unchanged": () => NOTHING_UNDER_WAY,
  suggestion: (state, data) => ({
    ...NOTHING_UNDER_WAY,
    suggestions: standing(state.suggestions, data),
    precedents: data.precedents ?? state.precedents,
    abstained: null,
  }),
  abstained: (state, data) => ({
    ...NOTHING_UNDER_WAY,
    suggestions: [],
    abstained: data.abstained ?? data,
    precedents: data.precedents ?? state.precedents,
  }),
  escalation: (state, data) => ({ escalation: newest(state.escalation, data.escalation ?? data) }),
  feedback: (state, data) => ({ given: { ...state.given, [data.suggestion_id]: data.adopted } }),
  linked: (state, data) => ({ linked: merged(state.linked, listed(data, "linked"), linkKey) }),
  degraded: (state, data) => ({ degraded: data.degraded ?? [] }),
};

/** The suggestions as the event orders them: new ones, and of those shown before the ones that still stand. */
function standing(shown, data) {
  const fresh = listed(data, "suggestions");
  const known = new Map([...shown, ...fresh].map((each) => [each.id, each]));
  const order = data.order ?? [...fresh.map((each) => each.id), ...(data.standing ?? [])];
  return order.filter((id) => known.has(id)).map((id) => known.get(id)).slice(0, 3);
}

/** The state after the event; one of an unknown type changes nothing. */
export function apply(state, { type, data }) {
  const rule = RULES[type];
  return rule && data ? { ...state, ...rule(state, data) } : state;
}

/** The state as `GET /v1/conversations/{id}` and its turns say; `last_event_id` tells where the events go on. */
export function withSnapshot(state, view, turns) {
  const fresh = {
    conversation: view,
    turns: inOrder(merged(state.turns, turns, (turn) => turn.index)),
    alerts: view.alerts ?? [],
    facts: view.facts ?? [],
    checks: view.checks ?? [],
    promises: view.promises ?? [],
    suggestions: (view.suggestions ?? []).slice(0, 3),
    abstained: view.abstained ?? null,
    precedents: view.precedents ?? [],
    escalation: (view.escalations ?? []).reduce(newest, null),
    linked: view.linked ?? [],
    given: Object.fromEntries((view.feedback ?? []).map((each) => [each.suggestion_id, each.adopted])),
    degraded: view.degraded ?? [],
  };
  return { ...state, ...fresh };
}

/** Of two escalations the later one; news of the same one take its place. */
function newest(shown, other) {
  if (!shown || shown.id === other.id) return { ...shown, ...other };
  return Date.parse(other.created_at) >= Date.parse(shown.created_at) ? other : shown;
}

/** `rows` with `news` added, or put in the place of what has the same key. */
export function merged(rows, news, keyOf) {
  const result = new Map(rows.map((row) => [keyOf(row), row]));
  for (const row of news) result.set(keyOf(row), { ...result.get(keyOf(row)), ...row });
  return [...result.values()];
}

const inOrder = (turns) => [...turns].sort((one, other) => one.index - other.index);

/** Alerts as the bar shows them: those nobody took first, emergencies before the rest, the latest first. */
export function rankedAlerts(alerts) {
  const weight = (alert) => (isTaken(alert) ? 0 : 4) + (alert.level === "emergency" ? 2 : 1);
  return [...alerts].sort((one, other) => weight(other) - weight(one) || other.turn_index - one.turn_index);
}

export const isTaken = (alert) => alert.state === "acknowledged" || Boolean(alert.acknowledged_at);

/** How many of the agent's latest turns in a row were empty phrases. */
export function stockInARow(turns, checks) {
  const stock = new Set(
    checks.filter((check) => check.where === "turn" && check.label === "stock").map((check) => check.turn_index),
  );
  let count = 0;
  for (const turn of turns.filter((each) => each.role === "agent").reverse()) {
    if (!stock.has(turn.index)) break;
    count += 1;
  }
  return count;
}
