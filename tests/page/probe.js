// Run by check_page.py inside the page: what a reader could not see or not reach. Returns a list of complaints.
(() => {
  const complaints = [];
  const shown = (element) => element.checkVisibility({visibilityProperty: true, opacityProperty: true});
  const name = (element) => {
    const words = (element.textContent ?? "").trim().slice(0, 40);
    return `${element.tagName.toLowerCase()}.${element.getAttribute("class") ?? ""} "${words}"`;
  };

  // Nothing reaches beyond the window's sides.
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > wide)
    complaints.push(`the page is ${document.documentElement.scrollWidth} px wide in a window of ${wide}`);
  for (const element of document.querySelectorAll("body *")) {
    if (!shown(element) || element.closest(".icons, defs")) continue;
    const box = element.getBoundingClientRect();
    if (box.width > 0 && (box.right > wide + 1 || box.left < -1))
      complaints.push(`beyond the window's side: ${name(element)}`);
    const has_text = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (
      has_text &&
      element instanceof HTMLElement &&
      element.clientWidth > 0 &&
      element.scrollWidth > element.clientWidth + 1 &&
      !(element.matches(".code pre[tabindex]") && getComputedStyle(element).overflowX === "auto")  // scrolled, by keys too
    )
      complaints.push(`content wider than its box: ${name(element)}`);
  }

  for (const button of document.querySelectorAll("button")) {
    if (shown(button) && button.getBoundingClientRect().height > 48)
      complaints.push(`a button's label breaks: ${name(button)}`);
  }

  // Code keeps its lines.
  for (const pre of document.querySelectorAll(".code pre")) {
    const style = getComputedStyle(pre);
    const height = pre.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
    const lines = Math.round(height / parseFloat(style.lineHeight));
    const written = pre.textContent.split("\n").length;
    if (lines !== written) complaints.push(`${written} lines of code stand on ${lines}: ${name(pre)}`);
  }

  // The tape is legible: the drawing is scaled to its place.
  for (const text of document.querySelectorAll(".tape svg text")) {
    if (!shown(text) || !text.textContent) continue;
    const svg = text.closest("svg");
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    const size = parseFloat(getComputedStyle(text).fontSize) * scale;
    if (size < 11.99) complaints.push(`${size.toFixed(1)} px, expected 12: ${name(text)}`);
  }

  // Whoever sees an image knows what black and white are.
  for (const sheet of document.querySelectorAll(".sheet:has(canvas)")) {
    if (!shown(sheet)) continue;
    const ends = [...sheet.querySelectorAll(".scale span:not(.ramp)")].map((end) => end.textContent.trim());
    if (ends.length !== 2 || ends.includes("")) complaints.push(`no grey scale: ${name(sheet)}`);
  }

  // Texts in a drawing stay inside it, and inside their box.
  for (const text of document.querySelectorAll("svg text")) {
    if (!shown(text)) continue;
    const inner = text.getBoundingClientRect();
    const outer = text.closest(".half, .box")?.querySelector("rect") ?? text.closest("svg");
    const bounds = outer.getBoundingClientRect();
    if (inner.left < bounds.left - 1 || inner.right > bounds.right + 1 || inner.bottom > bounds.bottom + 1)
      complaints.push(`text leaves its box: ${name(text)}`);
  }
  for (const svg of document.querySelectorAll(".chart svg, .tape svg")) {
    const texts = [...svg.querySelectorAll("text")]
      .filter((t) => shown(t) && t.textContent)
      .map((t) => [t, t.getBoundingClientRect()]);
    texts.forEach(([a, p], i) =>
      texts.slice(i + 1).forEach(([b, q]) => {
        const across = Math.min(p.right, q.right) - Math.max(p.left, q.left);
        const down = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
        if (across > 1 && down > 4) complaints.push(`texts overlap: ${name(a)} and ${name(b)}`);
      })
    );
  }

  // Contrast, by WCAG 2.1: 4.5 to 1 for every text.
  const paint = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = (colour) => {
    paint.clearRect(0, 0, 1, 1);
    paint.fillStyle = colour;
    paint.fillRect(0, 0, 1, 1);
    return [...paint.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const linear = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  };
  const ground = (element) => {
    if (element.namespaceURI.endsWith("svg")) {
      const rect = element.closest(".half, .box")?.querySelector("rect");
      if (rect) return rgba(getComputedStyle(rect).fill);
      return ground(element.closest("svg").parentElement);
    }
    for (let e = element; e; e = e.parentElement) {
      const colour = rgba(getComputedStyle(e).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  for (const element of document.querySelectorAll("body *")) {
    if (!shown(element) || ![...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
    if (element.closest("script, style, template, title, noscript")) continue;
    const style = getComputedStyle(element);
    const a = light(rgba(element.tagName === "text" ? style.fill : style.color));
    const b = light(ground(element));
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) complaints.push(`contrast ${contrast.toFixed(2)} to 1: ${name(element)}`);
  }
  return complaints;
})();
