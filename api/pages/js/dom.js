// Elements from plain calls. Text only ever becomes a text node: nothing here parses HTML.

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "htmlFor", "tabIndex"]);

/** The element `tag` with attributes, `on...` listeners and children (nodes, texts, lists; null is skipped). */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  element.append(...flat(children));
  return element;
}

function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (PROPERTIES.has(name)) element[name] = value;
  else element.setAttribute(name, value === true ? "" : String(value));
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/**
 * Replace what `host` shows; the focus and what is unfolded stay where they were, by their `data-key`.
 * The focus of a card that is gone goes to the first card here, or to the first of the page.
 */
export function show(host, ...children) {
  const focused = host.contains(document.activeElement) ? document.activeElement : null;
  const wasInCard = focused?.closest("[data-card]");
  const unfolded = new Set([...host.querySelectorAll("details[open][data-key]")].map((node) => node.dataset.key));
  host.replaceChildren(...flat(children));
  for (const node of host.querySelectorAll("details[data-key]")) node.open ||= unfolded.has(node.dataset.key);
  if (!focused || host.contains(document.activeElement)) return;
  const again = findByKey(host, focused.dataset.key) ?? (wasInCard ? firstCard(host) ?? firstCard(document) : null);
  again?.focus({ preventScroll: true });
}

function firstCard(within) {
  return [...within.querySelectorAll("[data-card]")].find((card) => card.getClientRects().length);
}

function findByKey(host, key) {
  return key && [...host.querySelectorAll("[data-key]")].find((node) => node.dataset.key === key);
}

/** A button; `key` lets the focus find it again after a redraw. */
export function button(label, onclick, { key, kind = "", title, disabled, shortcut, pressed } = {}) {
  return h(
    "button",
    {
      type: "button",
      class: `button ${kind}`.trim(),
      "data-key": key,
      title,
      disabled,
      onclick,
      "aria-keyshortcuts": shortcut,
      "aria-label": kind === "round" ? title : undefined,
      "aria-pressed": pressed === undefined ? undefined : String(pressed),
    },
    label,
  );
}

/** The text with every occurrence of `quote` marked; white space and width may differ between the two. */
export function marked(text, quote) {
  const span = findQuote(text, quote);
  if (!span) return [text];
  return [text.slice(0, span[0]), h("mark", { "data-quote": "" }, text.slice(...span)), text.slice(span[1])];
}

/** Where `quote` stands in `text` as [start, end], compared in NFKC and without white space; null if nowhere. */
export function findQuote(text, quote) {
  const { folded, positions } = foldedWithPositions(text);
  const wanted = foldedWithPositions(quote ?? "").folded;
  const start = wanted ? folded.indexOf(wanted) : -1;
  if (start < 0) return null;
  return [positions[start], positions[start + wanted.length - 1] + 1];
}

function foldedWithPositions(text) {
  let folded = "";
  const positions = [];
  for (let index = 0; index < text.length; index += 1) {
    for (const unit of text[index].normalize("NFKC").replace(/[\s*_`]/gu, "")) {
      folded += unit;
      positions.push(index);
    }
  }
  return { folded, positions };
}
