import { clockTime } from "../clock.js";
import { h } from "../dom.js";
import { t } from "../words.js";
import { word } from "./shared.js";

// What an agent looks for first.
const ORDER = ["order_id", "tracking_number", "plate", "vehicle", "phone", "people", "injury", "place", "time", "subject", "amount", "loss", "demand"];
const SHOWN = 10;

/** What the customer already gave (so that nobody asks again), and what nobody answered yet. */
export function factsView({ facts, questions }) {
  if (!facts.length && !questions.length) return null;
  return [questions.length ? openQuestions(questions) : null, facts.length ? known(facts) : null];
}

function openQuestions(questions) {
  return [
    h("h2", {}, t("section.questions")),
    h("ul", { class: "questions" }, questions.map((question) => h("li", {}, question.quote))),
  ];
}

function known(facts) {
  const groups = grouped(facts);
  return [
    h("h2", {}, t("section.facts")),
    definitions(groups.slice(0, SHOWN)),
    groups.length > SHOWN
      ? h("details", { "data-key": "more-facts" }, h("summary", {}, t("facts.more", { n: groups.length - SHOWN })), definitions(groups.slice(SHOWN)))
      : null,
  ];
}

function definitions(groups) {
  return h(
    "dl",
    { class: "facts" },
    groups.map(([slot, values]) => [h("dt", {}, word("slot", slot)), h("dd", {}, values.map((value) => h("span", { class: "value" }, readable(value))))]),
  );
}

/** A moment is said as a clock shows it; everything else as it was given. */
const readable = (value) => (/^\d{4}-\d\d-\d\dT/.test(value) ? clockTime(value) : value);

function grouped(facts) {
  const bySlot = new Map();
  for (const fact of facts) bySlot.set(fact.slot, [...(bySlot.get(fact.slot) ?? []), fact.value]);
  const rank = (slot) => (ORDER.indexOf(slot) + 1 || ORDER.length + 1);
  return [...bySlot].sort(([one], [other]) => rank(one) - rank(other));
}
