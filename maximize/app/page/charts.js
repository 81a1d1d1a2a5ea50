// A line chart of one quantity over the steps of a run, with dashed lines for what it must be compared with.
// Drawn as SVG at the size of its place, so that text keeps its size on a phone.

const chart_height = 250;
const chart_margin = {left: 46, right: 118, top: 26, bottom: 34};
const label_gap = 29;  // pixels between the dashed lines' labels, which have at most two lines of text
let charts_made = 0;  // gives each clip path a name of its own

// At most about `count` round numbers (1, 2 or 5 times a power of ten) from `low` to `high`.
function ticks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const unit = [1, 2, 5, 10].find((u) => u * power >= rough) * power;
  const result = [];
  for (let k = Math.ceil(low / unit - 1e-9); k * unit <= high + 1e-9 * unit; ++k) result.push(k * unit);
  return result;
}

// Moves the sorted positions apart until neighbours are `gap` away from each other, within [low, high].
function spread(positions, gap, low, high) {
  const result = positions.map((y) => Math.min(Math.max(y, low), high));
  for (let i = 1; i < result.length; ++i) result[i] = Math.max(result[i], result[i - 1] + gap);
  let limit = high;
  for (let i = result.length - 1; i >= 0; --i, limit -= gap) result[i] = Math.min(result[i], limit);
  return result;
}

// 20000 -> "20k": a tick has little room.
function format_tick(x) {
  return Math.abs(x) < 10000
    ? format(x)
    : x.toLocaleString("en", {notation: "compact", maximumSignificantDigits: 3}).toLowerCase();
}

// The label of a dashed line in at most two lines of text: "data mean" and "= 0.77", "guessing:" and "ln 10 = 2.3". A
// long name is cut, its value never.
function line_label(line) {
  const value = `= ${format(line.value)}`.replaceAll(" ", "\u00a0");
  const parts = line.label.split(": ");
  const lines =
    parts.length === 2 ? [`${parts[0]}:`, `${parts[1]} ${value}`] : wrap(`${line.label} ${value}`, 15, 3);
  return lines.length <= 2 ? lines : [wrap(line.label, 15, 1)[0], value];
}

class Chart {
  // series: {quantity, steps, values, lines}. A value may be null (not finite): the curve has a gap there.
  constructor(place, series) {
    this.place = place;
    this.series = series;
    this.step = series.steps[0];
    this.clip = `clip-${charts_made++}`;
    const all = [0, ...series.values, ...series.lines.map((line) => line.value)].filter(Number.isFinite);
    this.low = Math.min(...all);
    this.high = Math.max(...all);
    if (this.low === this.high) this.high = this.low + 1;
    this.high += 0.04 * (this.high - this.low);
    if (this.low < 0) this.low -= 0.04 * (this.high - this.low);
    new ResizeObserver(() => this.draw()).observe(place);
  }

  x(step) {
    const steps = this.series.steps;
    const first = steps[0];
    const last = steps[steps.length - 1];
    return chart_margin.left + (last === first ? 0 : (step - first) / (last - first)) * this.plot_width;
  }
  y(value) {
    const plot_height = chart_height - chart_margin.top - chart_margin.bottom;
    return chart_margin.top + ((this.high - value) / (this.high - this.low)) * plot_height;
  }

  // Shows the run as it stood at `step`: the past in full strength, the future pale, a dot at the present value.
  show(step) {
    this.step = step;
    if (!this.past) return;
    const value = this.series.values[last_at_or_before(this.series.steps, step)];
    const x = this.x(step);
    this.past.setAttribute("width", Math.max(0, x));
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
    this.dot.setAttribute("visibility", Number.isFinite(value) ? "visible" : "hidden");
    this.dot.setAttribute("cx", x);
    if (Number.isFinite(value)) this.dot.setAttribute("cy", this.y(value));
  }

