// A short tone when somebody is in danger, for agents who look elsewhere. No file: two notes of the browser.

const KEPT = "copilot.muted";
const RINGING = ["raised", "level_raised", "services_changed", "repeated"];

/** Rings once for each news of an alert that nobody has taken; `toggle()` mutes it here for good. */
export function bell(store) {
  const rung = new Set();
  let speaker = null;
  store.change(() => ({ muted: remembered() }));
  store.watch(["alerts"], (state, before) => {
    const fresh = state.alerts.filter((alert) => RINGING.includes(alert.change) && alert.level === "emergency" && !rung.has(keyOf(alert)));
    for (const alert of fresh) rung.add(keyOf(alert));
    if (fresh.length && before.conversation && !state.muted) ring();
  });

  function ring() {
    try {
      speaker ??= new AudioContext();
      [880, 660].forEach((pitch, place) => note(speaker, pitch, speaker.currentTime + place * 0.18));
    } catch {
      // A browser without sound: the bar is there all the same.
    }
  }

  return {
    toggle() {
      const muted = !store.read().muted;
      store.change(() => ({ muted }));
      try {
        localStorage.setItem(KEPT, String(muted));
      } catch {
        // A frame without storage: until it is closed.
      }
    },
  };
}

const keyOf = (alert) => `${alert.id}/${alert.level}/${alert.change}/${alert.services}`;

function note(speaker, pitch, at) {
  const tone = speaker.createOscillator();
  const volume = speaker.createGain();
  tone.frequency.value = pitch;
  volume.gain.setValueAtTime(0.15, at);
  volume.gain.exponentialRampToValueAtTime(0.001, at + 0.16);
  tone.connect(volume).connect(speaker.destination);
  tone.start(at);
  tone.stop(at + 0.17);
}

function remembered() {
  try {
    return localStorage.getItem(KEPT) === "true";
  } catch {
    return false;
  }
}
