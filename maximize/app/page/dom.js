"use strict";
// Small helpers that every other file uses. The files are joined in the order dom, charts, tape, snapshots, details,
// page.

// make("p", {class: "note"}, "text", child) makes an element. Attributes that are undefined or null are left out. Text
// is always text, never markup: what comes from the data cannot become part of the page's structure.
function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}
function make_svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

// One of the symbols at the top of index.html. It is decoration: a word stands beside every icon.
function icon(name) {
  return make_svg("svg", {class: "icon", "aria-hidden": "true"}, make_svg("use", {href: `#icon-${name}`}));
}

// Three significant digits. The program writes null for a number that is not finite.
function format(x) {
  if (typeof x !== "number") return "not finite";
  if (x === 0) return "0";
  const size = Math.abs(x);
  if (size >= 1e6 || size < 1e-3) return x.toExponential(2).replace("e+", "e");
  return Number(x.toPrecision(size >= 1000 ? 6 : 3)).toLocaleString("en", {
    maximumFractionDigits: size >= 1000 ? 0 : 6
  });
}

// The last i with keys[i] <= key, and 0 when there is none. `keys` increases.
function last_at_or_before(keys, key) {
  let i = 0;
  while (i + 1 < keys.length && keys[i + 1] <= key) ++i;
  return i;
}

// Breaks `text` at spaces into lines of at most `width` characters (a longer word is cut), at most `most` lines.
function wrap(text, width, most) {
  const lines = [];
  for (const word of text.split(" ")) {
    const last = lines.length - 1;
    if (last >= 0 && lines[last].length + 1 + word.length <= width) lines[last] += " " + word;
    else lines.push(word);
  }
  if (lines.length > most) lines[most - 1] += " " + lines.slice(most).join(" ");
  return lines.slice(0, most).map((line) => (line.length > width ? line.slice(0, width - 1) + "…" : line));
}
