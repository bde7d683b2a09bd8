import { button, h } from "../dom.js";
import { chooseLanguage, language, LANGUAGES, t } from "../words.js";

/** Whose conversation this is, whether the panel is live, language and help. */
export function headerView({ conversation, settings, connection }, help) {
  return [
    h(
      "div",
      { class: "title" },
      h("h1", {}, settings?.name ?? conversation?.client_id ?? t("loading")),
      conversation?.agent ? h("span", { class: "muted" }, `${conversation.agent.id} · ${conversation.agent.tier}`) : null,
    ),
    h("span", { class: `connection ${connection}`, role: "status" }, t(`connection.${connection}`)),
    languageChoice(),
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
