// The bell: notifications of the portal, outside of any dialog.

import { card } from "./card.js";
import { $, el } from "./dom.js";
import { richText } from "./richtext.js";
import { t } from "./strings.js";
import { clock, day } from "./time.js";

const SEEN = "sandbox.seen-notification";

/** Shows the notifications of one person; what was on screen once counts as seen in this browser. */
export class Notices {
  constructor(button, panel, { portal, reader }) {
    this.button = button;
    this.panel = panel;
    this.portal = portal;
    this.reader = reader;
    this.items = [];
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    panel.addEventListener("toggle", (event) => event.newState === "open" && this.markSeen(), { signal });
    this.refresh();
  }

  destroy() {
    this.listeners.abort();
  }

  async refresh() {
    const items = await this.portal.notifications().catch(() => null);
    if (!items || this.listeners.signal.aborted) return;
    this.items = items;
    this.show();
    if (this.panel.matches(":popover-open")) this.markSeen();
  }

  show() {
    const count = this.items.filter((item) => Number(item.id) > this.seen()).length;
    const badge = $(".badge", this.button);
    badge.hidden = count === 0;
    badge.textContent = count;
    this.button.setAttribute("aria-label", count ? t("unreadNotifications", { n: count }) : t("notifications"));
    const newestFirst = this.items.toSorted((one, other) => Number(other.id) - Number(one.id));
    this.panel.replaceChildren(
      el("h2", {}, t("notifications")),
      newestFirst.length
        ? el("ul", {}, ...newestFirst.map((item) => this.entry(item)))
        : el("p", { className: "hint" }, t("noNotifications")),
    );
  }

  entry({ id, author, text, attach, at }) {
    return el("li", { className: Number(id) > this.seen() ? "notice new" : "notice" },
      author ? el("div", { className: "author" }, author.name) : null,
      el("div", { className: "text" }, richText(text ?? "", this.reader)),
      ...(attach ?? []).map((each) => card(each, this.reader)),
      el("time", { dateTime: at }, `${day(at)}, ${clock(at)}`),
    );
  }

  // A portal that was reset counts from the start again.
  seen() {
    const seen = Number(localStorage.getItem(this.key()) ?? 0);
    return seen > this.newest() ? 0 : seen;
  }

  newest() {
    return Math.max(0, ...this.items.map((item) => Number(item.id)));
  }

  markSeen() {
    localStorage.setItem(this.key(), this.newest());
    $(".badge", this.button).hidden = true;
    this.button.setAttribute("aria-label", t("notifications"));
  }

  key() {
    return `${SEEN}.${this.portal.me}`;
  }
}
