// Cards: the ATTACH of a message, a coloured bar and blocks.

import { avatar } from "./avatar.js";
import { el, externalLink, icon } from "./dom.js";
import { safeLink } from "./links.js";
import { picture, richText } from "./richtext.js";
import { locale } from "./strings.js";

const TOKENS = new Set(["primary", "secondary", "alert", "base"]);
const HEX = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i;
// Older names of grid displays, which clients still take.
const DISPLAYS = { CARD: "LINE", COLUMN: "ROW" };
const LAYOUTS = new Set(["BLOCK", "LINE", "ROW", "TABLE"]);
const BLOCKS = {
  __proto__: null,
  MESSAGE: (text, reader) => el("div", { className: "card-text" }, richText(String(text), reader)),
  LINK: link,
  RICH_LINK: link,
  USER: user,
  GRID: grid,
  IMAGE: (images) => el("div", { className: "card-images" }, ...list(images).map(image)),
  FILE: (files) => el("div", { className: "card-files" }, ...list(files).map(file)),
  DELIMITER: delimiter,
};

/** Render one attachment `{color, color_token, blocks}`; unknown blocks are left out, as the client does. */
export function card({ color, color_token: token, blocks }, reader) {
  const node = el("section", { className: "card" });
  paint(node, token, color);
  for (const block of blocks ?? []) {
    const [kind, value] = Object.entries(block)[0] ?? [];
    if (value && BLOCKS[kind]) node.append(BLOCKS[kind](value, reader));
  }
  return node;
}

// A token follows the theme, so it wins over the fixed colour meant for older clients; "base" is only the default.
function paint(node, token, color) {
  if (TOKENS.has(token) && !(token === "base" && HEX.test(color ?? ""))) node.dataset.token = token;
  else if (HEX.test(color ?? "")) node.style.setProperty("--colour", color);
}

function link({ NAME: name, LINK: address, DESC: description, HTML: html, PREVIEW: preview, WIDTH: width }, reader) {
  const href = safeLink(address);
  const label = name || address || "";
  const about = description || withoutTags(html);
  return el("div", { className: "card-link" },
    href ? externalLink(href, { className: "card-link-name" }, label) : el("span", {}, label),
    about ? el("div", { className: "card-link-about" }, richText(String(about), reader)) : null,
    preview ? picture(preview, { name: label, width: width ? Number(width) : undefined }) : null,
  );
}

function user({ NAME: name, LINK: address, USER_ID: id, AVATAR: face }) {
  const href = safeLink(address);
  const portrait = safeLink(face)
    ? el("img", { className: "avatar", src: safeLink(face), alt: "", referrerPolicy: "no-referrer" })
    : avatar({ name: String(name ?? ""), id }, "small");
  return el("div", { className: "card-user" }, portrait, href ? externalLink(href, {}, name) : el("b", {}, name));
}

function grid(rows, reader) {
  const given = String(list(rows)[0]?.DISPLAY ?? "").toUpperCase();
  const display = DISPLAYS[given] ?? (LAYOUTS.has(given) ? given : "BLOCK");
  const layout = display === "TABLE" ? "row" : display.toLowerCase();
  return el("dl", { className: `grid grid-${layout}` }, ...list(rows).map((row) => gridRow(row, reader)));
}

function gridRow({ NAME: name, VALUE: value, LINK: address, COLOR_TOKEN: token, COLOR: color, WIDTH: width }, reader) {
  const href = safeLink(address);
  const content = richText(String(value ?? ""), reader);
  const node = el("div", {},
    el("dt", {}, richText(String(name ?? ""), reader)),
    el("dd", {}, href ? externalLink(href, {}, content.textContent) : content),
  );
  if (width) node.style.setProperty("--width", `${Number(width)}px`);
  paint(node, token === "base" ? "" : token, color);
  return node;
}

function image({ NAME: name, LINK: address, PREVIEW: preview, WIDTH: width }) {
  const shown = picture(preview || address, { name, width: width ? Number(width) : undefined });
  if (preview && shown instanceof HTMLAnchorElement) shown.href = safeLink(address) ?? shown.href;
  return shown;
}

function file({ NAME: name, LINK: address, SIZE: size }) {
  const content = [icon("file"), el("span", { className: "card-file-name" }, name || address || "")];
  if (size) content.push(el("span", { className: "card-file-size" }, bytes(Number(size))));
  const href = safeLink(address);
  return href ? externalLink(href, { className: "card-file" }, ...content) : el("div", { className: "card-file" }, ...content);
}

function delimiter({ SIZE: size, COLOR: color }) {
  const node = el("hr");
  if (Number(size) > 0) node.style.width = `${Number(size)}px`;
  if (HEX.test(color ?? "")) node.style.setProperty("--colour", color);
  return node;
}

function bytes(size) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"];
  const power = Math.min(units.length - 1, Math.floor(Math.log(Math.max(size, 1)) / Math.log(1024)));
  const style = { style: "unit", unit: units[power], unitDisplay: "narrow", maximumFractionDigits: 1 };
  return new Intl.NumberFormat(locale, style).format(size / 1024 ** power);
}

// The text of a fragment of HTML; parsed in a document of its own, in which nothing loads or runs.
function withoutTags(html) {
  return html ? new DOMParser().parseFromString(String(html), "text/html").body.textContent : "";
}

function list(value) {
  return Array.isArray(value) ? value : [value];
}
