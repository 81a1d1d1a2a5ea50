// The drawing of the tape: one column of boxes from the leaves to the loss. Its left half belongs to training, its
// right half to maximization. A leaf box is split: each half says whether the leaf moves there or is locked, with its
// hash before and after. Operations that only training reaches (after the unit) stand in the left half; the unit ends
// the right half.
// Grey lines carry values forward; the red rails carry the gradient back to the leaf that moves.

const tape_width = 366;
const tape_left = 50;  // the boxes' edges, and the line between the halves
const tape_right = 320;
const tape_middle = 185;
const rail = {training: 16, weights: 36, maximization: 350};  // x of the vertical lines beside the boxes
const row_gap = 20;
const leaf_height = 112;

// Everything that `id` is computed from, and `id` itself.
function ancestors(id, edges) {
  const found = new Set([id]);
  for (let size = 0; size !== found.size;) {
    size = found.size;
    for (const [from, to] of edges) if (found.has(to)) found.add(from);
  }
  return found;
}

// A place for every box, from the top to the bottom: weights, input, then the operations in their order on the tape.
function place_boxes(tape) {
  const of_kind = (kind) => tape.boxes.filter((box) => box.kind === kind);
  const before_unit = new Set(of_kind("unit").flatMap((box) => [...ancestors(box.id, tape.edges)]));
  const placed = new Map();
  let y = 26;
  for (const box of [...of_kind("weights"), ...of_kind("input")]) {
    placed.set(box.id, {box, x: tape_left, y, width: tape_right - tape_left, height: leaf_height});
    y += leaf_height + row_gap;
  }
  const both = tape.boxes.filter((box) => box.kind === "op" && before_unit.has(box.id));
  for (const box of both) {
    const height = box.detail ? 40 : 27;
    placed.set(box.id, {box, x: tape_left, y, width: tape_right - tape_left, height});
    y += height + row_gap;
  }
  const right_free = y;  // from here down, the right half is empty but for the unit
  const half = (tape_right - tape_left) / 2 - 8;
  for (const box of of_kind("unit"))
    placed.set(box.id, {box, x: tape_right - half, y: right_free, width: half, height: half_height(box)});
  const after = tape.boxes.filter((box) => box.kind === "op" && !before_unit.has(box.id));
  for (const box of [...after, ...of_kind("loss")]) {
    const height = half_height(box);
    placed.set(box.id, {box, x: tape_left, y, width: half, height});
    y += height + row_gap;
  }
  const end = Math.max(...[...placed.values()].map((place) => place.y + place.height));
  return {placed, height: end + 6};
}

function half_height(box) {
  return 14 + 13 * half_lines(box).length;
}
function half_lines(box) {
  return [box.label, ...(box.detail ? wrap(box.detail, 23, 2) : []), ...(box.shape ? [box.shape] : [])];
}

// The arrow heads stand at the top of index.html: a drawing on a hidden tab could not lend them to another.
function arrow(d, kind) {
  return make_svg("path", {class: `arrow ${kind}`, d, "marker-end": `url(#head-${kind})`});
}

// The forward lines. Weights reach their operations along a rail at the left; other lines run straight down.
function forward_lines(tape, placed) {
  return tape.edges.map(([from_id, to_id]) => {
    const from = placed.get(from_id);
    const to = placed.get(to_id);
    if (!from || !to) throw new Error(`tape: an edge names a box that does not exist: ${from_id} -> ${to_id}`);
    if (from.box.kind === "weights") {
      const start = from.y + from.height - 12;
      const end = to.y + Math.min(to.height / 2, 20);
      return arrow(`M${from.x},${start}H${rail.weights}V${end}H${to.x - 2}`, "forward");
    }
    const low = Math.max(from.x, to.x);
    const high = Math.min(from.x + from.width, to.x + to.width);
    const x = low < high ? (low + high) / 2 : to.x + to.width / 2;
    return arrow(`M${x},${from.y + from.height}V${to.y - 2}`, "forward");
  });
}

// The two red rails: from the loss to the weights, and from the unit to the input.
function gradient_lines(placed) {
  const find = (kind) => [...placed.values()].find((p) => p.box.kind === kind);
  const lines = [];
  const add = (from, to, x, side) => {
    const edge = (p) => (side === "left" ? p.x : p.x + p.width);
    const start = from.y + from.height / 2;
    const end = to.y + leaf_height / 2;
    const middle = (start + end) / 2;
    const turn = side === "left" ? -90 : 90;
    lines.push(
      arrow(`M${edge(from)},${start}H${x}V${end}H${edge(to) + (side === "left" ? -2 : 2)}`, "gradient"),
      make_svg(
        "text",
        {class: "rail-label", transform: `translate(${x},${middle}) rotate(${turn})`, "text-anchor": "middle", dy: 4},
        start - end > 210 ? `gradient of the ${from.box.kind === "loss" ? "loss" : "activation"}` : "gradient"
      )
    );
  };
  if (find("loss") && find("weights")) add(find("loss"), find("weights"), rail.training, "left");
  if (find("unit") && find("input")) add(find("unit"), find("input"), rail.maximization, "right");
  return lines;
}

