
"use strict";
const main = document.querySelector("main");
const hidden = new Set();

// Curves: a click on a key hides them; the pointer over a chart reads them.
function key(button) {
  return button.closest("section").dataset.env + "\n" + button.dataset.label;
}
function applyHidden() {
  for (const button of main.querySelectorAll(".key")) {
    const off = hidden.has(key(button));
    button.setAttribute("aria-pressed", String(!off));
    for (const curve of button.closest("section").querySelectorAll(".curve")) {
      if (curve.dataset.label === button.dataset.label) curve.classList.toggle("off", off);
    }
  }
}
function short(value) {
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-4 || size >= 1e7) ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}
function points(shape) {
  return shape.getAttribute("points").split(" ").map((pair) => pair.split(",").map(Number));
}
function read(chart, share) {
  const svg = chart.querySelector("svg"), [left, right, low, high] = chart.dataset.ends.split(" ").map(Number);
  const width = svg.viewBox.baseVal.width, height = svg.viewBox.baseVal.height;
  const value = (y) => short(low + (1 - y / height) * (high - low));
  const output = chart.querySelector("output");
  output.replaceChildren();
  let step = null;
  for (const curve of svg.querySelectorAll(".curve:not(.off)")) {
    const line = points(curve.querySelector("polyline"));
    let index = 0;
    line.forEach((point, i) => { if (Math.abs(point[0] - share * width) < Math.abs(line[index][0] - share * width)) index = i; });
    step ??= line[index][0];
    const band = curve.querySelector("polygon"), name = document.createElement("b");
    let text = value(line[index][1]);
    if (band) {
      const edge = points(band);
      text += " (" + value(edge[edge.length - 1 - index][1]) + " to " + value(edge[index][1]) + ")";
    }
    name.className = curve.classList[1];
    name.textContent = curve.dataset.label;
    output.append(name, " " + text + "  ");
  }
  if (step === null) return;
  output.prepend("step " + Math.round(left + (step / width) * (right - left)) + ": ");
  let at = svg.querySelector(".at");
  if (!at) {
    at = document.createElementNS("http://www.w3.org/2000/svg", "line");
    at.setAttribute("class", "at");
    svg.append(at);
  }
  for (const [name, to] of [["x1", step], ["x2", step], ["y1", 0], ["y2", height]]) at.setAttribute(name, to);
}
main.addEventListener("pointermove", (event) => {
  const svg = event.target.closest(".plot svg");
  if (!svg) return;
  const box = svg.getBoundingClientRect();
  read(svg.closest(".chart"), (event.clientX - box.left) / box.width);
});
main.addEventListener("pointerout", (event) => {
  const svg = event.target.closest(".plot svg");
  if (!svg || svg.contains(event.relatedTarget)) return;
  svg.querySelector(".at")?.remove();
  svg.closest(".chart").querySelector("output").replaceChildren();
});

// Pictures: every shape takes its numbers from the frame, in order.
const playing = new Map();
function show(scene, frame) {
  const numbers = scene.dataset.frames.split(";")[frame].split(" ");
  let next = 0;
  for (const shape of scene.querySelectorAll(".stage > g > line, .stage > g > circle")) {
    for (const name of shape.tagName === "line" ? ["x1", "y1", "x2", "y2"] : ["cx", "cy"]) shape.setAttribute(name, numbers[next++]);
  }
  scene.querySelector("input").value = frame;
  scene.querySelector("output").textContent = "step " + frame;
}
function stop(scene) {
  clearInterval(playing.get(scene));
  playing.delete(scene);
  scene.querySelector("button").textContent = "Play";
}
function play(scene) {
  const slider = scene.querySelector("input"), last = Number(slider.max), rate = Number(scene.dataset.rate);
  // A screen shows no more than some frames in a second: of fast environments every second, third, ... one.
  const stride = Math.max(1, Math.round(rate / 50));
  scene.querySelector("button").textContent = "Pause";
  playing.set(scene, setInterval(() => {
    const frame = Number(slider.value);
    show(scene, frame >= last ? 0 : Math.min(last, frame + stride));
  }, (1000 * stride) / rate));
}
main.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.matches(".key")) {
    const name = key(button);
    if (!hidden.delete(name)) hidden.add(name);
    applyHidden();
  } else {
    const scene = button.closest(".scene");
    if (playing.has(scene)) stop(scene); else play(scene);
  }
});
main.addEventListener("input", (event) => {
  const scene = event.target.closest(".scene");
  stop(scene);
  show(scene, Number(event.target.value));
});

// Live: what changed is put in place, what the reader did stays.
async function refresh() {
  let stale = document.querySelector(".stale");
  try {
    const answer = await fetch("content");
    if (!answer.ok) throw new Error(answer.status);
    const text = await answer.text();
    stale?.remove();
    if (text === refresh.last) return;
    refresh.last = text;
    const next = document.createElement("main");
    next.innerHTML = text;
    for (const fresh of next.querySelectorAll("details")) {
      const old = [...main.querySelectorAll("details")].find((old) => old.dataset.keep === fresh.dataset.keep);
      if (old) fresh.open = old.open;
    }
    const scenes = [...main.querySelectorAll(".scene")];
    for (const fresh of next.querySelectorAll(".scene")) {
      const old = scenes.find((old) => old.dataset.frames === fresh.dataset.frames);
      if (old) fresh.replaceWith(old);
    }
    main.replaceChildren(...next.childNodes);
    for (const scene of playing.keys()) if (!scene.isConnected) stop(scene);
    applyHidden();
  } catch (error) {
    if (stale) return;
    stale = document.createElement("p");
    stale.className = "stale";
    stale.textContent = "meed watch has ended: this is how things stood then.";
    main.before(stale);
  }
}
if (main.dataset.live !== undefined) setInterval(refresh, 2000);
