// The page of the sandbox portal: who is looking, which dialog is open, what arrives.

import { Portal, fetchPeople } from "./api.js";
import { avatar } from "./avatar.js";
import { Composer } from "./composer.js";
import { DialogList } from "./dialogs.js";
import { $, el } from "./dom.js";
import { listenToKeys } from "./keys.js";
import { MessageList } from "./messages.js";
import { Notices } from "./notices.js";
import { showPeople } from "./people.js";
import { Stream } from "./stream.js";
import { t, translate } from "./strings.js";

const ME = "sandbox.me";
const TOAST = 3500;
const SETTLE = 60;
const RETRY = 1500;
const wide = matchMedia("(min-width: 721px)");

class Page {
  constructor() {
    this.me = null;
    this.dialog = null;
    this.dialogs = new DialogList($("#dialogs"), (dialog) => address(this.me, dialog));
    this.composer = new Composer($("#composer"), (text) => this.say(text));
    this.search = $("#search");
    this.search.addEventListener("input", () => this.dialogs.filter(this.search.value));
    $("#back").addEventListener("click", () => this.leave());
    window.addEventListener("hashchange", () => this.route());
    wide.addEventListener("change", () => this.route());
    listenToKeys({
      search: () => { this.leaveChat(); this.search.select(); this.search.focus(); },
      clearSearch: () => this.clearSearch(),
      switchBy: (step) => this.switchTo(this.dialogs.neighbour(step)),
      openFirst: () => { this.switchTo(this.dialogs.first()); this.clearSearch(); this.composer.focus(); },
      back: () => (wide.matches ? this.dialogs.focus() : this.leave()),
      write: () => this.dialog && this.composer.focus(),
    });
  }

  async start() {
    await this.meet();
    await this.route();
  }

  /** Learn who lives in the portal; bots may register at any time. */
  async meet() {
    const { people, bots } = await fetchPeople();
    this.people = people;
    this.names = new Map([...people, ...bots].map(({ id, name }) => [String(id), name]));
    this.contacts = [...people.filter(({ active }) => active), ...bots].map(({ id, name, position, color, bot }) => (
      { dialog: String(id), title: name, about: position, kind: "private", color, bot, last: null, unread: 0 }
    ));
  }