  draw() {
    const width = Math.floor(this.place.clientWidth);
    if (width === 0 || width === this.width) return;  // 0: on a hidden tab
    this.width = width;
    this.plot_width = width - chart_margin.left - (this.series.lines.length > 0 ? chart_margin.right : 24);
    const curve = this.curve();
    this.past = make_svg("rect", {x: 0, y: 0, height: chart_height});
    this.cursor = make_svg("line", {class: "cursor", y1: chart_margin.top, y2: chart_height - chart_margin.bottom});
    this.dot = make_svg("circle", {class: "dot", r: 4.5});
    const svg = make_svg(
      "svg",
      {role: "img", "aria-label": this.description(), width, height: chart_height},
      make_svg("clipPath", {id: this.clip}, this.past),
      ...this.axes(),
      ...this.dashed_lines(),
      make_svg("path", {class: "curve future", d: curve}),
      make_svg("path", {class: "curve", d: curve, "clip-path": `url(#${this.clip})`}),
      this.cursor,
      this.dot
    );
    this.place.replaceChildren(svg);
    this.show(this.step);
  }

  curve() {
    const {steps, values} = this.series;
    let d = "";
    let pen = "M";  // lifted at the start and after a value that is not finite
    values.forEach((value, i) => {
      if (Number.isFinite(value)) d += `${pen}${this.x(steps[i]).toFixed(1)},${this.y(value).toFixed(1)}`;
      pen = Number.isFinite(value) ? "L" : "M";
    });
    return d;
  }

  axes() {
    const steps = this.series.steps;
    const left = chart_margin.left;
    const right = left + this.plot_width;
    const bottom = chart_height - chart_margin.bottom;
    const parts = [make_svg("text", {class: "quantity", x: 0, y: 13}, this.series.quantity)];
    for (const value of ticks(this.low, this.high, 5)) {
      const y = this.y(value);
      parts.push(
        make_svg("line", {class: "grid", x1: left, x2: right, y1: y, y2: y}),
        make_svg("text", {class: "tick", x: left - 7, y: y + 4, "text-anchor": "end"}, format_tick(value))
      );
    }
    for (const step of ticks(steps[0], steps[steps.length - 1], this.plot_width > 260 ? 5 : 3)) {
      const x = this.x(step);
      parts.push(
        make_svg("line", {class: "axis", x1: x, x2: x, y1: bottom, y2: bottom + 4}),
        make_svg("text", {class: "tick", x, y: bottom + 17, "text-anchor": "middle"}, format_tick(step))
      );
    }
    parts.push(
      make_svg("line", {class: "axis", x1: left, x2: right, y1: bottom, y2: bottom}),
      make_svg("text", {class: "tick", x: right, y: bottom + 31, "text-anchor": "end"}, "step")
    );
    return parts;
  }

  // Each dashed line has a dash pattern of its own and its label at its right end.
  dashed_lines() {
    const left = chart_margin.left;
    const right = left + this.plot_width;
    const lines = this.series.lines.filter((line) => Number.isFinite(line.value)).sort((a, b) => b.value - a.value);
    const labels = spread(
      lines.map((line) => this.y(line.value)),
      label_gap,
      chart_margin.top,
      chart_height - chart_margin.bottom - 4
    );
    return lines.flatMap((line, i) => {
      const y = this.y(line.value);
      const label = line_label(line);
      const dash = `dash-${this.series.lines.indexOf(line) % 4}`;
      return [
        make_svg("path", {class: `dashed ${dash}`, d: `M${left},${y}H${right}`}),
        make_svg("path", {class: "leader", d: `M${right},${y}L${right + 10},${labels[i]}`}),
        ...label.map((text, k) =>
          make_svg(
            "text",
            {class: "line-label", x: right + 13, y: labels[i] + 4 + 13 * (k - (label.length - 1) / 2)},
            text
          )
        )
      ];
    });
  }

  description() {
    const {quantity, steps, values, lines} = this.series;
    const end = values.length - 1;
    const compared = lines.map((line) => `${line.label} = ${format(line.value)}`).join(", ");
    return (
      `${quantity}, from ${format(values[0])} at step ${steps[0]} to ${format(values[end])} at step ${steps[end]}.` +
      (compared ? ` Dashed lines: ${compared}.` : "")
    );
  }
}
