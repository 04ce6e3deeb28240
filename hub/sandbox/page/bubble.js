// One message: author, text, cards, time and buttons.

import { avatar } from "./avatar.js";
import { plainText } from "./bbcode.js";
import { card } from "./card.js";
import { el, icon } from "./dom.js";
import { keyboard } from "./keyboard.js";
import { richText } from "./richtext.js";
import { t } from "./strings.js";
import { clock, full } from "./time.js";

/**
 * Render *message* for *reader* as a list item. *actions* is
 * `{command(message, index), act(name, value), reveal(id)}`.
 */
export function bubble(message, reader, actions) {
  const mine = String(message.author.id) === String(reader.me) && !message.system;
  const kinds = { message: true, mine, system: message.system, deleted: message.deleted };
  const node = el("li", { className: classes(kinds), tabIndex: -1 });
  node.dataset.id = message.id;
  if (message.system) {
    node.append(el("p", { className: "system-text" }, richText(message.text ?? "", reader)));
    return node;
  }
  const body = el("div", { className: "body" }, content(message, reader, actions, mine));
  const buttons = message.deleted ? [] : (message.keyboard?.buttons ?? []);
  if (buttons.length) {
    const command = (index) => actions.command(message, index);
    body.append(keyboard(message.keyboard, { act: actions.act, command }));
  }
  node.append(el("div", { className: "row" }, mine ? null : avatar(message.author), body));
  return node;
}

/** Show on an existing *node* whether *message* has been read. */
export function markRead(node, message) {
  const ticks = node.querySelector(".ticks");
  if (!ticks) return;
  ticks.replaceChildren(icon(message.read ? "read" : "check"));
  ticks.classList.toggle("seen", Boolean(message.read));
  ticks.title = t(message.read ? "read" : "sent");
}

function content(message, reader, actions, mine) {
  const node = el("div", { className: "bubble" });
  if (!mine) {
    node.append(el("div", { className: "author" }, message.author.name || "?",
      message.author.bot ? el("span", { className: "tag" }, t("bot")) : null));
  }
  if (message.deleted) {
    node.append(el("p", { className: "text gone" }, t("deleted"), meta(message, mine)));
    return node;
  }
  if (message.reply) node.append(quote(message.reply, actions.reveal));
  const cards = message.attach ?? [];
  const text = message.text ? el("div", { className: "text" }, richText(message.text, reader)) : null;
  if (text) node.append(text);
  node.append(...cards.map((each) => card(each, reader)));
  // After plain text the time shares its last line.
  (text && !cards.length ? text : node).append(meta(message, mine));
  if (cards.length) node.classList.add("with-card");
  return node;
}

function quote({ id, author, text }, reveal) {
  return el("button", { type: "button", className: "reply", onclick: () => reveal(id) },
    el("b", {}, author), el("span", {}, plainText(text) || t("card")));
}

function meta(message, mine) {
  const node = el("span", { className: "meta" });
  if (message.edited && !message.deleted) node.append(el("span", { className: "edited" }, t("edited")));
  node.append(el("time", { dateTime: message.at, title: full(message.at) }, clock(message.at)));
  if (mine && !message.deleted) {
    node.append(el("span", { className: "ticks" }));
    markRead(node, message);
  }
  return node;
}

function classes(flags) {
  return Object.keys(flags).filter((name) => flags[name]).join(" ");
}
