// What a run looked like at chosen steps: pictures, generated text, or embeddings with their nearest words.

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

// `kind` is "filters" (many, small), "made" (the images being made) or "exemplars".
function make_images(images, kind, name) {
  return make(
    "div",
    {class: `images ${kind} ${images.length === 1 ? "one" : images.length > 16 ? "many" : ""}`},
    ...images.map((image, i) => make_image(image, `${name} ${i + 1} of ${images.length}`))
  );
}

function make_samples(samples) {
  return make("div", {class: "samples"}, ...samples.map((text) => make("blockquote", {}, text)));
}

// One row a position: the nearest word, a bar for its cosine with the null as a dashed mark, and the runners-up.
function make_tokens(tokens, null_cosine) {
  const known = Number.isFinite(null_cosine);
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
      )
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
        make("th", {scope: "col"}, known ? `its cosine (dashed: null ${format(null_cosine)})` : "its cosine")
      )
    ),
    make("tbody", {}, ...rows)
  );
}

function make_exemplars(exemplars) {
  const content = exemplars.images
    ? make_images(exemplars.images, "exemplars", "exemplar")
    : make(
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
      );
  return make("figure", {class: "exemplars-figure"}, make("figcaption", {}, exemplars.caption), content);
}

// All snapshots lie on top of each other in one cell and only one is visible, so the page never jumps. Returns show(k).
function make_snapshots(place, run) {
  const pages = run.snapshots.map((snapshot) => {
    const content = snapshot.images
      ? make_images(snapshot.images, snapshot.images.length > 4 ? "filters" : "made", "image")
      : snapshot.tokens
        ? make_tokens(snapshot.tokens, run.null_cosine)
        : make_samples(snapshot.samples);
    return make(
      "div",
      {class: "snapshot", "data-step": snapshot.step},
      make(
        "p",
        {class: "caption"},
        make("b", {}, `Step ${format(snapshot.step)}`),
        snapshot.caption ? `: ${snapshot.caption}` : ""
      ),
      content
    );
  });
  place.replaceChildren(make("div", {class: "stage"}, ...pages));
  if (run.exemplars) place.append(make_exemplars(run.exemplars));
  return (shown) => pages.forEach((page, k) => page.classList.toggle("shown", k === shown));
}
