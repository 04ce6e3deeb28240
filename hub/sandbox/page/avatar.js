// Round portraits: initials on a colour.

import { el } from "./dom.js";

// Bot colours by the names Bitrix24 gives them.
const NAMED = {
  red: "#df532d", green: "#64a513", mint: "#4ba984", lightblue: "#4ba5d4", darkblue: "#3e99ce",
  purple: "#8474c8", aqua: "#1eb4aa", pink: "#e98fa6", lime: "#80b438", brown: "#ab7761",
  azure: "#2a9fd6", khaki: "#b1a43c", sand: "#c09a5b", marengo: "#6b7a86", gray: "#8b8f94", graphite: "#4f5a66",
};
const SPARE = ["#df532d", "#64a513", "#4ba984", "#4ba5d4", "#8474c8", "#1eb4aa", "#c0699f", "#ab7761"];

/** Make the portrait of a person, bot or chat. *colour* is `#hex` or a Bitrix24 colour name. */
export function avatar({ name, color, id }, className = "") {
  const node = el("span", { className: `avatar ${className}`, "aria-hidden": "true" }, initials(name));
  node.style.setProperty("--colour", colourOf(color, String(id ?? name)));
  return node;
}

function colourOf(color, seed) {
  if (/^#[0-9a-f]{6}$/i.test(color ?? "")) return color;
  const named = NAMED[String(color ?? "").replace(/[_-]/g, "").toLowerCase()];
  if (named) return named;
  const sum = [...seed].reduce((total, letter) => total + letter.codePointAt(0), 0);
  return SPARE[sum % SPARE.length];
}

function initials(name) {
  const words = (name ?? "").match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.slice(0, 2).map((word) => [...word][0].toLocaleUpperCase()).join("");
}
