// BB code trees to DOM nodes.

import { parse } from "./bbcode.js";
import { el, externalLink, icon } from "./dom.js";
import { safeLink, splitLinks } from "./links.js";
import { t } from "./strings.js";
import { clock, full } from "./time.js";

const IMAGE_WIDTHS = { small: 120, medium: 240, large: 480 };

/**
 * Render BB code as the Bitrix24 chat client would.
 *
 * *reader* is who looks at it and what pressing things does:
 * `{me, nameOf(id), put(text), send(text), call(number), openDialog(dialog), openMessage(dialog, id)}`.
 */
export function richText(text, reader) {
  const fragment = document.createDocumentFragment();
  fragment.append(...nodes(parse(text), reader, true));
  return fragment;
}

/** A picture that turns into a plain link when it cannot be shown. */
export function picture(address, { name, width, className = "picture" } = {}) {
  const href = safeLink(address);
  if (!href) return document.createTextNode(name || String(address ?? ""));
  const image = el("img", { src: href, alt: name || "", loading: "lazy", referrerPolicy: "no-referrer" });
  if (width) image.style.width = `${width}px`;
  const link = externalLink(href, { className }, image);
  image.addEventListener("error", () => {
    link.className = "picture-missing";
    link.replaceChildren(icon("image"), el("span", {}, name || href));
  });
  return link;
}

function nodes(tree, reader, linkify) {
  return tree.flatMap((node) => {
    if (typeof node !== "string") return [element(node, reader, linkify)];
    return linkify ? withLinks(node) : [document.createTextNode(node)];
  });
}

function withLinks(text) {
  return splitLinks(text).map((part) =>
    typeof part === "string" ? document.createTextNode(part) : externalLink(part.href, {}, part.href),
  );
}

function element(node, reader, linkify) {
  const { tag, value, options } = node;
  const inside = (more = linkify) => nodes(node.children, reader, more);
  const press = (onclick, ...children) => el("button", { type: "button", className: "inline", onclick }, ...children);
  const labelled = (fallback) => (node.children.length ? inside(false) : [fallback]);
  switch (tag) {
    case "b": case "i": case "u": case "s":
      return el(tag, {}, ...inside());
    case "size":
      return styled("span", { fontSize: `${Math.min(30, Math.max(8, Number(value)))}px` }, inside());
    case "color":
      return coloured(value, inside());
    case "quote":
      return el("blockquote", {}, ...inside());
    case "code":
      return el("code", { className: node.children[0].includes("\n") ? "block" : "" }, node.children[0].replace(/^\n/, ""));
    case "url":
      return externalLink(safeLink(value), {}, ...labelled(value));
    case "img":
      return picture(value, { width: IMAGE_WIDTHS[options.size] ?? IMAGE_WIDTHS.medium });
    case "icon":
      return smallIcon(value, options);
    case "user": {
      const mine = value === "all" || value === String(reader.me);
      const name = value === "all" ? t("everybody") : (reader.nameOf(value) ?? `#${value}`);
      return el("span", { className: mine ? "mention mine" : "mention" }, ...labelled(name));
    }
    case "chat":
      return press(() => reader.openDialog(`chat${value}`), ...labelled(`chat${value}`));
    case "context": {
      const [dialog, id] = value.split("/");
      return press(() => reader.openMessage(dialog, id), ...labelled(t("message")));
    }
    case "put": case "send": {
      const act = tag === "put" ? reader.put : reader.send;
      const label = labelled(value);
      return press((event) => act(value || event.currentTarget.textContent), ...label);
    }
    case "call":
      return press((event) => reader.call(value || event.currentTarget.textContent), ...labelled(value));
    case "timestamp":
      return moment(Number(value), options.format);
    case "disk":
      return el("span", { className: "chip" }, icon("file"), t("file", { id: value }));
    default:
      throw new TypeError(`no way to show the tag ${tag}`);
  }
}

function styled(tag, style, children) {
  const node = el(tag, {}, ...children);
  Object.assign(node.style, style);
  return node;
}

// The stylesheet keeps the colour readable on a dark ground.
function coloured(colour, children) {
  const node = el("span", { className: "coloured" }, ...children);
  node.style.setProperty("--colour", colour);
  return node;
}

function smallIcon(address, { size, title }) {
  const image = el("img", { src: safeLink(address), alt: title ?? "", title: title ?? "", className: "inline-icon", referrerPolicy: "no-referrer" });
  const pixels = Math.min(100, Math.max(8, Number(size) || 20));
  image.width = image.height = pixels;
  image.addEventListener("error", () => image.replaceWith(title ?? ""));
  return image;
}

// Shown in the reader's own zone, like the client does.
function moment(seconds, format) {
  const iso = new Date(seconds * 1000).toISOString();
  const text = format === "SHORT_TIME_FORMAT" ? clock(iso) : full(iso);
  return el("time", { dateTime: iso, title: full(iso) }, text);
}
