'use strict';
/* The page: state, controls, tables. All texts go into text nodes; no markup is ever made from data. */

const $ = (id) => document.getElementById(id);
const data = JSON.parse($('data').textContent);
const sweeps = data.sweeps.map((s) => new Sweep(s));
const runs = data.runs.map((r) => new Run(r));
const state = {sweep: sweeps[0], selected: [], filters: [], chips: new Map(), sort: null, down: false, shown: 100, cursor: -1, hidden: new Set(), row: -1};
const MOST_BARS = 100;

function element(tag, text, attributes = {}) {
  const e = document.createElement(tag);
  if (text !== null && text !== undefined) e.textContent = text;
  for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
  return e;
}

function fillSelect(select, values, chosen) {
  select.replaceChildren(...values.map((v) => element('option', v.label || v, {value: v.value !== undefined ? v.value : v})));
  if (chosen !== undefined) select.value = chosen;
}

/* head: [{text, number, onSort, sorted}], rows: [{cells: [value], number flags from head, className, onSelect}] */
function fillTable(table, head, rows) {
  const thead = element('thead'), tr = element('tr'), tbody = element('tbody');
  for (const h of head) {
    const th = element('th', h.onSort ? null : h.text, {scope: 'col', class: h.number ? 'number' : ''});
    if (h.onSort) {
      const button = element('button', h.text + (h.sorted ? (h.sorted === 'descending' ? ' ▾' : ' ▴') : ''), {type: 'button'});
      button.addEventListener('click', h.onSort);
      th.setAttribute('aria-sort', h.sorted || 'none');
      th.append(button);
    }
    tr.append(th);
  }
  thead.append(tr);
  for (const row of rows) {
    const line = element('tr', null, {class: row.className || ''});
    row.cells.forEach((cell, i) => line.append(element('td', show(cell), {class: (head[i].number ? 'number ' : '') + (head[i].message ? 'message' : '')})));
    if (row.onSelect) {
      line.tabIndex = 0;
      line.addEventListener('click', row.onSelect);
      line.addEventListener('keydown', (event) => { if (event.key === 'Enter') row.onSelect(); });
    }
    tbody.append(line);
  }
  table.replaceChildren(thead, tbody);
}

/* --- design space --- */

function visibleRows() {
  const sweep = state.sweep;
  return sweep.rows.filter((row) => !row.excluded && state.filters.every((f) => f(row)) &&
    [...state.chips].every(([name, values]) => values.size === 0 || values.has(String(sweep.value(row, name)))));
}

function describe(row) {
  const sweep = state.sweep;
  return [...sweep.varying.filter((n) => n !== 'status').slice(0, 12), $('x').value, $('y').value].map((name) => `${name}: ${show(sweep.value(row, name))}`);
}

function select(row) {
  const run = runs.findIndex((r) => r.hash === row.hash);
  state.cursor = row.index;
  $('point').textContent = describe(row).join(' · ') + (row.message ? ' · ' + row.message : '') + (run < 0 ? ' · its operations are in the results file only' : '');
  if (run >= 0) {
    state.selected = [run, ...state.selected.filter((s) => s !== run)].slice(0, 6);
    $('run').value = run;
  }
  drawRuns();
  markSelected();
}

function markSelected() {
  for (const tr of $('points').querySelectorAll('tbody tr')) tr.classList.toggle('selected', Number(tr.dataset.index) === state.cursor);
}

function makeChips() {
  const sweep = state.sweep;
  state.chips = new Map();
  $('chips').replaceChildren();
  for (const name of sweep.varying) {
    const values = [...new Set(sweep.rows.map((r) => String(sweep.value(r, name))))].sort(compareValues);
    if (values.length > 16) continue;
    const group = element('div', null, {role: 'group', 'aria-label': name}), chosen = new Set();
    state.chips.set(name, chosen);
    group.append(element('span', name));
    for (const value of values) {
      const button = element('button', value, {type: 'button', 'aria-pressed': 'false'});
      button.addEventListener('click', () => {
        if (!chosen.delete(value)) chosen.add(value);
        button.setAttribute('aria-pressed', String(chosen.has(value)));
        state.shown = 100;
        drawSweep();
      });
      group.append(button);
    }
    $('chips').append(group);
  }
}

function readFilter() {
  try {
    state.filters = parseFilter($('filter').value, state.sweep);
    $('filter-help').textContent = '';
    $('filter').removeAttribute('aria-invalid');
  } catch (error) {
    $('filter-help').textContent = error.message;
    $('filter').setAttribute('aria-invalid', 'true');
  }
}

