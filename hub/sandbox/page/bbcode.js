// Bitrix24 BB code to a tree of plain objects. What is not valid markup stays in the tree as the text it is.

import { safeLink } from "./links.js";

const MAX_DEPTH = 24;
const MAX_TAG = 2000;
const HYPHENS = /^\s*-{6,}\s*$/;
const QUOTED = /^>>\s?/;
const CODE = /\[code\][\s\S]*?\[\/code\]/gi;
const ID = /^\d+$/;
// What a reader can press; one inside another would have no meaning.
const PRESSABLE = new Set(["url", "chat", "context", "call", "put", "send"]);

// Tags around other markup, each with the test its value has to pass.
const PAIRED = {
  __proto__: null,
  b: isAbsent, i: isAbsent, u: isAbsent, s: isAbsent,
  size: (value) => ID.test(value),
  color: (value) => /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(value),
  url: (value) => safeLink(value) !== null,
  user: (value) => ID.test(value) || value === "all",
  chat: (value) => ID.test(value),
  context: (value) => /^(chat)?\d+\/\d+$/.test(value),
  call: (value) => value === "" || /^[+\d][\d\s().-]*$/.test(value),
  put: isAnything, send: isAnything,
};
// Tags whose content is taken as it stands.
const VERBATIM = { __proto__: null, code: isAnything, img: safeLink, url: safeLink };
// Tags that stand alone.
const SINGLE = {
  __proto__: null,
  timestamp: (value) => /^\d{1,11}$/.test(value),
  disk: (value) => ID.test(value),
  icon: (value) => safeLink(value) !== null,
};

/**
 * Read *text* into a list of nodes: strings and `{tag, value, options, children}`.
 * Quotes are nodes with the tag `quote`.
 */
