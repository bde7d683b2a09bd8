// What a page starts from: its address, and the credential.

const KEPT = "copilot.credential";

/** The settings in the page's address. */
export function settingsOf({ search }) {
  const query = new URLSearchParams(search);
  return {
    conversation: query.get("conversation"),
    client: query.get("client"),
    channel: query.get("channel") ?? "chatwoot",
    account: query.get("account"),
    agent: query.get("agent"),
    tier: query.get("tier") ?? "L1",
    insertOrigin: query.get("insert_origin"),
    language: query.get("lang"),
    case: query.get("case"),
    still: query.has("still"),
  };
}

/**
 * The sidebar token: from `#token=` (a fragment never leaves the browser), or `?token=`, which is moved out of
 * the address; else the key that was typed in this tab.
 */
export function credential() {
  const address = new URL(location.href);
  const fromQuery = address.searchParams.get("token");
  if (fromQuery) {
    address.searchParams.delete("token");
    address.hash = new URLSearchParams({ token: fromQuery }).toString();
    history.replaceState(null, "", address);
  }
  return new URLSearchParams(address.hash.slice(1)).get("token") ?? kept();
}

/** Keep a typed key for this tab. */
export function keepCredential(key) {
  try {
    sessionStorage.setItem(KEPT, key);
  } catch {
    location.hash = new URLSearchParams({ token: key }).toString();
  }
}

function kept() {
  try {
    return sessionStorage.getItem(KEPT);
  } catch {
    return null;
  }
}
