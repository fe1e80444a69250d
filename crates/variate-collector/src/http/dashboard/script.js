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

// Whole days from the last one back; the year where there are several.
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY = 86_400;
const STEPS = [1, 2, 7, 14, 28, 56, 112, 224, 448, 896, 1_792, 3_584].map((days) => days * DAY);
const splits = (plot, _, from, to, step) => {
  const all = plot.data[0];
  const ticks = [];
  for (let at = all[all.length - 1]; at >= from; at -= step) {
    if (at <= to) ticks.unshift(at);
  }
  return ticks;
};
const names = (plot, days) => {
  const dates = plot.data[0].map((seconds) => new Date(seconds * 1000));
  const isOneYear = dates[0].getUTCFullYear() === dates[dates.length - 1].getUTCFullYear();
  return days.map((seconds) => {
    const date = new Date(seconds * 1000);
    return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}${isOneYear ? "" : ` ${date.getUTCFullYear()}`}`;
  });
};

const axes = (values, size) => {
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--rule"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
  return [
    { ...axis, values: names, splits, incrs: STEPS, space: 90 },
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

const units = (chart) => {
  const last = chart.days.length - 1;
  const isOpen = (at) => chart.ends_today && at === last;
  const split = (wanted) => chart.variants.map((of) => of.units.map((units, at) => (wanted(at) ? units : null)));
  const look = (at) => ({ stroke: colour(`--v${at % DASHES.length}`), width: 2 });
  const isOneDay = last - (chart.ends_today ? 1 : 0) < 1;
  return {
    data: [chart.days, ...split((at) => !isOpen(at)), ...split(isOpen)],
    options: {
      scales: { x: { time: true }, y: { range: (_, least, most) => [Math.min(0, least), Math.max(1, most * 1.06)] } },
      axes: axes((_, values) => values.map((value) => value.toLocaleString("en")), 70),
      series: [
        {},
        ...chart.variants.map((_, at) => ({ ...look(at), dash: DASHES[at % DASHES.length], points: { show: isOneDay, size: 7, fill: look(at).stroke } })),
        // Today is apart: it would look like a fall.
        ...chart.variants.map((_, at) => ({ ...look(at), paths: () => null, points: { show: true, size: 9, width: 2, fill: colour("--paper") } })),
      ],
    },
    told: (at) => `${day(chart.days[at])}${isOpen(at) ? ", so far" : ""}: ${chart.variants.map((of) => `${of.name} ${of.units[at].toLocaleString("en")}`).join(", ")}`,
  };
};

const KINDS = { effect, units };

const draw = (figure) => {
  const chart = JSON.parse(figure.dataset.chart);
  const svg = figure.querySelector("svg");
  const drawing = figure.querySelector(".drawing");
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
    // The last day's name stands halfway beyond it.
    padding: [null, 40, null, null],
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    hooks: {
      ...options.hooks,
      setCursor: [(of) => { readout.textContent = Number.isInteger(of.cursor.idx) ? told(of.cursor.idx) : hint; }],
    },
  }, data, picture);
  // Shown to nobody and read by nobody: the other one says the same.
  drawing.classList.add("is-replaced");
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
