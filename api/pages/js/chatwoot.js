// Chatwoot's dashboard app: the frame asks its parent which conversation is open.
// The answer is unsigned: it is a hint that finds the conversation; who may see it is decided by our token.

const QUESTION = "chatwoot-dashboard-app:fetch-info";

/** The conversation that a Chatwoot context names, null for anything else. */
export function contextOf(data) {
  if (typeof data !== "string") return null;
  try {
    const message = JSON.parse(data);
    return message?.event === "appContext" && message.data?.conversation?.id ? message.data : null;
  } catch {
    return null;
  }
}

/** The key under which the webhook stores the same conversation; ids are unique within an account only. */
export function externalId(context, account) {
  const ofAccount = context.conversation.account_id ?? context.conversation.messages?.[0]?.account_id ?? account;
  return `chatwoot:${ofAccount ?? ""}:${context.conversation.id}`;
}

/** Call `onOpen(id, agent)` for the conversation that Chatwoot shows, again when it shows another one. */
export function conversationOfChatwoot(api, settings, onOpen, onProblem) {
  let shown = null;

  async function heard(event) {
    if (event.source !== window.parent) return;
    const context = contextOf(event.data);
    if (!context) return;
    const external = externalId(context, settings.account);
    if (external === shown) return;
    shown = external;
    const agent = { id: String(context.currentAgent?.id ?? settings.agent ?? "agent"), tier: settings.tier };
    try {
      const body = { client_id: settings.client, agent, channel: settings.channel, external_id: external };
      onOpen((await api.openConversation(body)).id, agent.id);
    } catch (problem) {
      shown = null;
      onProblem(problem);
    }
  }

  addEventListener("message", heard);
  window.parent.postMessage(QUESTION, "*");
}
