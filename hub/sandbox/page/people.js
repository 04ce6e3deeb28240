// Who is looking: the switch between the people of the portal.

import { avatar } from "./avatar.js";
import { el, icon } from "./dom.js";
import { t } from "./strings.js";

/** Fill the button and the menu of people; `hrefOf(id)` gives the address of one person's view. */
export function showPeople({ button, menu, people, me, hrefOf }) {
  const current = people.find((person) => String(person.id) === me);
  button.replaceChildren(
    avatar(current, "small"),
    el("span", { className: "me-name" }, current.name),
    icon("chevron"),
  );
  button.setAttribute("aria-label", t("switchPerson", { name: current.name }));
  menu.replaceChildren(
    el("h2", {}, t("whoAmI")),
    el("ul", {}, ...people.map((person) => el("li", {}, choice(person, me, hrefOf, menu)))),
  );
  menu.onkeydown = step;
}

function choice(person, me, hrefOf, menu) {
  const position = [person.position, person.active === false ? t("inactive") : ""].filter(Boolean).join(" · ");
  const node = el("a", { className: "person", href: hrefOf(person.id), onclick: () => menu.hidePopover() },
    avatar(person, "small"),
    el("span", { className: "person-name" }, person.name),
    position ? el("span", { className: "person-position" }, position) : "",
    String(person.id) === me ? icon("check") : "",
  );
  if (String(person.id) === me) {
    node.setAttribute("aria-current", "true");
    node.autofocus = true;
  }
  if (person.active === false) node.classList.add("inactive");
  return node;
}

// Arrow keys walk through the menu; Tab does as well.
function step(event) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const links = [...event.currentTarget.querySelectorAll("a")];
  links.at((links.indexOf(document.activeElement) + by) % links.length).focus();
}