export function parse(text) {
  const lines = text.replace(/\r\n?|\[br\]|#br#/gi, "\n");
  return blocks(lines).flatMap(({ quote, body }) =>
    quote ? [{ tag: "quote", value: "", options: {}, children: inline(body) }] : inline(body),
  );
}

/** Return *text* without its markup, in one line, as the list of dialogs shows it. */
export function plainText(text) {
  return flat(parse(text)).replace(/\s+/g, " ").trim();
}

function flat(nodes) {
  return nodes.map((node) => (typeof node === "string" ? node : plainNode(node))).join("");
}

function plainNode({ tag, value, children }) {
  if (tag === "quote") return `${flat(children)}\n`;
  if (tag === "timestamp" || tag === "icon" || tag === "disk" || tag === "img") return "";
  return children.length ? flat(children) : value;
}

function isAbsent(value) {
  return value === "";
}

function isAnything() {
  return true;
}

// `>>` lines and what stands between two lines of hyphens are quotes; lines inside [code] are neither.
function blocks(text) {
  const verbatim = [...text.matchAll(CODE)].map((match) => [match.index, match.index + match[0].length]);
  const lines = text.split("\n");
  const starts = [];
  lines.reduce((offset, line) => (starts.push(offset), offset + line.length + 1), 0);
  const isMarkup = (n) => !verbatim.some(([from, to]) => from < starts[n] && starts[n] < to);
  const fences = lines.flatMap((line, n) => (isMarkup(n) && HYPHENS.test(line) ? [n] : []));

  const found = [];
  const push = (quote, part) => {
    const last = found.at(-1);
    if (last?.quote === quote && !last.closed) last.lines.push(part);
    else found.push({ quote, lines: [part] });
  };
  for (let n = 0; n < lines.length; n += 1) {
    const end = fences[fences.indexOf(n) + 1];
    if (fences.includes(n) && end !== undefined) {
      found.push({ quote: true, lines: lines.slice(n + 1, end), closed: true });
      fences.splice(0, fences.indexOf(end) + 1);
      n = end;
    } else if (isMarkup(n) && QUOTED.test(lines[n])) push(true, lines[n].replace(QUOTED, ""));
    else push(false, lines[n]);
  }
  return found.map((block) => ({ quote: block.quote, body: block.lines.join("\n") }));
}

function inline(text) {
  const stack = [{ tag: null, children: [] }];
  const add = (node) => stack.at(-1).children.push(node);
  // An element that is never closed was not markup: its opening goes back to being text.
  const unwrap = () => {
    const { source, children } = stack.pop();
    for (const node of [source, ...children]) add(node);
  };

  let at = 0;
  for (let token = nextTag(text, at); token; token = nextTag(text, at)) {
    if (token.from > at) add(text.slice(at, token.from));
    at = token.to;
    if (token.closing) {
      const depth = stack.findLastIndex((element) => element.tag === token.tag);
      if (depth < 1) add(token.source);
      else {
        while (stack.length > depth + 1) unwrap();
        const { tag, value, options, children } = stack.pop();
        add({ tag, value, options, children });
      }
      continue;
    }
    const nested = PRESSABLE.has(token.tag) && stack.some((element) => PRESSABLE.has(element.tag));
    const verbatim = nested ? null : verbatimContent(text, token);
    if (verbatim) {
      add(verbatim.node);
      at = verbatim.to;
    } else if (SINGLE[token.tag]?.(token.value)) {
      add({ tag: token.tag, value: token.value, options: token.options, children: [] });
    } else if (!nested && stack.length <= MAX_DEPTH && PAIRED[token.tag]?.(token.value)) {
      stack.push({ ...token, children: [] });
    } else add(token.source);
  }
  add(text.slice(at));
  while (stack.length > 1) unwrap();
  return joined(stack[0].children);
}

function verbatimContent(text, { tag, value, options, to }) {
  if (value !== "" || !(tag in VERBATIM)) return null;
  const closing = new RegExp(`\\[/${tag}\\]`, "gi");
  closing.lastIndex = to;
  const end = closing.exec(text);
  if (!end) return null;
  const content = text.slice(to, end.index);
  if (!VERBATIM[tag](content)) return null;
  const node = tag === "code"
    ? { tag, value, options, children: [content] }
    : { tag, value: content.trim(), options, children: [content.trim()] };
  return { node, to: closing.lastIndex };
}

// The next `[word…]` from *at* on; brackets that do not look like a tag are passed over.
function nextTag(text, at) {
  for (let from = text.indexOf("[", at); from >= 0; from = text.indexOf("[", from + 1)) {
    const end = text.indexOf("]", from);
    if (end < 0) return null;
    const body = text.slice(from + 1, end);
    if (body.length > MAX_TAG || body.includes("[")) continue;
    const match = /^(\/?)([a-z]+)(?:(=)([\s\S]*)|(\s[\s\S]*))?$/i.exec(body);
    if (!match) continue;
    const tag = match[2].toLowerCase();
    const { value, options } = split(tag, match[4] ?? "", match[5] ?? "");
    if (match[1] && (match[3] || match[5])) continue;
    return { from, to: end + 1, tag, value, options, closing: Boolean(match[1]), source: `[${body}]` };
  }
  return null;
}

// `[timestamp=1 format=X]`, `[icon=URL size=20 title=two words]`, `[img size=small]` carry options.
function split(tag, value, rest) {
  if (!(tag in SINGLE) && tag !== "img") return { value: rest ? value + rest : value, options: {} };
  const [first, ...words] = `${value}${rest}`.split(/\s+(?=\w+=)/);
  const pairs = rest ? [first, ...words] : words;
  const options = pairs.map((pair) => pair.trim().split(/=([\s\S]*)/)).filter((pair) => pair.length > 1);
  return {
    value: rest ? "" : first.trim(),
    options: Object.fromEntries(options.map(([name, option]) => [name.toLowerCase(), option])),
  };
}

// Neighbouring strings become one, so that an address cut by a literal bracket is still seen whole.
function joined(nodes) {
  const result = [];
  for (const node of nodes) {
    if (typeof node !== "string") result.push({ ...node, children: joined(node.children) });
    else if (typeof result.at(-1) === "string") result[result.length - 1] += node;
    else if (node !== "") result.push(node);
  }
  return result;
}
