// Keyboards: the rows of buttons under a message.

import { el, externalLink, icon } from "./dom.js";
import { safeLink } from "./links.js";
import { t } from "./strings.js";

const TOKENS = new Set(["primary", "secondary", "alert", "base"]);
const HEX = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i;
const PATIENCE = 4000;

/**
 * Render the keyboard `{buttons, blocked}` of a message. *actions* is `{command(index), act(name, value)}`; `command` returns a promise
 * that is fulfilled when the portal has taken the click and rejected when it has not.
 */
export function keyboard({ buttons, blocked }, actions) {
  const board = el("div", { className: "keyboard", role: "group" });
  let row = null;
  buttons.forEach((button, index) => {
    if (button.TYPE === "NEWLINE") {
      row = null;
      return;
    }
    row ??= board.appendChild(el("div", { className: "keyboard-row" }));
    row.append(control(button, index, board, actions));
  });
  if (blocked) shutKeyboard(board);
  return board;
}

/**
 * Close a keyboard until the bot answers. Return what `reopen` needs.
 *
 * Its buttons are not made `disabled`: that would take the focus away from whoever works with the keyboard.
 */
export function shutKeyboard(board) {
  if (board.classList.contains("shut")) return null;
  board.classList.add("shut");
  for (const key of board.querySelectorAll("button")) key.setAttribute("aria-disabled", "true");
  return setTimeout(() => board.append(el("p", { className: "keyboard-waiting" }, t("waiting"))), PATIENCE);
}

function control(button, index, board, actions) {
  const disabled = button.DISABLED === "Y";
  const href = safeLink(button.LINK);
  const node = href && !disabled
    ? externalLink(href, {}, label(button), icon("external"))
    : el("button", { type: "button", disabled }, label(button), button.ACTION === "COPY" ? icon("copy") : null);
  node.classList.add("key");
  node.dataset.display = button.DISPLAY === "LINE" ? "line" : "block";
  node.dataset.token = TOKENS.has(button.BG_COLOR_TOKEN) ? button.BG_COLOR_TOKEN : "base";
  if (button.CONTEXT === "MOBILE" || button.CONTEXT === "DESKTOP") node.dataset.context = button.CONTEXT.toLowerCase();
  if (Number(button.WIDTH) > 0) node.style.width = `${Number(button.WIDTH)}px`;
  paint(node, button, disabled);
  if (!href) node.addEventListener("click", () => press(node, button, index, board, actions));
  return node;
}

function label(button) {
  return el("span", { className: "key-label" }, String(button.TEXT ?? ""));
}

// Fixed colours are honoured only where no token was given: tokens follow the theme.
function paint(node, button, disabled) {
  if (button.BG_COLOR_TOKEN) return;
  const [ground, ink] = disabled
    ? [button.OFF_BG_COLOR, button.OFF_TEXT_COLOR]
    : [button.BG_COLOR, button.TEXT_COLOR];
  if (HEX.test(ground ?? "")) node.style.backgroundColor = ground;
  if (HEX.test(ink ?? "")) node.style.color = ink;
}

async function press(node, button, index, board, actions) {
  if (board.classList.contains("shut")) return;
  if (button.ACTION) {
    actions.act(button.ACTION, String(button.ACTION_VALUE ?? ""));
    return;
  }
  if (!button.COMMAND || node.getAttribute("aria-busy") === "true") return;
  // BLOCK keeps every button shut until the bot has changed the message, which replaces this keyboard.
  const blocks = button.BLOCK === "Y";
  node.setAttribute("aria-busy", "true");
  const hint = blocks ? shutKeyboard(board) : null;
  try {
    await actions.command(index);
    if (!blocks) node.removeAttribute("aria-busy");
  } catch {
    node.removeAttribute("aria-busy");
    if (blocks) reopen(board, hint);
  }
}

function reopen(board, hint) {
  clearTimeout(hint);
  board.classList.remove("shut");
  for (const key of board.querySelectorAll("button")) key.removeAttribute("aria-disabled");
}
