// The list of dialogs: newest first, filtered by the search field.

import { avatar } from "./avatar.js";
import { plainText } from "./bbcode.js";
import { $, el } from "./dom.js";
import { t } from "./strings.js";
import { brief, full } from "./time.js";

/**
 * Shows dialogs as links in *root*; `hrefOf(dialog)` gives the address that opens one. Contacts are whom one could
 * write to without a dialog yet: bots are always shown, people when they are searched for.
 */
export class DialogList {
  constructor(root, hrefOf) {
    this.root = root;
    this.hrefOf = hrefOf;
    this.items = [];
    this.contacts = [];
    this.active = null;
    this.query = "";
    this.nodes = new Map();
  }

  update(items, contacts) {
    this.items = items;
    this.contacts = contacts.filter(({ dialog }) => !items.some((item) => item.dialog === dialog));
    this.show();
  }

  activate(dialog) {
    this.active = dialog;
    this.show();
  }

  filter(query) {
    this.query = query.trim();
    this.show();
  }

  find(dialog) {
    return [...this.items, ...this.contacts].find((item) => item.dialog === dialog);
  }

  /** Return the dialog *step* places below the open one (above, when negative) among those shown. */
  neighbour(step) {
    const shown = this.matching();
    const at = shown.findIndex((item) => item.dialog === this.active);
    if (at < 0) return shown[step > 0 ? 0 : shown.length - 1];
    return shown[Math.min(shown.length - 1, Math.max(0, at + step))];
  }

  first() {
    return this.matching()[0];
  }

  focus(dialog = this.active) {
    (this.nodes.get(dialog) ?? $("a", this.root))?.focus();
  }

  unread() {
    return this.items.reduce((sum, item) => sum + item.unread, 0);
  }

  matching() {
    const wanted = this.query.toLocaleLowerCase();
    const isWanted = (item) => [item.title, plainText(item.last?.text ?? "")].some((text) => text.toLocaleLowerCase().includes(wanted));
    const contacts = this.contacts.filter((contact) => wanted || contact.bot || contact.dialog === this.active);
    return [...this.items, ...contacts].filter((item) => !wanted || isWanted(item)).toSorted(liveliest);
  }

  show() {
    const focused = [...this.nodes].find(([, node]) => node === document.activeElement)?.[0];
    const shown = this.matching();
    const nodes = shown.map((item) => [item.dialog, this.entry(item)]);
    this.nodes = new Map(nodes);
    this.root.replaceChildren(...this.nodes.values());
    if (!shown.length) this.root.append(this.nothing());
    if (focused) this.nodes.get(focused)?.focus({ preventScroll: true });
  }

  entry(item) {
    const node = this.nodes.get(item.dialog) ?? el("a", { className: "dialog" });
    node.href = this.hrefOf(item.dialog);
    if (item.dialog === this.active) node.setAttribute("aria-current", "true");
    else node.removeAttribute("aria-current");
    const { last, unread } = item;
    node.replaceChildren(
      avatar({ name: item.title, color: item.color, id: item.dialog }),
      el("span", { className: "dialog-title" }, item.title),
      last ? el("time", { dateTime: last.at, title: full(last.at) }, brief(last.at)) : "",
      el("span", { className: "dialog-last" }, last ? plainText(last.text ?? "") || t("card") : item.about || t("emptyDialogTitle")),
      unread ? el("span", { className: "badge", "aria-label": t("unread", { n: unread }) }, short(unread)) : "",
    );
    return node;
  }

  nothing() {
    if (this.query) return el("p", { className: "hint" }, t("nothingFound", { query: this.query }));
    return el("div", { className: "hint" }, el("b", {}, t("noDialogsTitle")), el("p", {}, t("noDialogsText")));
  }
}

// Those with the newest message first, then bots, then the rest.
function liveliest(one, other) {
  const at = (item) => String(item.last?.at ?? (item.bot ? "1" : ""));
  return at(other).localeCompare(at(one));
}

function short(count) {
  return count > 999 ? "999+" : String(count);
}
