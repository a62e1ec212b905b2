// The few emoji names that messages of a bot like this one use; any other stays as it was typed.

/** @type {Record<string, string>} */
const EMOJI = {
  arrow_right: "➡️",
  bell: "🔔",
  calendar: "📅",
  clock1: "🕐",
  eyes: "👀",
  hourglass: "⌛",
  information_source: "ℹ️",
  lock: "🔒",
  no_entry: "⛔",
  rotating_light: "🚨",
  tada: "🎉",
  warning: "⚠️",
  wave: "👋",
  white_check_mark: "✅",
  x: "❌",
};

/** @param {string} text */
export function emojiText(text) {
  return text.replace(/:([a-z0-9_+-]+):/g, (typed, name) => EMOJI[name] ?? typed);
}
