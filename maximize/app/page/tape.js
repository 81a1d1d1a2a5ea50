// The tape: the program has drawn it (maximize/report/tape_drawing.h), page.css gives it colours, and this fills in its two
// leaves. Each has a half for training and one for maximization, which says whether the leaf moves there or is locked, and
// shows its hash before and after.

// Fills one half; `leaf` is {name, hash_before, hash_after}. Returns show(hash now).
function fill_half(half, leaf) {
  const moves = half.classList.contains("moves");
  const changed = leaf.hash_before !== leaf.hash_after;
  const bad = moves !== changed;  // a locked leaf that changed, or a moving one that did not
  const short = (hash) => (hash.length > 6 ? hash.slice(0, 6) : hash);
  half.classList.toggle("bad", bad);
  half.dataset.state = moves ? "moves" : "locked";
  half.dataset.unchanged = !changed;
  half.prepend(make_svg("title", {}, `${leaf.name}: ${leaf.hash_before} before, ${leaf.hash_after} after`));
  if (bad) half.querySelector(".state").textContent = moves ? "did not move" : "NOT LOCKED";
  const names = half.querySelectorAll(".name");
  const lines = wrap(leaf.name, 18, names.length);
  names.forEach((text, i) => (i < lines.length ? (text.textContent = lines[i]) : text.remove()));
  const show = (now) => {
    half.querySelector(".told").textContent = !changed
      ? "hash unchanged:"
      : now === leaf.hash_before
        ? "hash at the start:"
        : "hash changed:";
    const sign = moves ? "→" : changed ? "≠" : "=";
    half.querySelector(".hash").textContent = `${short(leaf.hash_before)} ${sign} ${now === null ? "…" : short(now)}`;
  };
  show(leaf.hash_after);
  return show;
}

// What the drawing says, in words.
function tape_description(frame) {
  const {training, maximization} = frame;
  const kept = (leaf) => (leaf.hash_before === leaf.hash_after ? "unchanged" : "changed");
  return (
    `In training the weights move (${kept(training.moving)}); locked: ${training.locked.name} ` +
    `(${kept(training.locked)}). ` +
    `In maximization ${maximization.moving.name} moves (${kept(maximization.moving)}) and the weights are locked ` +
    `(${kept(maximization.locked)}).`
  );
}

// Puts the frame's tape into `place`. Returns show({training: the weights' hash, maximization: the input's hash}).
function make_tape(place, frame) {
  const {training, maximization} = frame;
  const drawing = new DOMParser().parseFromString(frame.tape.svg, "image/svg+xml").documentElement;
  if (drawing.localName !== "svg") throw new Error("tape: the drawing is not readable");
  drawing.setAttribute("aria-label", `${drawing.getAttribute("aria-label")}. ${tape_description(frame)}`);
  place.replaceChildren(document.importNode(drawing, true));
  const half = (leaf, side) => place.querySelector(`[data-leaf="${leaf}"][data-side="${side}"]`);
  const show_weights = fill_half(half("weights", "training"), training.moving);
  fill_half(half("weights", "maximization"), maximization.locked);
  fill_half(half("input", "training"), training.locked);
  const show_input = fill_half(half("input", "maximization"), maximization.moving);
  return (now) => {
    show_weights(now.training);
    show_input(now.maximization);
  };
}
