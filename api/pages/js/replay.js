// A recorded conversation, posted turn by turn. Where it stands is read from the conversation itself.

const READING = 25; // milliseconds a character
const SHORTEST = 1200;
const LONGEST = 3800;
const POSTED = "replay:";

/** `play()`, `pause()`, `step()`; `watch(view)` is told `{position, total, playing}` after every change. */
export function createReplay({ turns, post }) {
  let position = 0;
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
      await post({ ...turns[position], external_id: `${POSTED}${position}` });
      position += 1;
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
    /** Go on after the last turn that was already posted, here or in another browser. */
    resume(posted) {
      const numbers = posted.filter((turn) => turn.external_id?.startsWith(POSTED)).map((turn) => Number(turn.external_id.slice(POSTED.length)));
      if (busy || !numbers.length) return;
      position = Math.max(position, ...numbers.map((number) => number + 1));
      tell();
    },
    watch(view) {
      watchers.add(view);
      view(state());
    },
  };
}
