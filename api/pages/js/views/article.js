// The article that a suggestion rests on, in the version that was cited, opened at the quoted words.

import { button, h, marked, show } from "../dom.js";
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
    h("div", { class: "article-body", tabIndex: 0, role: "document" }, article.body.split("\n").map((line) => lineView(line, citation.quote, quotes))),
  ];
}

/** One line of the article; the sentence that was clicked is marked strongly, the other cited ones lightly. */
function lineView(line, quote, quotes) {
  const asQuoted = line.replace(/^\s*(?:[-*>#]+|\d+[.、)])\s*/, "").replace(/^\s*\||\|\s*$/g, "");
  const cited = [quote, ...quotes].find((each) => marked(asQuoted, each).length > 1);
  const shown = cited ? marked(line, cited) : [line];
  const heading = /^#+\s/.test(line);
  return h("p", { class: `${heading ? "heading" : ""} ${cited === quote ? "cited" : ""}`.trim() || null }, shown);
}
