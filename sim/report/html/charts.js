'use strict';
/* Drawing. Every function takes numbers and texts and owns one canvas. */

const PALETTE = ['#3b78d8', '#e08a2c', '#3c9d5d', '#b65fc4', '#d1495b', '#2aa3a8', '#8a6d3b', '#7a869a', '#c2a61c', '#5a52c9', '#d67ab1', '#4f7f3f'];
const BOUND_COLOURS = {matrix: '#3b78d8', vector: '#3c9d5d', dram: '#e08a2c', latency: '#7a869a'};
const CAUSE_COLOURS = {busy: '#3b78d8', fill: '#2aa3a8', drain: '#8cc5c8', operands: '#e0a458', output_space: '#c2a61c', bank: '#b65fc4', dram: '#d1495b',
  contention: '#8c2f5e', dependency: '#8a6d3b', dispatch: '#6c63d6', refresh: '#d67ab1', row: '#e08a2c', turnaround: '#f0c27b', idle: '#aeb6c4'};
const charts = {};

function causeColour(cause, i) { return CAUSE_COLOURS[cause] || PALETTE[i % PALETTE.length]; }

function css(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

function draw(id, config) {
  if (charts[id]) charts[id].destroy();
  const options = config.options || {};
  const ink = css('--soft'), line = css('--line');
  for (const scale of Object.values(options.scales || {})) {
    scale.ticks = {color: ink, ...scale.ticks};
    scale.grid = {color: line, borderColor: line, ...scale.grid};
    if (scale.title) scale.title = {display: true, color: ink, ...scale.title};
  }
  options.plugins = {...options.plugins};
  options.plugins.legend = {labels: {color: ink, boxWidth: 12, usePointStyle: false}, ...options.plugins.legend};
  charts[id] = new Chart(document.getElementById(id), {...config, options: {animation: false, responsive: true, maintainAspectRatio: false, ...options}});
  return charts[id];
}

/* series: [{label, colour, points: [{x, y, row}]}]; front: [{x, y}] in order of x. */
function drawPareto(series, front, options) {
  const radius = options.count > 2000 ? 2 : options.count > 300 ? 3 : 5;
  const datasets = series.map((s) => ({label: s.label, data: s.points, backgroundColor: s.colour + 'cc', borderColor: s.colour, pointRadius: radius, pointHoverRadius: radius + 3,
    parsing: false, normalized: false}));
  datasets.push({label: 'Pareto set', type: 'line', data: front, borderColor: css('--mark'), borderWidth: 1.5, borderDash: [5, 4], pointRadius: 0, pointHitRadius: 0, parsing: false, stepped: options.stepped, order: 1});
  const axis = (name, log) => ({type: log ? 'logarithmic' : 'linear', title: {text: name}});
  return draw('pareto', {type: 'scatter', data: {datasets}, options: {
    scales: {x: axis(options.x, options.xLog), y: axis(options.y, options.yLog)},
    interaction: {mode: 'nearest', intersect: true},
    onClick: (event, hits) => { const hit = hits.find((h) => h.datasetIndex < series.length); if (hit) options.onSelect(series[hit.datasetIndex].points[hit.index].row); },
    plugins: {tooltip: {filter: (item) => item.datasetIndex < series.length, callbacks: {label: (item) => options.describe(item.raw.row)}},
      legend: {display: series.length <= 12}}}});
}

/* A bar per row of a table, which may be long. rows: [{name, values}], stacks: [{label, colour}]. */
function drawRows(id, rows, stacks, axis) {
  const percent = (item) => (rows[item.dataIndex].total > 0 ? ` (${(100 * item.raw / rows[item.dataIndex].total).toFixed(1)} %)` : '');
  return draw(id, {type: 'bar', data: {labels: rows.map((r) => r.name), datasets: stacks.map((s, i) => ({label: s.label, data: rows.map((r) => r.values[i]), backgroundColor: s.colour, hoverBackgroundColor: s.colour, maxBarThickness: 18}))},
    options: {indexAxis: 'y', interaction: {mode: 'index', axis: 'y', intersect: false},
      scales: {x: {stacked: true, position: rows.length > 30 ? 'top' : 'bottom', title: {text: axis}}, y: {stacked: true, ticks: {autoSkip: false}, grid: {display: false}}},
      plugins: {legend: {display: false}, tooltip: {filter: (item) => item.raw > 0, callbacks: {label: (item) => `${item.dataset.label}: ${show(item.raw)}${percent(item)}`,
        footer: (items) => (items.length ? `${show(rows[items[0].dataIndex].total)} cycles` : '')}}}}});
}

/* Shows the tooltip of a row as if the pointer were there. */
function pointAtRow(id, row) {
  const chart = charts[id], active = chart.data.datasets.map((d, datasetIndex) => ({datasetIndex, index: row})).filter((e) => chart.data.datasets[e.datasetIndex].data[row] > 0);
  const bar = active.length ? chart.getDatasetMeta(active[active.length - 1].datasetIndex).data[row] : {x: 0, y: 0};
  chart.setActiveElements(active);
  chart.tooltip.setActiveElements(active, {x: bar.x, y: bar.y});
  chart.update();
}

/* rows: labels; stacks: [{label, colour, values}] */
function drawStacks(id, rows, stacks, axis, options = {}) {
  return draw(id, {type: 'bar', data: {labels: rows, datasets: stacks.map((s) => ({label: s.label, data: s.values, backgroundColor: s.colour}))},
    options: {indexAxis: 'y', scales: {x: {stacked: true, title: {text: axis}, ...options.x}, y: {stacked: true, ticks: {autoSkip: false}}},
      plugins: {tooltip: {callbacks: {label: (item) => `${item.dataset.label}: ${show(item.raw)}`}}}}});
}

function drawRoofline(points, roof) {
  return draw('roofline', {type: 'scatter', data: {datasets: [
    {label: 'chain of operations', data: points, backgroundColor: PALETTE[0] + 'cc', pointRadius: 4, parsing: false},
    ...(roof.length ? [{label: 'roof', type: 'line', data: roof, borderColor: PALETTE[4], borderWidth: 2, pointRadius: 0, pointHitRadius: 0, parsing: false}] : [])]},
  options: {scales: {x: {type: 'logarithmic', title: {text: 'operations per DRAM byte'}}, y: {type: 'logarithmic', title: {text: 'GOP/s'}}},
    plugins: {tooltip: {callbacks: {label: (item) => `${item.raw.name || ''}: ${show(item.raw.y)} GOP/s at ${show(item.raw.x)} OP/B`}}}}});
}
