import { h } from "../dom.js";
import { t } from "../words.js";

/** Similar resolved cases. They inform; the articles decide. */
export function precedentsView({ precedents }) {
  if (!precedents.length) return null;
  return h(
    "details",
    { "data-key": "precedents" },
    h("summary", { "data-card": "", "data-key": "precedents-summary" }, h("h2", {}, t("section.precedents")), h("span", { class: "muted" }, String(precedents.length))),
    precedents.map((precedent) =>
      h(
        "article",
        { class: "precedent" },
        h("p", {}, h("strong", {}, precedent.case_id), " ", precedent.situation),
        h("p", {}, h("span", { class: "label" }, t("precedent.done")), precedent.what_was_done),
        h("p", {}, h("span", { class: "label" }, t("precedent.outcome")), precedent.outcome),
        h("p", { class: "muted" }, precedent.authority_used),
      ),
    ),
  );
}
