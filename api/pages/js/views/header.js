import { button, h } from "../dom.js";
import { word } from "./shared.js";
import { chooseLanguage, language, LANGUAGES, t } from "../words.js";

/** Whose conversation this is, whether the panel is live, language and help. */
export function headerView({ conversation, settings, connection, degraded, muted }, help, sound) {
  return [
    h(
      "div",
      { class: "title" },
      h("h1", {}, settings?.name ?? conversation?.client_id ?? t("loading")),
      conversation?.agent ? h("span", { class: "muted" }, `${conversation.agent.id} · ${conversation.agent.tier}`) : null,
    ),
    h("span", { class: `connection ${connection}`, role: "status" }, t(`connection.${connection}`)),
    degraded?.length ? h("span", { class: "chip urgent", role: "status" }, t("degraded", { parts: degraded.map((part) => word("part", part.split(":")[0])).join(", ") })) : null,
    languageChoice(),
    button("♪", () => sound.toggle(), { key: "mute", kind: "round", title: t("sound.off"), pressed: Boolean(muted) }),
    button("?", () => help.open(), { key: "help", kind: "round", title: t("help.title") }),
  ];
}

export function languageChoice() {
  return h(
    "select",
    { class: "language", "aria-label": t("language"), "data-key": "language", onchange: (event) => chooseLanguage(event.target.value) },
    LANGUAGES.map((each) => h("option", { value: each, selected: each === language() }, t(`language.${each}`))),
  );
}
