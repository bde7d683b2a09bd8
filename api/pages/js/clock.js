// Times as an agent reads them: how long is left, how long ago.

import { t } from "./words.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `3 h 20 min` for a span of milliseconds, in two units at most. */
export function span(milliseconds) {
  const length = Math.abs(milliseconds);
  if (length < MINUTE) return t("time.seconds", { n: Math.floor(length / 1000) });
  if (length < HOUR) return t("time.minutes", { n: Math.floor(length / MINUTE) });
  if (length < DAY) return t("time.hours", { n: Math.floor(length / HOUR), m: Math.floor((length % HOUR) / MINUTE) });
  return t("time.days", { n: Math.floor(length / DAY), h: Math.floor((length % DAY) / HOUR) });
}

/** What is left until `dueAt` and how pressing it is: `none`, `later`, `soon` (within the hour), `over`. */
export function due(dueAt, now) {
  if (!dueAt) return { state: "none", text: t("promise.no_time") };
  const left = Date.parse(dueAt) - now;
  if (left < 0) return { state: "over", text: t("promise.overdue", { span: span(left) }) };
  return { state: left <= HOUR ? "soon" : "later", text: t("promise.left", { span: span(left) }) };
}

let zone; // of the client whose conversation is shown; undefined: the browser's own

/** From now on say times in the client's time zone; an unknown one leaves the browser's. */
export function useZone(name) {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    zone = name;
  } catch {
    zone = undefined;
  }
}

/** Day and hour in the client's time zone: `11-24 23:59`; empty for no time. */
export function clockTime(iso) {
  const moment = Date.parse(iso ?? "");
  if (Number.isNaN(moment)) return "";
  const fields = { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
  const parts = new Intl.DateTimeFormat("en", fields).formatToParts(moment);
  const part = (type) => parts.find((each) => each.type === type).value;
  return `${part("month")}-${part("day")} ${part("hour")}:${part("minute")}`;
}

/** `now` as RFC 3339 with this machine's offset. */
export function isoNow(now = Date.now()) {
  const offset = -new Date(now).getTimezoneOffset();
  const two = (number) => String(Math.floor(Math.abs(number))).padStart(2, "0");
  const local = new Date(now + offset * MINUTE).toISOString().slice(0, 19);
  return `${local}${offset < 0 ? "-" : "+"}${two(offset / 60)}:${two(offset % 60)}`;
}
