// Which addresses may become links, and finding bare ones in text.

const CONTROL_OR_SPACE = /[\u0000-\u0020\u007f]/;
const BARE = /https?:\/\/[^\s<>"'`[\]\uFF3B\uFF3D]+/gi;
const TRAILING = /[.,;:!?)}\u2026»”’]+$/;

/**
 * Return *value* as an address that is safe to put into `href` or `src`, else null.
 *
 * Only http(s) and portal-relative `/path` pass. `//host`, `/\host` and addresses with control characters
 * do not: browsers read those as another host.
 */
export function safeLink(value) {
  const text = String(value ?? "").trim();
  if (!text || CONTROL_OR_SPACE.test(text)) return null;
  if (/^\/(?![/\\])/.test(text)) return text;
  if (!/^https?:\/\//i.test(text)) return null;
  return URL.canParse(text) ? text : null;
}

/** Split *text* into strings and `{href}` objects, one for each bare address in it. */
export function splitLinks(text) {
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(BARE)) {
    const href = withoutTail(match[0]);
    if (!safeLink(href)) continue;
    parts.push(text.slice(from, match.index), { href });
    from = match.index + href.length;
  }
  parts.push(text.slice(from));
  return parts.filter((part) => part !== "");
}

// A closing bracket belongs to the address only when it was opened inside it.
function withoutTail(address) {
  const trimmed = address.replace(TRAILING, "");
  const next = address[trimmed.length];
  return next === ")" && trimmed.includes("(") && !trimmed.includes(")") ? `${trimmed})` : trimmed;
}
