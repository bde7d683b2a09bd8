// A recorded conversation, posted turn by turn; where it stands outlives a reload of the page.

const READING = 25; // milliseconds a character
const SHORTEST = 1200;
const LONGEST = 3800;

/** `play()`, `pause()`, `step()`; `watch(view)` is told `{position, total, playing}` after every change. */
export function createReplay({ turns, conversationId, post }) {
  const kept = `copilot.replay.${conversationId}`;
  let position = Number(read(kept) ?? 0);
  let timer = null;
  let busy = false;
  const watchers = new Set();
  const state = () => ({ position, total: turns.length, playing: timer !== null, busy });
  const tell = () => watchers.forEach((view) => view(state()));

  async function step() {
    if (busy || position >= turns.length) return;
    busy = true;
    tell();
    try {
      await post({ ...turns[position], external_id: `replay:${position}` });
      position += 1;
      write(kept, position);
    } finally {
      busy = false;
      tell();
    }
  }

  function schedule(wait) {
    timer = setTimeout(async () => {
      await step().catch(() => {});
      if (timer === null) return;
      if (position >= turns.length) return pause();
      schedule(Math.min(LONGEST, SHORTEST + READING * turns[position].text.length));
    }, wait);
  }

  function pause() {
    clearTimeout(timer);
    timer = null;
    tell();
  }

  return {
    step,
    pause,
    play() {
      if (timer !== null || position >= turns.length) return;
      schedule(300);
      tell();
    },
    watch(view) {
      watchers.add(view);
      view(state());
    },
  };
}

function read(key) {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key, value) {
  try {
    sessionStorage.setItem(key, String(value));
  } catch {
    // Without storage a reload starts the replay again; its turns are recognised by their external ids.
  }
}
