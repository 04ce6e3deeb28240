// Calls to the sandbox portal, always from one person's point of view.

const ROOT = "/sandbox/api";

/** The portal refused or did not answer; `reason` is what it said, if anything. */
export class PortalError extends Error {
  constructor(message, { reason = "", ...options } = {}) {
    super(message, options);
    this.reason = reason;
  }
}

/** Return `{people, bots}` of the portal. */
export function fetchPeople() {
  return call("GET", "people");
}

/** The portal as the person *me* sees it. */
export class Portal {
  constructor(me) {
    this.me = me;
  }

  async dialogs() {
    return (await call("GET", "dialogs", { as: this.me })).dialogs;
  }

  /** Return up to *limit* messages of *dialog*, oldest first, ending before the message *before*. */
  async messages(dialog, { before, limit }) {
    return (await call("GET", "messages", { as: this.me, dialog, before, limit })).messages;
  }

  async notifications() {
    return (await call("GET", "notifications", { as: this.me })).notifications;
  }

  /** Press the button with the index *button* in the keyboard of *message*; return what came of it. */
  click(message, button) {
    return call("POST", "click", { as: this.me, message, button });
  }

  say(dialog, text) {
    return call("POST", "say", { as: this.me, dialog, text });
  }

  read(dialog) {
    return call("POST", "read", { as: this.me, dialog });
  }

  streamUrl() {
    return `${ROOT}/stream?${new URLSearchParams({ as: this.me })}`;
  }
}

async function call(method, path, values = {}) {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  const query = method === "GET" && given.length ? `?${new URLSearchParams(given)}` : "";
  const body = method === "POST" ? JSON.stringify(values) : undefined;
  const headers = body ? { "content-type": "application/json" } : {};
  let answer;
  try {
    answer = await fetch(`${ROOT}/${path}${query}`, { method, headers, body });
  } catch (error) {
    throw new PortalError(`no answer to ${path}`, { cause: error });
  }
  const data = await answer.json().catch(() => ({}));
  if (answer.ok) return data;
  throw new PortalError(`${path} answered ${answer.status}`, { reason: data.error_description });
}