function drawSweep() {
  const sweep = state.sweep, x = $('x').value, y = $('y').value, colour = $('colour').value;
  const rows = visibleRows(), usable = rows.filter((r) => Number.isFinite(quantity(sweep.value(r, x))) && Number.isFinite(quantity(sweep.value(r, y))));
  const point = (row) => ({x: quantity(sweep.value(row, x)), y: quantity(sweep.value(row, y)), row});
  const labels = [...new Set(usable.map((r) => (colour ? String(sweep.value(r, colour)) : 'points')))].sort(compareValues);
  const groups = new Map(labels.map((label) => [label, []]));
  usable.forEach((r) => groups.get(colour ? String(sweep.value(r, colour)) : 'points').push(point(r)));
  const front = paretoFront(usable, x, y, sweep);
  const series = labels.map((label, i) => ({label, colour: PALETTE[i % PALETTE.length], points: groups.get(label)}));
  const ordered = front.map(point).sort((a, b) => a.x - b.x);
  drawPareto(series, ordered, {x, y, xLog: $('x-log').checked, yLog: $('y-log').checked, count: usable.length, stepped: false, onSelect: select, describe});
  state.drawn = usable.map(point).sort((a, b) => a.x - b.x || a.y - b.y);
  $('pareto-note').textContent = `${rows.length.toLocaleString('en')} of ${sweep.rows.length.toLocaleString('en')} points shown; ${front.length} in the Pareto set of ${x} and ${y}` +
    (rows.length > usable.length ? `; ${rows.length - usable.length} without a result` : '');
  drawPoints(rows, new Set(front));
}

function drawPoints(rows, front) {
  const sweep = state.sweep, names = [...sweep.varying.filter((n) => n !== 'status').slice(0, 10), ...sweep.metrics, ...(sweep.varying.includes('status') ? ['status', 'message'] : [])];
  const value = (row, name) => (name === 'message' ? row.message : sweep.value(row, name));
  if (state.sort !== null) rows = [...rows].sort((a, b) => (state.down ? -1 : 1) * compareValues(value(a, state.sort), value(b, state.sort)));
  const head = names.map((name) => ({text: name, number: sweep.metrics.includes(name), message: name === 'message', sorted: state.sort === name ? (state.down ? 'descending' : 'ascending') : null,
    onSort: () => { state.down = state.sort === name && !state.down; state.sort = name; drawPoints(rows, front); }}));
  fillTable($('points'), head, rows.slice(0, state.shown).map((row) => ({cells: names.map((n) => value(row, n)), className: front.has(row) ? 'front' : '', onSelect: () => select(row)})));
  $('points').querySelectorAll('tbody tr').forEach((tr, i) => { tr.dataset.index = rows[i].index; });
  $('more').hidden = rows.length <= state.shown;
  $('more').onclick = () => { state.shown *= 4; drawPoints(rows, front); };
  markSelected();
}

function openSweep() {
  const sweep = state.sweep, axes = [...sweep.metrics, ...[...sweep.varying, ...sweep.others].filter((n) => sweep.rows.some((r) => Number.isFinite(quantity(sweep.value(r, n)))))];
  const wanted = (sweep.pareto || []).map((p) => p.replace(/^(max|min) /, ''));
  fillSelect($('x'), axes, wanted[0] || 'latency_ms');
  fillSelect($('y'), axes, wanted[1] || 'energy_mj');
  fillSelect($('colour'), [{label: 'none', value: ''}, ...sweep.varying, ...sweep.others], sweep.varying.find((n) => new Set(sweep.rows.map((r) => sweep.value(r, n))).size <= 12) || '');
  makeChips();
  readFilter();
  drawSweep();
}

/* --- runs --- */

const METRICS = [['machine', (s) => s.machine], ['workload', (s) => s.workload], ['cycles', (s) => s.cycles], ['latency, ms', (s) => s.seconds * 1e3], ['energy, mJ', (s) => s.energy_pj.total * 1e-9],
  ['area, mm²', (s) => s.area_um2 * 1e-6], ['utilisation, %', (s) => s.utilization * 100], ['DRAM read, MiB', (s) => s.dram.read_bytes / 1048576], ['DRAM written, MiB', (s) => s.dram.write_bytes / 1048576]];

