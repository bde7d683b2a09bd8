// Short words for screen readers; alerts have their own region.

import { h } from "./dom.js";

export function announcer() {
  const element = h("div", { class: "visually-hidden", "aria-live": "polite" });
  return {
    element,
    say(words) {
      element.textContent = "";
      setTimeout(() => {
        element.textContent = words;
      }, 50);
    },
  };
}
