// Server-Sent Events over fetch, because EventSource cannot send an Authorization header.

import { Problem } from "./api.js";

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
// The service sends a heartbeat well within this; a stream silent for longer is taken for dead.
const SILENCE = 45_000;

/**
 * Follow the stream at `path` until `stop()`, from the event after `after` on; reconnects by itself and
 * resumes after the last event read.
 * `onEvent({id, type, data})` in order, `onState("connecting" | "live" | "lost" | "refused", problem?)`.
 */
export function follow(path, { headers = {}, after = null, onEvent, onState }) {
  const controller = new AbortController();
  let lastId = after;

  async function readOnce() {
    const quiet = new AbortController();
    const response = await fetch(path, {
      headers: { Accept: "text/event-stream", ...headers, ...(lastId === null ? {} : { "Last-Event-ID": lastId }) },
      signal: AbortSignal.any([controller.signal, quiet.signal]),
      cache: "no-store",
    });
    if (!response.ok) throw new Problem(response.status, await response.json().catch(() => ({})));
    onState("live");
    const watch = watchdog(() => quiet.abort());
    try {
      for await (const event of eventsOf(response.body, watch.fed)) {
        if (event.id !== null) lastId = event.id;
        if (event.type) onEvent(event);
      }
    } finally {
      watch.end();
    }
  }

  async function run() {
    let wait = FIRST_WAIT;
    while (!controller.signal.aborted) {
      const started = Date.now();
      try {
        onState("connecting");
        await readOnce();
      } catch (error) {
        if (controller.signal.aborted) return;
        if (error instanceof Problem && [401, 403, 404].includes(error.status)) return onState("refused", error);
      }
      onState("lost");
      wait = Date.now() - started > LONGEST_WAIT ? FIRST_WAIT : Math.min(wait * 2, LONGEST_WAIT);
      await pause(wait * (0.5 + Math.random() / 2), controller.signal);
    }
  }

  run();
  return { stop: () => controller.abort() };
}

function watchdog(bark) {
  let timer = setTimeout(bark, SILENCE);
  return {
    fed: () => {
      clearTimeout(timer);
      timer = setTimeout(bark, SILENCE);
    },
    end: () => clearTimeout(timer),
  };
}

/** Wait; ends early when the page is shown or the network is back. */
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    addEventListener("online", done);
    signal.addEventListener("abort", done, { once: true });
  });
}

/** The events of a byte stream: `{id, type, data}`; `onBytes` is told of every piece, heartbeats too. */
export async function* eventsOf(body, onBytes = () => {}) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    onBytes();
    rest += value;
    const lines = rest.replace(/\r\n/g, "\n").split("\n\n");
    rest = lines.pop();
    for (const block of lines) {
      const event = parseEvent(block);
      if (event) yield event;
    }
  }
}

function parseEvent(block) {
  const event = { id: null, type: "", data: null };
  const data = [];
  for (const line of block.split("\n")) {
    if (line.startsWith(":")) continue;
    const [name, value] = splitField(line);
    if (name === "id") event.id = value;
    if (name === "event") event.type = value;
    if (name === "data") data.push(value);
  }
  if (data.length) event.data = JSON.parse(data.join("\n"));
  return event.id !== null || event.type ? event : null;
}

function splitField(line) {
  const colon = line.indexOf(":");
  return colon < 0 ? [line, ""] : [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
}
