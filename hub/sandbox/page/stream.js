// Live updates: one server-sent event stream, reopened for as long as the page is open.

const EVENTS = ["message", "edit", "delete", "dialog", "notification", "read"];
const FIRST_WAIT = 500;
const LONGEST_WAIT = 8000;

/**
 * Keeps a stream open and says what happens on it:
 * `onEvent(name, data)`, `onState("connecting" | "live" | "lost")` and `onReturn()` when the connection is back
 * after a gap, in which events may have been missed.
 */
export class Stream {
  constructor(url, { onEvent, onState, onReturn }) {
    this.url = url;
    this.onEvent = onEvent;
    this.onState = onState;
    this.onReturn = onReturn;
    this.wait = FIRST_WAIT;
    this.lost = false;
    this.retry = this.retry.bind(this);
    window.addEventListener("online", this.retry);
    this.onState("connecting");
    this.open();
  }

  open() {
    this.source = new EventSource(this.url);
    this.source.addEventListener("open", () => {
      this.wait = FIRST_WAIT;
      this.onState("live");
      if (this.lost) this.onReturn();
      this.lost = false;
    });
    this.source.addEventListener("error", () => {
      this.lost = true;
      this.onState("lost");
      // The browser itself tries again after a cut, but gives up for good on an error answer.
      if (this.source.readyState !== EventSource.CLOSED) return;
      clearTimeout(this.timer);
      this.timer = setTimeout(this.retry, this.wait);
      this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
    });
    for (const name of EVENTS) {
      this.source.addEventListener(name, (event) => this.onEvent(name, JSON.parse(event.data)));
    }
  }

  retry() {
    clearTimeout(this.timer);
    if (this.source.readyState === EventSource.OPEN) return;
    this.source.close();
    this.open();
  }

  destroy() {
    clearTimeout(this.timer);
    window.removeEventListener("online", this.retry);
    this.source.close();
  }
}
