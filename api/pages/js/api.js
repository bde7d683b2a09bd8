// Calls to the service that served this page.

/** What a call ended in: the status, the stable code and the words of `application/problem+json`. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail ?? `HTTP ${status}`);
    this.status = status;
    this.code = body.code ?? "unknown";
    this.requestId = body.request_id ?? null;
  }
}

/** Calls with one credential; without a token the calls go as they are (a machine without keys). */
export function createApi(token) {
  const authorization = token ? { Authorization: `Bearer ${token}` } : {};

  async function call(method, path, body, { headers = {}, signal } = {}) {
    const response = await fetch(path, {
      method,
      headers: {
        ...authorization,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
    });
    if (!response.ok) throw new Problem(response.status, await bodyOf(response));
    return response.status === 204 ? null : response.json();
  }

  /** A write that is sent again when the network fails, and has its effect once. */
  async function write(method, path, body) {
    const headers = { "Idempotency-Key": crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}` };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await call(method, path, body ?? {}, { headers });
      } catch (error) {
        const transient = !(error instanceof Problem) || error.status === 503;
        if (!transient || attempt === 4) throw error;
        await new Promise((resolve) => setTimeout(resolve, 300 * 2 ** attempt));
      }
    }
  }

  const conversation = (id) => `/v1/conversations/${encodeURIComponent(id)}`;
  return {
    authorization,
    openConversation: (body) => write("POST", "/v1/conversations", body),
    conversation: (id) => call("GET", conversation(id)),
    turns: (id) => allPages((cursor) => call("GET", `${conversation(id)}/turns?limit=100${cursor}`)),
    postTurn: (id, turn) => write("POST", `${conversation(id)}/turns`, turn),
    eventsPath: (id) => `${conversation(id)}/events`,
    suggest: (id, body) => write("POST", `${conversation(id)}/suggestions`, body),
    feedback: (id, body) => write("POST", `/v1/suggestions/${encodeURIComponent(id)}/feedback`, body),
    acknowledge: (id, by) => write("POST", `/v1/alerts/${encodeURIComponent(id)}/acknowledge`, by),
    draftEscalation: (id, by) => write("POST", `${conversation(id)}/escalations`, by),
    editEscalation: (id, changes) => write("PATCH", `/v1/escalations/${encodeURIComponent(id)}`, changes),
    sendEscalation: (id, by) => write("POST", `/v1/escalations/${encodeURIComponent(id)}/send`, by),
    alerts: (state) => allPages((cursor) => call("GET", `/v1/alerts?state=${state}&limit=100${cursor}`)),
    promises: (state) => allPages((cursor) => call("GET", `/v1/promises?state=${state}&limit=100${cursor}`)),
    keepPromise: (id, by) => write("POST", `/v1/promises/${encodeURIComponent(id)}/kept`, by),
    clients: () => allPages((cursor) => call("GET", `/v1/clients?limit=100${cursor}`)),
    eraseCustomer: (client, customer) =>
      call("DELETE", `/v1/clients/${encodeURIComponent(client)}/customers/${encodeURIComponent(customer)}`),
    look: (body, signal) => call("POST", "/v1/assist", body, { signal }),
    settings: (client) => call("GET", `/v1/clients/${encodeURIComponent(client)}/settings`),
    article: (client, id, version) =>
      call(
        "GET",
        `/v1/clients/${encodeURIComponent(client)}/articles/${encodeURIComponent(id)}` +
          (version ? `?version=${encodeURIComponent(version)}` : ""),
      ),
  };
}

async function bodyOf(response) {
  try {
    return await response.json();
  } catch {
    return {};
  }
}

async function allPages(page) {
  const rows = [];
  let cursor = "";
  do {
    const answer = await page(cursor);
    rows.push(...answer.results);
    cursor = answer.next_cursor ? `&cursor=${encodeURIComponent(answer.next_cursor)}` : "";
  } while (cursor && rows.length < 2000);
  return rows;
}
