// Building DOM nodes. Text always becomes text nodes: no markup is ever parsed from a string.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element. Properties that exist on the element are set as properties ("className", "hidden",
 * "onclick"), the rest as attributes; `undefined`, `null` and `false` are left out.
 */
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name in node) node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Make one icon of icons.svg; decorative, so hidden from assistive technology. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon icon-${name}`);
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `/page/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** Make a link that leaves the page without telling the other side where it came from. */
export function externalLink(href, properties = {}, ...children) {
  return el("a", { href, target: "_blank", rel: "noopener noreferrer", ...properties }, ...children);
}

export const $ = (selector, root = document) => root.querySelector(selector);
