// Live updates: one server-sent event stream, reopened for as long as the page is open.

const EVENTS = ["message", "edit", "delete", "dialog", "notification", "read"];
const FIRST_WAIT = 500;
const LONGEST_WAIT = 8000;

/**
 * Keeps a stream open and says what happens on it:
 * `onEvent(name, data)`, `onState("connecting" | "live" | "lost")` and `onOpen()` each time the connection stands:
 * what happened before that may have been missed.
 */
export class Stream {
  constructor(url, { onEvent, onState, onOpen }) {
    this.url = url;
    this.onEvent = onEvent;
    this.onState = onState;
    this.onOpen = onOpen;
    this.wait = FIRST_WAIT;
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
      this.onOpen();
    });
    this.source.addEventListener("error", () => {
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
