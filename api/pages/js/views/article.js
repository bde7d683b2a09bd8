// The article that a suggestion rests on, in the version that was cited, opened at the quoted words.

import { button, findQuote, h, marked, show } from "../dom.js";
import { t } from "../words.js";
import { problemWords } from "./shared.js";

export function articleDialog() {
  const content = h("div", { class: "article" });
  const element = h(
    "dialog",
    { class: "dialog wide", "aria-label": t("article.title") },
    content,
    h("div", { class: "dialog-actions" }, button(t("close"), () => element.close())),
  );

  async function open({ api, clientId, citation, quotes }) {
    show(content, h("p", { class: "muted" }, t("loading")));
    element.showModal();
    try {
      const article = await api.article(clientId, citation.article_id, citation.version);
      show(content, articleView(article, citation, quotes));
      content.querySelector(".cited, mark")?.scrollIntoView({ block: "center" });
    } catch (problem) {
      show(content, h("blockquote", {}, citation.quote), h("p", { class: "muted" }, problemWords(problem)));
    }
  }
  return { element, open };
}

function articleView(article, citation, quotes) {
  const validity = [article.valid_from, article.valid_to].filter(Boolean).join(" – ");
  return [
    h("h2", {}, article.title),
    h("p", { class: "muted" }, [article.article_id, article.version, validity].filter(Boolean).join(" · ")),
    h("div", { class: "article-body", tabIndex: 0, role: "document" }, blocks(article.body).map((block) => blockView(block, citation.quote, quotes))),
  ];
}

/** The lines of a Markdown text, the rows of a table kept together. */
function blocks(body) {
  const found = [];
  for (const line of body.split("\n")) {
    const isRow = /^\s*\|/.test(line);
    if (isRow && Array.isArray(found.at(-1))) found.at(-1).push(line);
    else found.push(isRow ? [line] : line);
  }
  return found;
}

function blockView(block, quote, quotes) {
  if (!Array.isArray(block)) return lineView(block, quote, quotes);
  const rows = block.filter((line) => !/^[\s|:-]+$/.test(line));
  return h("table", {}, rows.map((line) => rowView(line, quote, quotes)));
}

/** A row of a table; a quotation of a row holds its cells, joined by "|". */
function rowView(line, quote, quotes) {
  const cells = line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());
  const cited = citedIn(cells.join(" | "), quote, quotes);
  return h("tr", { class: cited === quote ? "cited" : null }, cells.map((cell) => h("td", {}, cited && cell ? h("mark", {}, cell) : cell)));
}

/** One line; the sentence that was clicked stands out, the other cited ones are marked. */
function lineView(line, quote, quotes) {
  const heading = /^#+\s+/.exec(line);
  const text = heading ? line.slice(heading[0].length) : line;
  const cited = citedIn(text, quote, quotes);
  const kinds = [heading ? "heading" : "", cited === quote ? "cited" : ""].filter(Boolean).join(" ");
  return h("p", { class: kinds || null }, cited ? marked(text, cited) : text);
}

const citedIn = (text, quote, quotes) => [quote, ...quotes].find((each) => findQuote(text, each));
