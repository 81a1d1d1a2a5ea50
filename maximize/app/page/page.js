// The page that `gradus demo` writes. index.html has three places, marked STYLE, SCRIPT and DATA, that the program
// fills with page.css, with the script files joined in the order dom, charts, tape, snapshots, details, page, and with
// the data.
//
// The data, one JSON object. A `<` in it is written \u003c. What has a ? may be missing. A number that is not finite is
// null.
//   title     {heading, sentence}
//   meta      {command, seed, threads, seconds, version, settings: [{name, value}],  text or numbers, shown as they are
//              verdicts?: [{claim, threshold, measured, null?, verdict: "HOLDS" | "FAILS" | "UNDECIDED"}]}    all text
//   frames    [{model: "cnn" | "gpt", heading, text, code, training, maximization, tape}]
//     code          {file, training, maximization, moving: {training, maximization}}     moving: what is marked in it
//     training      a run: the weights move, the data are locked
//     maximization  a run: the input moves, the weights are locked; with
//       unit        "conv2.relu:5"
//       null_cosine?  the best cosine of a random direction; stands beside the tokens of the snapshots
//     tape          {svg, gradient_note}     svg: as maximize/report/tape_drawing.h draws it, without colours
//   A run     {moving: leaf, locked: leaf, quantity: "loss (nats)", steps: [n], values: [x], lines: [{label, value}],
//              snapshots: [...], result, scores?: [{label, value}],
//              probes?: sheet,  exemplars?: sheet  or  {caption, texts: [{before, token, after, value}]}}
//             steps increase; steps and values have the same length; the first snapshot is at the first step;
//             both runs of a frame end at the same step
//   A snapshot  {step, caption, hash?, and some of
//                predictions: [{said, share, right}]       one for each of the run's probes
//                sheets: [sheet],  samples: ["text"],  tokens: [{nearest: [{token, cosine}], activation?}]}
//             hash: that of the moving leaf at that step; nearest: the best first
//   A sheet   {images: [image], caption?, scale?: {black, white}}  scale: what the two stand for; more than 4 images are
//             drawn small
//   A leaf    {name, hash_before, hash_after}     name: a few words ("batches of 64 digits"); hashes as text
//   An image  {w, h, data: base64 of w * h grey bytes, row by row, caption?}
//
// The address may carry a state: #gpt&t=0.5&dark opens the GPT half way in dark colours (also cnn, light).

// One run in its column. Returns show(t), which shows the run at the fraction t of its
// steps and returns {step, last, value, quantity, hash} of that moment.
function make_run(column, run) {
  const chart = new Chart(column.querySelector(".chart"), run);
  const show_snapshot = make_snapshots(column.querySelector(".snapshots"), run);
  const reading = column.querySelector(".reading");
  const first = run.steps[0];
  const last = run.steps[run.steps.length - 1];
  column.querySelector(".result").textContent = run.result;
  return (t) => {
    const i = last_at_or_before(run.steps, first + t * (last - first));
    const step = run.steps[i];
    const k = last_at_or_before(
      run.snapshots.map((snapshot) => snapshot.step),
      step
    );
    chart.show(step);
    show_snapshot(k);
    reading.replaceChildren(
      "step ",
      make("b", {}, format(step)),
      ` of ${format(last)} · ${run.quantity} `,
      make("b", {}, format(run.values[i]))
    );
    column.dataset.step = step;
    column.dataset.last = last;
    column.dataset.snapshot = run.snapshots[k].step;
    const hash = step === first ? run.moving.hash_before : step === last ? run.moving.hash_after : (run.snapshots[k].hash ?? null);
    return {step, last, value: format(run.values[i]), quantity: run.quantity, hash};
  };
}

function moves_and_locked(moving, locked) {
  return [
    make("span", {class: "moves"}, icon("move"), moving),
    " ",
    make("span", {class: "locked"}, icon("lock"), locked)
  ];
}

// One model: its two columns and the tape between them. Returns {element, show(t)}.
function make_frame(frame) {
  const element = document.getElementById("frame-template").content.firstElementChild.cloneNode(true);
  const training = element.querySelector(".training");
  const maximization = element.querySelector(".maximization");
  element.id = `frame-${frame.model}`;
  element.setAttribute("aria-labelledby", `tab-${frame.model}`);
  element.querySelector("h2").textContent = frame.heading;
  element.querySelector(".frame-text").textContent = frame.text;
  training.querySelector(".what").append(...moves_and_locked("the weights move", "the data is locked"));
  maximization.querySelector(".what").append(...moves_and_locked("the input moves", "the weights are locked"));
  maximization.querySelector("h3").append(" of ", make("code", {}, frame.maximization.unit));
  element.querySelector("figcaption").textContent = frame.tape.gradient_note;
  const show_tape = make_tape(element.querySelector(".drawing"), frame);
  const show_training = make_run(training, frame.training);
  const show_maximization = make_run(maximization, frame.maximization);
  return {
    element,
    show(t) {
      const now = {training: show_training(t), maximization: show_maximization(t)};
      show_tape({training: now.training.hash, maximization: now.maximization.hash});
      return now;
    }
  };
}

