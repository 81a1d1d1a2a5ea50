// What a run looked like at chosen steps: pictures, predictions, generated text, or embeddings with their nearest words.

// image: {w, h, data: base64 of w * h grey bytes, caption?}. Drawn pixel for pixel; the style sheet enlarges it.
function make_image(image, name) {
  const bytes = atob(image.data);
  if (bytes.length !== image.w * image.h)
    throw new Error(`image: ${image.w} x ${image.h} needs ${image.w * image.h} bytes, got ${bytes.length}`);
  const canvas = make("canvas", {width: image.w, height: image.h, role: "img", "aria-label": image.caption ?? name});
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(image.w, image.h);
  for (let i = 0; i < bytes.length; ++i) {
    pixels.data.fill(bytes.charCodeAt(i), 4 * i, 4 * i + 3);
    pixels.data[4 * i + 3] = 255;
  }
  context.putImageData(pixels, 0, 0);
  return make("figure", {class: "image"}, canvas, image.caption ? make("figcaption", {}, image.caption) : null);
}

// What black and white stand for.
function make_scale(scale) {
  return make(
    "p",
    {class: "scale"},
    make("span", {}, scale.black),
    make("span", {class: "ramp", role: "img", "aria-label": `from black, ${scale.black}, to white, ${scale.white}`}),
    make("span", {}, scale.white)
  );
}

// Images beside each other with their caption and grey scale. `kind` is "made" (few, large), "filters" (many, small) or
// "exemplars".
function make_sheet(sheet, kind, name) {
  const {images, caption, scale} = sheet;
  return make(
    "figure",
    {class: `sheet ${kind}-sheet`},
    caption ? make("figcaption", {}, caption) : null,
    make(
      "div",
      {class: `images ${kind}`},
      ...images.map((image, i) => make_image(image, images.length > 1 ? `${name} ${i + 1} of ${images.length}` : name))
    ),
    scale ? make_scale(scale) : null
  );
}

// The probes, drawn once, and below each what the network says of it. Returns {element, show(predictions)}.
function make_predictions(probes) {
  const element = make_sheet(probes, "exemplars", "sample");
  const labels = [...element.querySelectorAll(".image")].map((figure) => {
    const label = make("figcaption", {class: "prediction"});
    figure.append(label);
    return label;
  });
  element.classList.add("predictions");
  return {
    element,
    show: (predictions) =>
      labels.forEach((label, i) => {
        const {said, share, right} = predictions[i];
        label.classList.toggle("wrong", !right);
        label.replaceChildren(
          make("b", {}, said),
          make("span", {role: "img", "aria-label": right ? "right" : "wrong"}, right ? " ✓" : " ✗"),
          make("small", {}, `${Math.round(100 * share)} %`)
        );
      })
  };
}

function make_samples(samples) {
  return make("div", {class: "samples"}, ...samples.map((text) => make("blockquote", {}, text)));
}

// One row a position: the nearest word, a bar for its cosine with the null as a dashed mark, the runners-up, and
// what the unit does there.
function make_tokens(tokens, null_cosine) {
  const known = Number.isFinite(null_cosine);
  const measured = tokens.some((token) => token.activation !== undefined);
  const share = (cosine) => `${100 * Math.min(Math.max(cosine, 0), 1)}%`;
  const rows = tokens.map((token, i) => {
    const [best, ...others] = token.nearest;
    const within = known && best.cosine <= null_cosine;
    const bar = make("span", {class: within ? "bar within" : "bar"});
    bar.style.width = share(best.cosine);
    const mark = make("span", {class: "null-mark"});
    mark.style.left = share(null_cosine);
    return make(
      "tr",
      {},
      make("th", {scope: "row"}, String(i + 1)),
      make(
        "td",
        {class: "word"},
        make("b", {}, best.token),
        make("small", {}, others.map((other) => `${other.token} ${format(other.cosine)}`).join(", "))
      ),
      make(
        "td",
        {class: "cosine"},
        make("span", {class: "track"}, bar, known ? mark : null),
        make("small", {}, format(best.cosine) + (known ? (within ? ", within the null" : ", above the null") : ""))
      ),
      measured ? make("td", {class: "activation"}, format(token.activation)) : null
    );
  });
  return make(
    "table",
    {class: "tokens"},
    make(
      "thead",
      {},
      make(
        "tr",
        {},
        make("th", {scope: "col"}, "#"),
        make("th", {scope: "col"}, "nearest word, then the next"),
        make("th", {scope: "col"}, known ? `its cosine (dashed: null = ${format(null_cosine)})` : "its cosine"),
        measured ? make("th", {scope: "col", class: "activation"}, "activation") : null
      )
    ),
    make("tbody", {}, ...rows)
  );
}

function make_exemplars(exemplars) {
  if (exemplars.images) return make_sheet(exemplars, "exemplars", "exemplar");
  return make(
    "figure",
    {class: "sheet exemplars-sheet"},
    make("figcaption", {}, exemplars.caption),
    make(
      "ul",
      {class: "texts"},
      ...exemplars.texts.map((text) =>
        make(
          "li",
          {},
          make("span", {class: "context"}, `${text.before} `, make("mark", {}, text.token), ` ${text.after}`),
          make("span", {class: "value"}, format(text.value))
        )
      )
    )
  );
}

function make_snapshot(snapshot, run) {
  const sheets = (snapshot.sheets ?? []).map((sheet) =>
    make_sheet(sheet, sheet.images.length > 4 ? "filters" : "made", sheet.caption ?? "image")
  );
  return make(
    "div",
    {class: "snapshot", "data-step": snapshot.step},
    make(
      "p",
      {class: "caption"},
      make("b", {}, `Step ${format(snapshot.step)}`),
      snapshot.caption ? `: ${snapshot.caption}` : ""
    ),
    sheets.length > 0 ? make("div", {class: "sheets"}, ...sheets) : null,
    snapshot.samples ? make_samples(snapshot.samples) : null,
    snapshot.tokens ? make_tokens(snapshot.tokens, run.null_cosine) : null
  );
}

// All snapshots lie on top of each other in one cell and only one is visible, so the page never jumps. Returns show(k).
function make_snapshots(place, run) {
  const pages = run.snapshots.map((snapshot) => make_snapshot(snapshot, run));
  const predictions = run.probes ? make_predictions(run.probes) : null;
  place.replaceChildren(make("div", {class: "stage"}, ...pages));
  if (predictions) place.append(predictions.element);
  if (run.exemplars) place.append(make_exemplars(run.exemplars));
  return (shown) => {
    pages.forEach((page, k) => page.classList.toggle("shown", k === shown));
    predictions?.show(run.snapshots[shown].predictions);
  };
}