  /** Follow the address: `#as=PERSON&dialog=DIALOG`. */
  async route() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const wanted = [asked.get("as"), localStorage.getItem(ME)];
    const isPerson = (id) => this.people.some((person) => String(person.id) === id);
    const me = wanted.find(isPerson) ?? this.people.find((person) => person.active !== false)?.id;
    if (me === undefined) {
      $("#dialogs").replaceChildren(el("p", { className: "hint" }, t("noPeople")));
      return;
    }
    if (String(me) !== this.me) await this.become(String(me));
    const dialog = asked.get("dialog");
    if (dialog && !this.dialogs.find(dialog)) toast(t("noDialog", { dialog }));
    await this.open(this.dialogs.find(dialog)?.dialog ?? null);
  }

  async become(me) {
    this.me = me;
    localStorage.setItem(ME, me);
    for (const part of [this.stream, this.messages, this.notices]) part?.destroy();
    this.portal = new Portal(me);
    const reader = this.reader();
    const context = { portal: this.portal, reader, onError: complain };
    this.dialog = null;
    this.messages = new MessageList($(".chat"), context);
    this.notices = new Notices($("#bell"), $("#notices"), context);
    showPeople({ button: $("#me"), menu: $("#people"), people: this.people, me, hrefOf: (id) => address(id) });
    await this.refreshDialogs();
    this.stream = new Stream(this.portal.streamUrl(), {
      onEvent: (name, data) => this.happened(name, data),
      onState: showState,
      onOpen: () => this.resync(),
    });
  }

  /** What pressing things in messages does, and whose eyes they are shown to. */
  reader() {
    return {
      me: this.me,
      nameOf: (id) => this.names.get(String(id)),
      put: (text) => this.composer.put(text),
      send: (text) => this.say(text).catch(() => {}),
      call: (number) => toast(t("calling", { number })),
      openDialog: (dialog) => this.switchTo(this.dialogs.find(dialog), dialog),
      openMessage: (dialog, id) => this.openMessage(dialog, id),
      act: (name, value) => this.act(name, value),
    };
  }

  act(name, value) {
    const { put, send, call, openDialog } = this.reader();
    const actions = { PUT: put, SEND: send, CALL: call, DIALOG: openDialog, COPY: copy };
    actions[name]?.(value);
  }

  async open(dialog) {
    if (!dialog && wide.matches && this.dialogs.first()) {
      location.replace(address(this.me, this.dialogs.first().dialog));
      return;
    }
    document.body.dataset.view = dialog ? "chat" : "dialogs";
    if (dialog === this.dialog) return;
    this.dialog = dialog;
    this.dialogs.activate(dialog);
    this.composer.open(dialog && `${this.me}/${dialog}`);
    const item = this.dialogs.find(dialog);
    $(".chat-head").hidden = !item;
    if (!item) {
      this.messages.close();
      return;
    }
    $(".chat-head .avatar-slot").replaceChildren(avatar({ name: item.title, color: item.color, id: item.dialog }));
    $(".chat-head h1").textContent = item.title;
    $(".chat-head p").textContent = this.kindOf(item);
    await this.messages.open(item);
  }

  kindOf({ kind, bot }) {
    if (kind === "chat") return t("group");
    return bot ? t("bot") : t("private");
  }

  async openMessage(dialog, id) {
    const item = this.dialogs.find(dialog);
    if (!item) return toast(t("noDialog", { dialog }));
    if (dialog !== this.dialog) {
      history.pushState(null, "", address(this.me, dialog));
      await this.open(dialog);
    }
    if (!(await this.messages.reveal(id))) toast(t("noMessage"));
  }

  switchTo(item, dialog = "") {
    if (!item) {
      if (dialog) toast(t("noDialog", { dialog }));
      return;
    }
    location.replace(address(this.me, item.dialog));
    if (document.activeElement?.matches(".dialog")) this.dialogs.focus(item.dialog);
  }

  leave() {
    if (wide.matches) return;
    const left = this.dialog;
    location.hash = address(this.me);
    this.dialogs.focus(left);
  }

  leaveChat() {
    if (!wide.matches && this.dialog) location.hash = address(this.me);
  }

  clearSearch() {
    const had = this.search.value !== "";
    this.search.value = "";
    this.dialogs.filter("");
    return had;
  }

  async say(text) {
    try {
      await this.portal.say(this.dialog, text);
    } catch (error) {
      complain(error);
      throw error;
    }
  }

  happened(name, data) {
    if (name === "notification") {
      this.notices.refresh();
      return;
    }
    // A change of no dialog in particular is one of the whole portal: it was reset.
    if (data.dialog === undefined) this.dialog = null;
    else if (data.dialog === this.dialog) {
      if (data.message) this.messages.take(data.message);
      else this.stale = true;
    }
    // One change often comes as several events; what they leave to ask for is fetched once they have settled.
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.settle(), SETTLE);
  }

  async settle() {
    if (this.stale) this.messages.refresh();
    this.stale = false;
    await this.refreshDialogs();
    if (!this.dialog) await this.route();
  }

  async resync() {
    this.stale = true;
    await Promise.all([this.settle(), this.notices.refresh()]);
  }

  async refreshDialogs() {
    const { portal } = this;
    const dialogs = await Promise.all([portal.dialogs(), this.meet()]).then(([found]) => found, () => null);
    if (!dialogs || portal !== this.portal) return;
    this.dialogs.update(dialogs, this.contacts.filter(({ dialog }) => dialog !== this.me));
    const unread = this.dialogs.unread();
    document.title = unread ? `(${unread}) ${t("page")}` : t("page");
  }
}

function address(me, dialog) {
  return `#${new URLSearchParams(dialog ? { as: me, dialog } : { as: me })}`;
}

function showState(state) {
  const status = $("#status");
  status.dataset.state = state;
  status.textContent = t(state);
  $("#offline").hidden = state !== "lost";
  $("#offline").textContent = t("lost");
}

function complain(error) {
  toast(error.reason || t("noAnswer"));
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("copied"));
  } catch {
    toast(t("cannotCopy"));
  }
}

let toastTimer;
function toast(text) {
  const node = $("#toast");
  node.textContent = text;
  node.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (node.hidden = true), TOAST);
}

translate(document);
showState("connecting");
const page = new Page();
const start = () => page.start().catch(() => {
  showState("lost");
  setTimeout(start, RETRY);
});
start();
