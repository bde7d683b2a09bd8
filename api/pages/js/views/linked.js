import { clockTime } from "../clock.js";
import { h } from "../dom.js";
import { t } from "../words.js";
import { chip, word } from "./shared.js";

/** Earlier contacts about the same customer, driver, order …: what was said and promised then. */
export function linkedView({ linked }) {
  if (!linked.length) return null;
  return [h("h2", {}, t("section.linked")), linked.map(linkView)];
}

function linkView(link) {
  return h(
    "article",
    { class: `linked ${link.alert?.level ?? ""}`, "data-card": "", "data-key": `linked-${link.id}`, tabIndex: -1 },
    h(
      "p",
      { class: "row" },
      h("strong", {}, clockTime(link.date)),
      link.alert ? chip(`${t(`level.${link.alert.level}`)} · ${word("category", link.alert.category)}`, link.alert.level) : null,
      chip(`${word("slot", link.kind)} ${link.value}`),
      h("span", { class: "muted" }, word("state", link.state)),
    ),
    link.alert ? h("p", { class: "quote" }, "“", link.alert.quote, "”") : null,
    (link.promises ?? []).map((promise) =>
      h("p", { class: "muted" }, t("linked.promised", { action: promise.action, at: clockTime(promise.due_at) })),
    ),
  );
}