// The tabs, one a frame, with the keys that tabs have: arrows, Home, End.
function make_tabs(frames, select) {
  const tabs = frames.map((frame, i) => {
    const tab = make(
      "button",
      {type: "button", role: "tab", id: `tab-${frame.model}`, "aria-controls": `frame-${frame.model}`},
      frame.model.toUpperCase()
    );
    tab.addEventListener("click", () => select(i));
    return tab;
  });
  const list = document.getElementById("tabs");
  list.append(...tabs);
  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(document.activeElement);
    const next = {ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: tabs.length - 1}[event.key];
    if (next === undefined) return;
    event.preventDefault();
    select((next + tabs.length) % tabs.length);
    tabs[(next + tabs.length) % tabs.length].focus();
  });
  return (selected) =>
    tabs.forEach((tab, i) => {
      tab.setAttribute("aria-selected", i === selected);
      tab.tabIndex = i === selected ? 0 : -1;
    });
}

// The play button moves the slider: smoothly, or in ten jumps for a reader who asked for less motion.
function make_player(slider, show) {
  const button = document.getElementById("play");
  const seconds = 9;
  let timer = 0;
  const label = () => {
    button.setAttribute("aria-label", timer ? "Pause" : "Play");
    button.replaceChildren(icon(timer ? "pause" : "play"));
  };
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    label();
  };
  label();
  button.addEventListener("click", () => {
    if (timer) return stop();
    const jumps = matchMedia("(prefers-reduced-motion: reduce)").matches ? 10 : 200;
    if (Number(slider.value) >= 1000) show(0);
    timer = setInterval(
      () => {
        show(Math.min(1, slider.value / 1000 + 1 / jumps));
        if (Number(slider.value) >= 1000) stop();
      },
      (1000 * seconds) / jumps
    );
    label();
  });
  return stop;
}

function make_theme_button() {
  const button = document.getElementById("theme");
  const preferred = matchMedia("(prefers-color-scheme: dark)");
  const is_dark = () => (document.documentElement.dataset.theme ?? (preferred.matches ? "dark" : "light")) === "dark";
  const label = () => {
    button.querySelector("span").textContent = is_dark() ? "Light" : "Dark";
  };
  const set = (theme) => {
    document.documentElement.dataset.theme = theme;
    label();
  };
  button.addEventListener("click", () => set(is_dark() ? "light" : "dark"));
  preferred.addEventListener("change", label);
  label();
  return set;
}

function start() {
  const data = JSON.parse(document.getElementById("data").textContent);
  document.title = document.getElementById("heading").textContent = data.title.heading;
  document.getElementById("sentence").textContent = data.title.sentence;
  const frames = data.frames.map(make_frame);
  document.getElementById("frames").append(...frames.map((frame) => frame.element));
  const slider = document.getElementById("time");
  let selected = 0;

  const show = (t) => {
    slider.value = Math.round(1000 * t);
    slider.style.setProperty("--t", t);
    const now = frames[selected].show(t);
    const words = (run) => `${run.quantity} ${run.value} at step ${format(run.step)} of ${format(run.last)}`;
    for (const side of ["training", "maximization"]) {
      document
        .getElementById(`now-${side}`)
        .replaceChildren(
          make("span", {}, now[side].quantity.replace(/ \(.*/, "")),
          " ",
          make("b", {}, now[side].value),
          make("small", {}, `step ${format(now[side].step)} / ${format(now[side].last)}`)
        );
    }
    slider.setAttribute("aria-valuetext", `training: ${words(now.training)}; maximization: ${words(now.maximization)}`);
  };
  const select = (i) => {
    selected = i;
    select_tab(i);
    show_code(data.frames[i].code);
    frames.forEach((frame, k) => {
      frame.element.hidden = k !== i;
    });
    show(slider.value / 1000);
  };
  const select_tab = make_tabs(data.frames, select);
  const stop = make_player(slider, show);
  const set_theme = make_theme_button();
  slider.addEventListener("input", () => {
    stop();
    show(slider.value / 1000);
  });

  show_details(data.meta);
  const read_address = () => {
    const state = new URLSearchParams(location.hash.slice(1));
    for (const theme of ["dark", "light"]) if (state.has(theme)) set_theme(theme);
    const t = Number(state.get("t") ?? NaN);
    if (t >= 0 && t <= 1) slider.value = 1000 * t;
    select(
      Math.max(
        0,
        data.frames.findIndex((frame) => state.has(frame.model))
      )
    );
  };
  addEventListener("hashchange", read_address);
  read_address();
}

try {
  start();
} catch (error) {
  const failure = document.getElementById("failure");
  failure.textContent = `This page's data could not be shown: ${error.message}`;
  failure.hidden = false;
  throw error;
}
