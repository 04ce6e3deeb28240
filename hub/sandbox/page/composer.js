// The field for writing: Enter sends, Shift+Enter starts a new line.

import { $ } from "./dom.js";

const TALLEST = 180;

/** Reads what a person writes in *form*; `onSend(text)` returns a promise, and the text stays when it is rejected. */
export class Composer {
  constructor(form, onSend) {
    this.form = form;
    this.input = $("textarea", form);
    this.button = $("button", form);
    this.onSend = onSend;
    this.drafts = new Map();
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.input.addEventListener("input", () => this.fit());
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.send();
    });
  }

  /** Show the draft of the dialog *key*; null hides the field. */
  open(key) {
    if (this.key) this.drafts.set(this.key, this.input.value);
    this.key = key;
    this.form.hidden = key === null;
    this.input.value = this.drafts.get(key) ?? "";
    this.fit();
  }

  put(text) {
    this.input.value = text;
    this.fit();
    this.focus();
  }

  focus() {
    this.input.focus();
    this.input.setSelectionRange(this.input.value.length, this.input.value.length);
  }

  async send() {
    const text = this.input.value.trim();
    if (!text) return;
    const { key } = this;
    this.input.value = "";
    this.fit();
    try {
      await this.onSend(text);
    } catch {
      if (this.key === key && !this.input.value) this.put(text);
      else if (this.key !== key) this.drafts.set(key, text);
    }
  }

  fit() {
    this.button.disabled = !this.input.value.trim();
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(TALLEST, this.input.scrollHeight)}px`;
  }
}