// One half of a leaf box. `state` is {moves, leaf: {name, hash_before, hash_after}}. Returns {element, show(hash now)}.
function leaf_half(x, y, width, height, state) {
  const {moves, leaf} = state;
  const changed = leaf.hash_before !== leaf.hash_after;
  const bad = moves !== changed;  // a locked leaf that changed, or a moving one that did not
  const kind = moves ? "moves" : "locked";
  const word = moves ? (bad ? "did not move" : "moves") : bad ? "NOT LOCKED" : "locked";
  const short = (hash) => (hash.length > 6 ? hash.slice(0, 6) : hash);
  const told = make_svg("text", {class: "name", x: x + 9, y: y + height - 23});
  const hashes = make_svg("text", {class: "hash", x: x + 9, y: y + height - 9});
  const href = moves ? "#icon-move" : "#icon-lock";
  const symbol = make_svg("use", {class: kind, href, x: x + 8, y: y + 8, width: 13, height: 13});
  const element = make_svg(
    "g",
    {class: `half ${kind}${bad ? " bad" : ""}`, "data-state": kind, "data-unchanged": !changed},
    make_svg("title", {}, `${leaf.name}: ${leaf.hash_before} before, ${leaf.hash_after} after`),
    make_svg("rect", {x, y, width, height}),
    symbol,
    make_svg("text", {class: "state", x: x + 27, y: y + 19}, word),
    ...wrap(leaf.name, 22, 2).map((line, i) => make_svg("text", {class: "name", x: x + 9, y: y + 35 + 13 * i}, line)),
    told,
    hashes
  );
  const show = (now) => {
    told.textContent = !changed ? "hash unchanged:" : now === leaf.hash_before ? "hash at the start:" : "hash changed:";
    const sign = moves ? "→" : changed ? "≠" : "=";
    hashes.textContent = `${short(leaf.hash_before)} ${sign} ${now === null ? "…" : short(now)}`;
  };
  show(leaf.hash_after);
  return {element, show};
}

function leaf_box(place, training, maximization) {
  const {box, x, y, width, height} = place;
  const top = 23;
  const half = width / 2;
  const left = leaf_half(x, y + top, half, height - top, training);
  const right = leaf_half(x + half, y + top, half, height - top, maximization);
  const element = make_svg(
    "g",
    {class: "box leaf"},
    make_svg("rect", {class: "back", x, y, width, height: top}),
    make_svg("text", {class: "label", x: x + 9, y: y + 16}, box.label),
    make_svg(
      "text",
      {class: "shape", x: x + width - 9, y: y + 16, "text-anchor": "end"},
      box.shape ?? box.detail ?? ""
    ),
    left.element,
    right.element,
    make_svg("rect", {class: "outline", x, y, width, height, rx: 5})
  );
  return {element, left, right};
}

function op_box(place) {
  const {box, x, y, width, height} = place;
  const group = make_svg(
    "g",
    {class: `box ${box.kind}`},
    make_svg("rect", {class: "back", x, y, width, height, rx: 5})
  );
  if (width === tape_right - tape_left) {
    group.append(
      make_svg("text", {class: "label", x: x + 9, y: y + 18}, box.label),
      make_svg("text", {class: "shape", x: x + width - 9, y: y + 18, "text-anchor": "end"}, box.shape ?? "")
    );
    if (box.detail) group.append(make_svg("text", {class: "detail", x: x + 9, y: y + 32}, wrap(box.detail, 46, 1)[0]));
    return group;
  }
  half_lines(box).forEach((line, i, lines) => {
    const kind = i === 0 ? "label" : box.shape && i === lines.length - 1 ? "shape" : "detail";
    group.append(make_svg("text", {class: kind, x: x + 9, y: y + 18 + 13 * i}, line));
  });
  return group;
}

// What the drawing says, in words.
function tape_description(frame) {
  const {training, maximization} = frame;
  const kept = (leaf) => (leaf.hash_before === leaf.hash_after ? "unchanged" : "changed");
  return (
    `The tape: ${frame.tape.boxes.map((box) => box.label).join(", ")}. ` +
    `In training the weights move (${kept(training.weights)}); locked: ${training.data.name} ` +
    `(${kept(training.data)}). ` +
    `In maximization ${maximization.input.name} moves (${kept(maximization.input)}) and the weights are locked ` +
    `(${kept(maximization.weights)}).`
  );
}

// Draws the frame's tape into `place`. Returns show({training: the weights' hash, maximization: the input's hash}).
function make_tape(place, frame) {
  const {placed, height} = place_boxes(frame.tape);
  const {training, maximization} = frame;
  const moved = [];
  const boxes = [...placed.values()].map((p) => {
    if (p.box.kind === "weights") {
      const {element, left} = leaf_box(
        p,
        {moves: true, leaf: training.weights},
        {moves: false, leaf: maximization.weights}
      );
      moved.push((now) => left.show(now.training));
      return element;
    }
    if (p.box.kind === "input") {
      const {element, right} = leaf_box(
        p,
        {moves: false, leaf: training.data},
        {moves: true, leaf: maximization.input}
      );
      moved.push((now) => right.show(now.maximization));
      return element;
    }
    return op_box(p);
  });
  place.replaceChildren(
    make_svg(
      "svg",
      {role: "img", "aria-label": tape_description(frame), viewBox: `0 0 ${tape_width} ${height}`},
      make_svg("text", {class: "side", x: tape_left, y: 14}, "training"),
      make_svg("text", {class: "side", x: tape_right, y: 14, "text-anchor": "end"}, "maximization"),
      make_svg("line", {class: "divide", x1: tape_middle, x2: tape_middle, y1: 4, y2: height}),
      ...forward_lines(frame.tape, placed),
      ...gradient_lines(placed),
      ...boxes
    )
  );
  return (now) => moved.forEach((update) => update(now));
}
