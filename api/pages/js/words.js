// The words of the pages, from one JSON file a language.

export const LANGUAGES = ["zh-Hans", "zh-Hant", "en"];
const KEPT = "copilot.language";
let messages = {};
let current = "zh-Hans";

/** Load the words of `language`, or of what was chosen before, or of what the browser prefers. */
export async function loadWords(language) {
  current = supported(language) ?? supported(remembered()) ?? preferred(navigator.languages);
  const response = await fetch(`/pages/messages/${current}.json`);
  messages = await response.json();
  document.documentElement.lang = current;
}

/** The words under `key`, with `{name}` filled in; the key itself where there are none. */
export function t(key, values = {}) {
  const text = messages[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Whether there are words under `key`. */
export function has(key) {
  return key in messages;
}

/** Learn how the service calls actions that have no words here; true when something was learnt. */
export async function learnActions(names) {
  const unknown = [...new Set(names)].filter((name) => !has(`action.${name}`));
  if (!unknown.length) return false;
  try {
    const query = new URLSearchParams([["language", current], ...unknown.map((name) => ["name", name])]);
    const response = await fetch(`/pages/actions.json?${query}`);
    if (!response.ok) return false;
    const learnt = await response.json();
    for (const [name, words] of Object.entries(learnt)) messages[`action.${name}`] = words;
    return true;
  } catch {
    return false; // the key made readable will do
  }
}

export function language() {
  return current;
}

/** Keep the choice for the next visit and show the page in it. */
export function chooseLanguage(language) {
  try {
    localStorage.setItem(KEPT, language);
  } catch {
    // A frame without storage: the address keeps it.
  }
  const address = new URL(location.href);
  address.searchParams.set("lang", language);
  location.replace(address);
}

function remembered() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

function supported(language) {
  return LANGUAGES.includes(language) ? language : null;
}

/** The first of ours that the browser's list asks for. */
export function preferred(wanted) {
  for (const tag of wanted ?? []) {
    if (/^zh-(hant|tw|hk|mo)/i.test(tag)) return "zh-Hant";
    if (/^zh/i.test(tag)) return "zh-Hans";
    if (/^en/i.test(tag)) return "en";
  }
  return "en";
}
