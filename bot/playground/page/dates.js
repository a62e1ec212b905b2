// Slack's date tokens, shown in the reader's zone:
// https://docs.slack.dev/messaging/formatting-message-text#date-formatting

/** @typedef {{zone: string, now: number}} Clock `now` is in seconds since 1970. */

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const STYLES = {
  date_short: { month: "short", day: "numeric", year: "numeric" },
  time: { hour: "numeric", minute: "2-digit" },
  time_secs: { hour: "numeric", minute: "2-digit", second: "2-digit" },
};

/**
 * @param {number} seconds
 * @param {string} format for example `{date_short_pretty} at {time}`
 * @param {Clock} clock
 */
export function formatDate(seconds, format, clock) {
  return format.replace(/\{(\w+)\}/g, (token, name) => formatToken(seconds, name, clock) ?? token);
}

/**
 * @param {number} seconds
 * @param {string} name
 * @param {Clock} clock
 * @returns {string | undefined}
 */
function formatToken(seconds, name, clock) {
  if (name === "ago") return ago(seconds, clock.now);
  if (name === "date_num") return isoDay(seconds, clock.zone);
  if (name.endsWith("_pretty")) {
    const plain = name.slice(0, -"_pretty".length);
    return relativeDay(seconds, clock) ?? formatToken(seconds, plain, clock);
  }
  if (name === "date") return longDate(seconds, clock.zone);
  if (name === "date_long") {
    return `${inZone(seconds, clock.zone, { weekday: "long" })}, ${longDate(seconds, clock.zone)}`;
  }
  return STYLES[name] ? inZone(seconds, clock.zone, STYLES[name]) : undefined;
}

/**
 * @param {number} seconds
 * @param {string} zone
 * @param {Intl.DateTimeFormatOptions} options
 */
export function inZone(seconds, zone, options) {
  return new Intl.DateTimeFormat("en-US", { timeZone: zone, ...options }).format(seconds * 1000);
}

/**
 * @param {number} seconds
 * @param {string} zone
 */
function longDate(seconds, zone) {
  const day = Number(inZone(seconds, zone, { day: "numeric" }));
  const month = inZone(seconds, zone, { month: "long" });
  return `${month} ${day}${ordinal(day)}, ${inZone(seconds, zone, { year: "numeric" })}`;
}

/** @param {number} day */
function ordinal(day) {
  if (day >= 11 && day <= 13) return "th";
  return ["th", "st", "nd", "rd"][day % 10] ?? "th";
}

/**
 * @param {number} seconds
 * @param {string} zone
 */
function isoDay(seconds, zone) {
  const format = new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" });
  return format.format(seconds * 1000);
}

/**
 * @param {number} seconds
 * @param {Clock} clock
 */
function relativeDay(seconds, { zone, now }) {
  const dayNumber = (/** @type {number} */ at) => Date.parse(isoDay(at, zone)) / 86_400_000;
  const names = new Map([
    [-1, "Yesterday"],
    [0, "Today"],
    [1, "Tomorrow"],
  ]);
  return names.get(dayNumber(seconds) - dayNumber(now));
}

/**
 * @param {number} seconds
 * @param {number} now
 */
function ago(seconds, now) {
  const format = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  const gap = seconds - now;
  if (Math.abs(gap) < 3600) return format.format(Math.round(gap / 60), "minute");
  if (Math.abs(gap) < 86_400) return format.format(Math.round(gap / 3600), "hour");
  return format.format(Math.round(gap / 86_400), "day");
}
