// Charts that can be pointed at, in place of the drawings that are there without this.
"use strict";

const root = document.documentElement;
const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();
const day = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 10);
const DASHES = [[], [8, 3], [2, 3], [10, 3, 2, 3], [4, 4], [14, 4]];

// As the tables of the page have them.
const digits = (value) => {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 1e-4 || size >= 1e9) return value.toExponential(2);
  const decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : size >= 0.01 ? 4 : 5;
  return value.toFixed(decimals);
};
const signed = (value, isShare) => (value > 0 ? "+" : "") + (isShare ? `${digits(100 * value)} %` : digits(value));
const tick = (value, isShare) => {
  const number = isShare ? 100 * value : value;
  return (value > 0 ? "+" : "") + Number(number.toPrecision(3)) + (isShare ? " %" : "");
};

const axes = (values, size) => {
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--rule"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
  return [
    { ...axis, values: (_, days) => days.map(day), space: 90 },
    { ...axis, values, size },
  ];
};

// Where there is no end of an interval, the band reaches the edge.
const effect = (chart) => {
  const [from, to] = chart.range;
  const room = 0.06 * (to - from) || 1;
  const edge = [from - room, to + room];
  const within = (values, none) => values.map((value) => Math.min(Math.max(value ?? none, edge[0]), edge[1]));
  const line = colour("--open");
  return {
    data: [chart.days, chart.effect.map((value) => Math.min(Math.max(value, edge[0]), edge[1])), within(chart.lower, edge[0]), within(chart.upper, edge[1])],
    options: {
      scales: { x: { time: true }, y: { range: edge } },
      axes: axes((_, values) => values.map((value) => tick(value, chart.is_share)), 70),
      series: [{}, { stroke: line, width: 2, points: { show: false } }, { stroke: "transparent", points: { show: false } }, { stroke: "transparent", points: { show: false } }],
      bands: [{ series: [3, 2], fill: colour("--band") }],
      hooks: { drawAxes: [zero] },
    },
    told: (at) => {
      const lower = chart.lower[at];
      const upper = chart.upper[at];
      const end = (value) => signed(value, chart.is_share);
      const where = lower === null && upper === null ? "anything"
        : lower === null ? `at most ${end(upper)}`
        : upper === null ? `at least ${end(lower)}`
        : `${end(lower)} to ${end(upper)}`;
      return `up to ${day(chart.days[at])}: ${end(chart.effect[at])}, ${where}`;
    },
  };
};

const zero = (plot) => {
  const y = Math.round(plot.valToPos(0, "y", true));
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour("--ink");
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
};

const units = (chart) => ({
  data: [chart.days, ...chart.variants.map((of) => of.units)],
  options: {
    scales: { x: { time: true }, y: { range: (_, least, most) => [Math.min(0, least), Math.max(1, most * 1.06)] } },
    axes: axes((_, values) => values.map((value) => value.toLocaleString("en")), 70),
    series: [{}, ...chart.variants.map((_, at) => ({
      stroke: colour(`--v${at % DASHES.length}`), width: 2, dash: DASHES[at % DASHES.length], points: { show: false },
    }))],
  },
  told: (at) => `${day(chart.days[at])}: ${chart.variants.map((of) => `${of.name} ${of.units[at].toLocaleString("en")}`).join(", ")}`,
});

const KINDS = { effect, units };

const draw = (figure) => {
  const chart = JSON.parse(figure.dataset.chart);
  const svg = figure.querySelector("svg");
  figure.querySelector(".interactive")?.remove();
  const place = document.createElement("div");
  place.className = "interactive";
  const picture = document.createElement("div");
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", svg.getAttribute("aria-label"));
  const readout = document.createElement("p");
  readout.className = "readout";
  readout.setAttribute("aria-hidden", "true");
  place.append(picture, readout);
  figure.prepend(place);
  const { data, options, told } = KINDS[chart.kind](chart);
  const hint = "Point at a day to read it; drag to look closer, click twice to look at all of it.";
  readout.textContent = hint;
  const plot = new uPlot({
    ...options,
    width: figure.clientWidth,
    height: chart.kind === "effect" ? 240 : 200,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    hooks: {
      ...options.hooks,
      setCursor: [(of) => { readout.textContent = Number.isInteger(of.cursor.idx) ? told(of.cursor.idx) : hint; }],
    },
  }, data, picture);
  // Shown to nobody and read by nobody: the other one says the same.
  svg.classList.add("is-replaced");
  return () => plot.setSize({ width: figure.clientWidth, height: plot.height });
};

const figures = [...document.querySelectorAll("figure.chart")];
let sizes = [];
// What is folded away has no width yet.
const all = () => { sizes = figures.filter((figure) => figure.clientWidth > 0).map(draw); };
all();
addEventListener("resize", () => sizes.forEach((size) => size()));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
for (const details of document.querySelectorAll("details")) {
  details.addEventListener("toggle", () => {
    if (details.open) {
      sizes.push(...figures.filter((figure) => details.contains(figure) && !figure.querySelector(".interactive")).map(draw));
    }
  });
}