function drawRuns() {
  const chosen = state.selected.map((i) => runs[i]);
  $('runs').hidden = $('detail').hidden = chosen.length === 0;
  if (chosen.length === 0) return;
  const first = chosen[0].summary;
  fillTable($('comparison'), [{text: ''}, ...chosen.map((r) => ({text: r.name, number: true}))], METRICS.map(([name, of]) => ({
    cells: [name, ...chosen.map((r, i) => { const v = of(r.summary); return i > 0 && typeof v === 'number' && of(first) > 0 ? `${show(v)}  (× ${(v / of(first)).toFixed(2)})` : show(v); })]})));
  const names = chosen.map((r) => r.name.length > 38 ? r.name.slice(0, 37) + '…' : r.name);
  const stack = (part, keys, scale) => keys.map((key, i) => ({label: key, colour: PALETTE[i], values: chosen.map((r) => r.summary[part][key] * scale)}));
  drawStacks('energy', names, stack('energy_pj', Object.keys(first.energy_pj).filter((k) => k !== 'total'), 1e-9), 'mJ');
  drawStacks('area', names, stack('areas_um2', Object.keys(first.areas_um2), 1e-6), 'mm²');
  drawDetail();
}

function roofOf(summary, points) {
  if (!summary.peak || points.length === 0) return [];
  const peak = 2e-9 * summary.peak.pe_operations_per_cycle * summary.clock_hz, slope = 1e-9 * summary.peak.dram_bytes_per_cycle * summary.clock_hz;
  const low = Math.min(...points.map((p) => p.x), peak / slope) / 2, high = Math.max(...points.map((p) => p.x), peak / slope) * 2;
  return [{x: low, y: low * slope}, {x: peak / slope, y: peak}, {x: high, y: peak}];
}

function drawDetail() {
  const run = runs[Number($('run').value)], s = run.summary;
  const units = Object.keys(s.units), causes = Object.keys(s.units[units[0]].cycles).filter((c) => units.some((u) => s.units[u].cycles[c] > 0));
  drawStacks('causes', units, causes.map((c, i) => ({label: c, colour: causeColour(c, i), values: units.map((u) => 100 * s.units[u].cycles[c] / s.units[u].total_cycles)})), '% of its cycles', {x: {max: 100}});
  const points = chains(run.operations).map((c) => ({name: c.name, x: 2 * c.macs / c.bytes, y: 2e-9 * c.macs * s.clock_hz / c.cycles}));
  drawRoofline(points, roofOf(s, points));
  fillUnits(run);
  drawLayers();
  $('config').textContent = run.config;
}

/* What the bars may show: cycles by bound, or those of a unit by cause. A run of an older version has bounds only. */
function fillUnits(run) {
  const units = [...run.units.keys()], chosen = $('unit').value;
  fillSelect($('unit'), [...units.map((u) => ({label: `${u}, by cause`, value: u})), {label: 'rows, by bound', value: ''}]);
  const wanted = $('unit').dataset.chosen === undefined ? units.find((u) => u.endsWith('matrix')) || units[0] : chosen;
  $('unit').value = units.includes(wanted) ? wanted : wanted === '' || units.length === 0 ? '' : units[0];
}

function stacksOf(run, groups) {
  const unit = $('unit').value;
  if (unit !== '') return run.units.get(unit).map((c, i) => ({label: c, colour: causeColour(c, i), of: (g) => g.causes[`${unit}.${c}`]}));
  const bounds = [...new Set(groups.flatMap((g) => Object.keys(g.bounds)))].sort();
  return bounds.map((b, i) => ({label: `${b} bound`, colour: BOUND_COLOURS[b] || PALETTE[i % PALETTE.length], of: (g) => g.bounds[b] || 0}));
}

function drawLegend(stacks) {
  $('legend').replaceChildren(...stacks.map((s) => {
    const button = element('button', null, {type: 'button', 'aria-pressed': String(!state.hidden.has(s.label))}), swatch = element('span', null, {class: 'swatch'});
    swatch.style.background = s.colour;
    button.append(swatch, s.label);
    button.addEventListener('click', () => {
      if (!state.hidden.delete(s.label)) state.hidden.add(s.label);
      drawLayers();
      [...$('legend').children].find((b) => b.textContent === s.label).focus();
    });
    return button;
  }));
}

function drawLayers() {
  const run = runs[Number($('run').value)], unit = $('unit').value, groups = groupOperations(run.operations, $('grouping').value);
  const all = stacksOf(run, groups), stacks = all.filter((s) => !state.hidden.has(s.label));
  drawLegend(all);
  const longestFirst = $('order').value === 'longest', {rows, rest} = barRows(groups, stacks, longestFirst, MOST_BARS);
  state.bars = {stacks, rows};
  state.row = -1;
  $('row').textContent = '';
  $('layers-caption').textContent = (unit === '' ? 'Cycles of each row by what bounds its operations' : `Cycles of ${unit} by cause, row by row`) +
    (rest.count > 0 ? `; ${rows.length} longest rows, ${show(rest.cycles)} cycles are in ${show(rest.count)} others` : '');
  $('layers-box').style.height = `${Math.max(160, 70 + 22 * rows.length)}px`;
  drawRows('layers', rows, stacks, 'cycles');
  const causes = unit === '' ? [] : all, shown = (g) => sum(stacks.map((s) => s.of(g)));
  if (longestFirst) groups.sort((a, b) => shown(b) - shown(a));
  fillTable($('layer-table'), [{text: 'operation'}, ...['cycles', '% of all', 'MACs', 'DRAM KiB', 'dynamic energy, µJ', ...causes.map((s) => `${unit} ${s.label}`)].map((text) => ({text, number: true}))],
    groups.map((g) => ({cells: [g.name, g.cycles, 100 * g.cycles / run.summary.cycles, g.macs, g.bytes / 1024, g.energy * 1e-6, ...causes.map((s) => s.of(g))]})));
}

