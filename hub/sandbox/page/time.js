// Times as a reader wants them: in the browser's zone and language.

import { locale, t } from "./strings.js";

const DAY = 24 * 60 * 60 * 1000;
const formats = {
  clock: new Intl.DateTimeFormat(locale, { timeStyle: "short" }),
  weekday: new Intl.DateTimeFormat(locale, { weekday: "short" }),
  day: new Intl.DateTimeFormat(locale, { day: "numeric", month: "long" }),
  dayOfYear: new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" }),
  date: new Intl.DateTimeFormat(locale, { day: "2-digit", month: "2-digit", year: "2-digit" }),
  full: new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }),
};

/** Hours and minutes. */
export function clock(iso) {
  return formats.clock.format(new Date(iso));
}

/** Date and time, for tooltips. */
export function full(iso) {
  return formats.full.format(new Date(iso));
}

/** The day of a separator: "Today", "Yesterday", "12 March", "12 March 2024". */
export function day(iso) {
  const date = new Date(iso);
  const age = daysAgo(date);
  if (age === 0) return t("today");
  if (age === 1) return t("yesterday");
  const sameYear = date.getFullYear() === new Date().getFullYear();
  return (sameYear ? formats.day : formats.dayOfYear).format(date);
}

/** How old the last message of a dialog is, in as few characters as possible. */
export function brief(iso) {
  const date = new Date(iso);
  const age = daysAgo(date);
  if (age <= 0) return formats.clock.format(date);
  return (age < 7 ? formats.weekday : formats.date).format(date);
}

/** Whether two moments fall on the same day of the reader. */
export function sameDay(one, other) {
  return midnight(new Date(one)) === midnight(new Date(other));
}

function daysAgo(date) {
  return Math.round((midnight(new Date()) - midnight(date)) / DAY);
}

function midnight(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
