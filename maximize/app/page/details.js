// What stands below the two columns: the code, the verdicts, the settings, the command.

// The text of a call, with every occurrence of the moving part marked.
function make_code(title, text, moving) {
  const parts = moving ? text.split(moving) : [text];
  const pieces = parts.flatMap((part, i) =>
    i === 0 ? [part] : [make("mark", {class: "moves", title: "this moves"}, moving), part]
  );
  return make(
    "figure",
    {class: "code"},
    make("figcaption", {}, title),
    make("pre", {tabindex: 0, "aria-label": `Code: ${title}`}, ...pieces)
  );
}

// The two calls of the model whose tab is open.
function show_code(code) {
  document.getElementById("code-file").textContent = code.file;
  document
    .getElementById("code")
    .replaceChildren(
      make_code("Normal training", code.training, code.moving.training),
      make_code("Reverse optimization", code.maximization, code.moving.maximization)
    );
}

function show_details(meta) {
  const verdicts = meta.verdicts ?? [];
  document.getElementById("verdicts").hidden = verdicts.length === 0;
  document
    .querySelector("#verdicts tbody")
    .append(
      ...verdicts.map((v) =>
        make(
          "tr",
          {},
          make("td", {"data-label": "Claim"}, v.claim),
          make("td", {"data-label": "Threshold"}, v.threshold),
          make("td", {"data-label": "Measured"}, v.measured),
          make("td", {"data-label": "Null"}, v.null ?? ""),
          make(
            "td",
            {"data-label": "Verdict"},
            make("strong", {class: `verdict ${v.verdict.toLowerCase()}`}, v.verdict)
          )
        )
      )
    );
  const settings = [
    {name: "seed", value: meta.seed},
    {name: "threads (the result does not depend on them)", value: meta.threads},
    {name: "seconds it took", value: meta.seconds},
    ...meta.settings
  ];
  document
    .querySelector("#settings tbody")
    .append(
      ...settings.map((setting) =>
        make("tr", {}, make("th", {scope: "row"}, setting.name), make("td", {}, String(setting.value)))
      )
    );
  document.getElementById("command").textContent = meta.command;
  document.getElementById("footer").textContent =
    `Made by Gradus ${meta.version}. This file needs no network: it holds everything that it shows.`;
}
