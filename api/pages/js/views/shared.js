// Small pieces that several sections use.

import { copyText } from "../clipboard.js";
import { button, h } from "../dom.js";
import { has, t } from "../words.js";

export const chip = (text, kind = "", title) => h("span", { class: `chip ${kind}`.trim(), title }, text);

/** A clock that the panel refreshes each second: `text(now)` gives words and `kind(now)` their colour. */
export function clock(now, read, attributes = {}) {
  const element = h("span", { "data-clock": "", ...attributes });
  element.refreshClock = (moment) => {
    const { text, state } = read(moment);
    element.textContent = text;
    element.className = `clock ${state}`;
  };
  element.refreshClock(now);
  return element;
}

/** A button that copies and says so. */
export function copyButton(label, textOf, { key, announce, onCopied, kind } = {}) {
  const element = button(
    label,
    async () => {
      const text = textOf();
      if (!(await copyText(text))) return announce?.say(t("copy.failed"));
      element.textContent = t("copied");
      announce?.say(t("copied"));
      setTimeout(() => {
        element.textContent = label;
      }, 1500);
      onCopied?.(text);
    },
    { key, kind },
  );
  return element;
}

/** Words for a key of the service's vocabulary; the key made readable where we have none. */
export function word(group, key) {
  return has(`${group}.${key}`) ? t(`${group}.${key}`) : String(key ?? "").replaceAll("_", " ");
}

/** The name of a contact or tier that something goes to. */
export function contactName(settings, key) {
  return settings?.contacts?.[key]?.name ?? word("contact", key);
}

/** Who acts, where the page knows it; the service itself knows whom a token was given to. */
export function actor({ agentId, store }) {
  const by = agentId ?? store.read().conversation?.agent?.id;
  return by ? { by } : {};
}

/** What went wrong with a call, for people; the request id finds the log line. */
export function problemWords(problem) {
  const base = has(`problem.${problem.code}`) ? t(`problem.${problem.code}`) : t("problem.other");
  return problem.requestId ? `${base} (${problem.requestId.slice(0, 8)})` : base;
}