/* From bar to bar by the keyboard; what the tooltip shows is also said. */
function moveRow(step) {
  const {rows, stacks} = state.bars;
  if (rows.length === 0) return;
  state.row = Math.min(rows.length - 1, Math.max(0, state.row + step));
  const row = rows[state.row], parts = stacks.map((s, i) => ({label: s.label, value: row.values[i]})).filter((p) => p.value > 0).sort((a, b) => b.value - a.value);
  $('row').textContent = `${row.name}: ${show(row.total)} cycles` + (parts.length ? '; ' + parts.map((p) => `${p.label} ${show(p.value)} (${(100 * p.value / row.total).toFixed(1)} %)`).join(', ') : '');
  pointAtRow('layers', state.row);
}

/* --- start --- */

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  $('theme').textContent = theme === 'dark' ? 'Light' : 'Dark';
  $('theme').setAttribute('aria-pressed', String(theme === 'dark'));
  redraw();
}

function redraw() {
  if (state.sweep) drawSweep();
  drawRuns();
}

function moveCursor(step) {
  if (!state.drawn || state.drawn.length === 0) return;
  const at = state.drawn.findIndex((p) => p.row.index === state.cursor);
  select(state.drawn[Math.min(state.drawn.length - 1, Math.max(0, at + step))].row);
}

function start() {
  const points = sweeps.reduce((sum, s) => sum + s.rows.length, 0);
  $('subtitle').textContent = [sweeps.length ? `${points.toLocaleString('en')} points of ${sweeps.length === 1 ? 'a sweep' : sweeps.length + ' sweeps'}` : '', `${runs.length} run${runs.length === 1 ? '' : 's'} in detail`, `flintlock ${data.version}`].filter(Boolean).join(' · ');
  fillSelect($('run'), runs.map((r, i) => ({label: r.name, value: i})), 0);
  const own = runs.map((r, i) => i).filter((i) => runs[i].hash === undefined);
  state.selected = (own.length ? own : runs.map((r, i) => i)).slice(0, own.length ? 6 : 3);
  if (state.selected.length) $('run').value = state.selected[0];
  for (const id of ['x', 'y', 'x-log', 'y-log', 'colour']) $(id).addEventListener('change', drawSweep);
  $('filter').addEventListener('input', () => { readFilter(); state.shown = 100; drawSweep(); });
  $('clear').addEventListener('click', () => { $('filter').value = ''; openSweep(); });
  $('run').addEventListener('change', drawDetail);
  for (const id of ['grouping', 'order']) $(id).addEventListener('change', drawLayers);
  $('unit').addEventListener('change', () => { $('unit').dataset.chosen = 'yes'; drawLayers(); });
  $('layers').addEventListener('keydown', (event) => {
    const step = {ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity}[event.key];
    if (step) { event.preventDefault(); moveRow(step); }
  });
  $('theme').addEventListener('click', () => setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'));
  $('pareto').addEventListener('keydown', (event) => {
    const step = {ArrowRight: 1, ArrowLeft: -1, ArrowUp: 10, ArrowDown: -10}[event.key];
    if (step) { event.preventDefault(); moveCursor(step); }
  });
  if (state.sweep) {
    $('sweep').hidden = false;
    fillSelect($('file'), sweeps.map((s, i) => ({label: s.name, value: i})), 0);
    $('file').addEventListener('change', () => { state.sweep = sweeps[Number($('file').value)]; openSweep(); });
    document.documentElement.dataset.theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
    openSweep();
  }
  setTheme(matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  let before = null;
  window.addEventListener('beforeprint', () => { before = document.documentElement.dataset.theme; setTheme('light'); });
  window.addEventListener('afterprint', () => { if (before) setTheme(before); });
}

try {
  start();
} catch (error) {
  $('fault').hidden = false;
  $('fault').textContent = `The report cannot be shown: ${error.message}`;
  throw error;
}
