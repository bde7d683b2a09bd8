import { button, h } from "../dom.js";
import { language, t } from "../words.js";

/**
 * The choice of a recorded case or a client, and the buttons of the replay.
 * `onChoose(choice, plays)`: who steps by hand begins again by hand; `plays` says how this replay began.
 */
export function replayBar({ cases, clients, recorded, replay, plays, onChoose }) {
  const choice = h(
    "select",
    { "aria-label": t("demo.choose"), onchange: () => onChoose(choice.value, true) },
    h("optgroup", { label: t("demo.cases") }, cases.map((each) => caseOption(each, recorded))),
    h("optgroup", { label: t("demo.free") }, clients.map((client) => h("option", { value: `client:${client.client_id}`, selected: !recorded && chosen(client) }, client.name))),
  );
  const setPlaying = (on) => {
    plays = on;
    if (on) replay.play();
    else replay.pause();
  };
  const play = button(t("demo.play"), () => setPlaying(!playing), { key: "play", kind: "primary" });
  const step = button(t("demo.step"), () => (setPlaying(false), replay.step()), { key: "step" });
  const again = button(t("demo.restart"), () => onChoose(choice.value, plays), { key: "restart" });
  const progress = h("span", { class: "muted", role: "status" });
  let playing = false;
  replay?.watch((state) => {
    playing = state.playing;
    play.textContent = t(playing ? "demo.pause" : "demo.play");
    play.disabled = state.position >= state.total;
    step.disabled = state.busy || play.disabled;
    progress.textContent = `${state.position} / ${state.total}`;
  });
  return { element: h("div", { class: "replay-bar" }, choice, replay ? [play, step, again, progress] : null) };
}

const chosen = (client) => new URLSearchParams(location.search).get("case") === `client:${client.client_id}`;

function caseOption(each, recorded) {
  const title = each.title[language()] ?? Object.values(each.title)[0];
  return h("option", { value: String(each.case), selected: recorded?.case === each.case }, `${each.case} · ${title}`);
}
