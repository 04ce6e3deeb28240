// The messages of the open dialog: paging backwards, live changes, unread mark, staying at the bottom.

import { PortalError } from "./api.js";
import { bubble, markRead } from "./bubble.js";
import { $, el, icon } from "./dom.js";
import { shutKeyboard } from "./keyboard.js";
import { t } from "./strings.js";
import { day, sameDay } from "./time.js";

const PAGE = 40;
const LARGEST_PAGE = 200;
const NEAR_TOP = 800;
const NEAR_BOTTOM = 48;
const TOGETHER = 5 * 60 * 1000;
const FARTHEST = 50;

/**
 * Shows one dialog at a time in *root*. *portal* and *reader* stand for the person looking; *onError* is told
 * about clicks that came to nothing.
 */
export class MessageList {
  constructor(root, { portal, reader, onError }) {
    this.log = $("#log", root);
    this.scroller = $("#scroller", root);
    this.pill = $("#pill", root);
    this.empty = $("#empty", root);
    this.portal = portal;
    this.reader = reader;
    this.onError = onError;
    this.close();

    const { signal } = (this.listeners = new AbortController());
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true, signal });
    this.pill.addEventListener("click", () => this.toBottom(true), { signal });
    document.addEventListener("visibilitychange", () => this.readIfSeen(), { signal });
    this.sizes = new ResizeObserver(() => this.stuck && this.toBottom());
    this.sizes.observe(this.log);
    this.sizes.observe(this.scroller);
  }

  destroy() {
    this.listeners.abort();
    this.sizes.disconnect();
    this.close();
  }

  close() {
    this.dialog = null;
    this.known = new Map();
    this.complete = false;
    this.loading = null;
    this.unread = 0;
    this.stuck = true;
    this.log.replaceChildren();
    this.pill.hidden = true;
    this.showEmpty();
  }

  async open({ dialog, title, unread = 0 }) {
    this.close();
    this.dialog = dialog;
    this.title = title;
    this.scroller.setAttribute("aria-label", title);
    this.empty.hidden = true;
    await this.loadPage(Math.min(LARGEST_PAGE, PAGE + unread));
    if (this.dialog !== dialog) return;
    const first = [...this.known.values()].find(({ message }) => this.isUnread(message));
    if (first) {
      this.unread = 1;
      this.divide(first.node);
    }
    this.toBottom();
    // More unread than fits: begin where the reading begins.
    if (first && first.node.offsetTop < this.scroller.scrollTop) this.scroller.scrollTop = first.node.offsetTop - 24;
    this.readIfSeen(true);
    if (this.known.size === 0) this.showEmpty();
  }

  /** Take in what may have been missed, as far back as messages are shown. */
  async refresh() {
    const { dialog } = this;
    if (!dialog) return;
    await this.loading;
    const limit = Math.min(LARGEST_PAGE, Math.max(PAGE, this.known.size));
    // What the stream says while the answer is on its way is newer than the answer.
    const heard = (this.heard = new Set());
    const page = await this.portal.messages(dialog, { limit }).catch(unanswered);
    if (!page || this.dialog !== dialog) return;
    const gap = page.length === limit && !page.some((message) => this.known.has(Number(message.id)));
    if (gap && this.known.size) {
      this.open({ dialog, title: this.title });
      return;
    }
    for (const message of page) if (!heard.has(Number(message.id))) this.show(message);
  }

  /** A message arrived, changed or was deleted, says the stream. */
  take(message) {
    this.heard?.add(Number(message.id));
    this.show(message);
  }

  show(message) {
    const id = Number(message.id);
    const before = this.known.get(id);
    if (before) this.change(before, message);
    else if (id > this.newest() || this.complete) this.arrive(message);
  }

  /** Bring one message into view, loading backwards as far as needed; tell whether it was found. */
  async reveal(id) {
    for (let page = 0; page < FARTHEST && !this.known.has(Number(id)) && !this.complete; page += 1) {
      await this.loadPage();
    }
    const entry = this.known.get(Number(id));
    if (!entry) return false;
    this.stuck = false;
    entry.node.scrollIntoView({ block: "center" });
    highlight(entry.node);
    return true;
  }

  toBottom(smooth = false) {
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: smooth ? "smooth" : "instant" });
    if (!smooth) this.stuck = true;
  }

  arrive(message) {
    const mine = String(message.author.id) === String(this.reader.me);
    const seen = this.stuck && !document.hidden;
    const node = this.insert(message);
    node.classList.add("arriving");
    if (mine) this.toBottom();
    else {
      if (!seen && this.unread === 0) this.divide(node);
      this.unread += 1;
      if (this.stuck) this.toBottom();
      this.readIfSeen();
    }
    this.showPill();
  }

  change(entry, message) {
    const shut = !entry.message.keyboard?.blocked && message.keyboard?.blocked;
    const same = sameContent(entry.message, message, shut);
    entry.message = message;
    if (same) {
      markRead(entry.node, message);
      if (shut) shutKeyboard($(".keyboard", entry.node));
      return;
    }
    const old = entry.node;
    const place = focusedPlace(old);
    const above = old.offsetTop + old.offsetHeight < this.scroller.scrollTop;
    const height = this.scroller.scrollHeight;
    entry.node = this.render(message);
    if (old.querySelector(".divider")) this.divide(entry.node);
    old.replaceWith(entry.node);
    this.decorate(entry.node);
    this.decorate(entry.node.nextElementSibling);
    if (above) this.scroller.scrollTop += this.scroller.scrollHeight - height;
    highlight(entry.node);
    if (place !== null) restoreFocus(entry.node, place);
  }

  insert(message) {
    const id = Number(message.id);
    const node = this.render(message);
    let next = null;
    for (let last = this.log.lastElementChild; last && Number(last.dataset.id) > id; last = last.previousElementSibling) next = last;
    this.log.insertBefore(node, next);
    this.known.set(id, { message, node });
    this.decorate(node);
    this.decorate(next);
    this.empty.hidden = true;
    return node;
  }

  render(message) {
    return bubble(message, this.reader, {
      act: this.reader.act,
      command: (clicked, index) => this.click(clicked, index),
      reveal: (id) => this.reveal(id),
    });
  }

  async click(message, index) {
    try {
      const { events } = await this.portal.click(message.id, index);
      if (events === 0) this.onError(new PortalError("nobody listens", { reason: t("noListener") }));
    } catch (error) {
      this.onError(error);
      throw error;
    }
  }

  // Whether a message opens a day or a group depends on the one before it.
  decorate(node) {
    if (!node) return;
    const { message } = this.known.get(Number(node.dataset.id));
    const before = this.known.get(Number(node.previousElementSibling?.dataset.id))?.message;
    const newDay = !before || !sameDay(before.at, message.at);
    const together = before && !newDay && !before.system && !message.system
      && String(before.author.id) === String(message.author.id)
      && Math.abs(new Date(message.at) - new Date(before.at)) < TOGETHER;
    node.classList.toggle("follows", Boolean(together));
    $(":scope > .day", node)?.remove();
    if (newDay) node.prepend(el("p", { className: "day" }, el("span", {}, day(message.at))));
  }

  divide(node) {
    $(".divider", this.log)?.remove();
    const divider = el("p", { className: "divider" }, el("span", {}, t("unreadMessages")));
    const label = $(":scope > .day", node);
    if (label) label.after(divider);
    else node.prepend(divider);
  }

  async loadPage(limit = PAGE) {
    if (this.loading) return this.loading;
    const task = this.loadOlder(this.dialog, limit).finally(() => {
      if (this.loading === task) this.loading = null;
    });
    this.loading = task;
    return task;
  }

  async loadOlder(dialog, limit) {
    if (this.complete) return;
    const oldest = this.log.firstElementChild?.dataset.id;
    this.scroller.setAttribute("aria-busy", "true");
    const page = await this.portal.messages(dialog, { before: oldest, limit }).catch(unanswered);
    if (this.dialog !== dialog) return;
    if (page) {
      this.complete = page.length < limit;
      const fromBottom = this.scroller.scrollHeight - this.scroller.scrollTop;
      this.prepend(page.filter((message) => !this.known.has(Number(message.id))));
      if (oldest && !this.stuck) this.scroller.scrollTop = this.scroller.scrollHeight - fromBottom;
    }
    this.scroller.removeAttribute("aria-busy");
  }

  prepend(page) {
    const first = this.log.firstElementChild;
    const fragment = document.createDocumentFragment();
    const loaded = page.map((message) => {
      const entry = { message, node: null };
      this.known.set(Number(message.id), entry);
      return entry;
    });
    for (const entry of loaded) fragment.append((entry.node = this.render(entry.message)));
    this.log.prepend(fragment);
    for (const { node } of loaded) this.decorate(node);
    this.decorate(first);
  }

  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.stuck = scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM;
    if (scrollTop < NEAR_TOP && this.dialog && !this.complete && !this.stuck) this.loadPage();
    this.readIfSeen();
    this.showPill();
  }

  readIfSeen(opened = false) {
    if (!this.dialog || document.hidden || this.unread === 0 || !(this.stuck || opened)) return;
    this.unread = 0;
    this.portal.read(this.dialog).catch(unanswered);
  }

  showPill() {
    this.pill.hidden = this.stuck || !this.dialog;
    this.pill.replaceChildren(...(this.unread ? [t("newMessages", { n: this.unread })] : []), icon("down"));
    this.pill.setAttribute("aria-label", this.unread ? t("newMessages", { n: this.unread }) : t("toBottom"));
  }

  showEmpty() {
    const [title, text] = this.dialog ? ["emptyDialogTitle", "emptyDialogText"] : ["pickTitle", "pickText"];
    this.empty.replaceChildren(icon("chat"), el("h2", {}, t(title)), el("p", {}, t(text)));
    this.empty.hidden = false;
  }

  isUnread(message) {
    return message.read === false && !message.system && String(message.author.id) !== String(this.reader.me);
  }

  newest() {
    return Number(this.log.lastElementChild?.dataset.id ?? 0);
  }
}

// What the page asks by itself may fail quietly: the connection's state is shown, and all is asked again after it.
function unanswered() {
  return null;
}

// Being read and, with *shut*, the closing of the keyboard are no reason to draw a message again.
function sameContent(one, other, shut) {
  const aside = shut ? { read: null, keyboard: null } : { read: null };
  return JSON.stringify({ ...one, ...aside }) === JSON.stringify({ ...other, ...aside });
}

// Restarting the animation needs the class to be gone for one layout.
function highlight(node) {
  node.classList.remove("changed");
  void node.offsetWidth;
  node.classList.add("changed");
}

function focusedPlace(node) {
  return node.contains(document.activeElement) ? [...node.querySelectorAll(".key")].indexOf(document.activeElement) : null;
}

function restoreFocus(node, place) {
  const keys = [...node.querySelectorAll("a.key, button.key:not(:disabled)")];
  (keys[Math.min(Math.max(place, 0), keys.length - 1)] ?? node).focus({ preventScroll: true });
}
