'use strict';
/* What the page shows, and questions to it: quantities, fields, filters, Pareto sets. Knows nothing of the page. */

const UNITS = {B: 1, KiB: 1024, MiB: 1048576, GiB: 1073741824, Hz: 1, kHz: 1e3, MHz: 1e6, GHz: 1e9, ps: 1, ns: 1e3, us: 1e6, ms: 1e9,
  cycles: 1, fJ: 1e-3, pJ: 1, nJ: 1e3, 'fJ/bit': 1e-3, 'pJ/bit': 1, um2: 1, mm2: 1e6, uW: 1e-3, mW: 1, W: 1e3};

/* The number a value stands for in base units, or NaN. */
function quantity(value) {
  if (typeof value === 'number') return value;
  const parts = /^\s*([+-]?[0-9.]+(?:e[+-]?[0-9]+)?)\s*(\S*)\s*$/i.exec(value === null ? '' : value);
  if (!parts || (parts[2] !== '' && !(parts[2] in UNITS))) return NaN;
  return Number(parts[1]) * (parts[2] === '' ? 1 : UNITS[parts[2]]);
}

function compareValues(a, b) {
  const x = quantity(a), y = quantity(b);
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

function show(value) {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'number') return String(value);
  return Number.isInteger(value) ? value.toLocaleString('en') : String(Number(value.toPrecision(5)));
}

/* One sweep file. A point is [hash, machine, workload, status, message, excluded, [values of keys], [metrics]]. */
class Sweep {
  constructor(data) {
    Object.assign(this, data);
    this.fields = ['machine', 'workload', ...this.keys, ...this.metrics, 'status'];
    this.column = new Map(this.fields.map((name, i) => [name, i]));
    this.rows = this.points.map((p, index) => ({index, hash: p[0], message: p[4], excluded: p[5], cells: [p[1], p[2], ...p[6], ...(p[7].length ? p[7] : this.metrics.map(() => null)), p[3]]}));
    const differs = (name) => this.column.has(name) && new Set(this.rows.map((r) => this.value(r, name))).size > 1;
    const chosen = ['machine', 'workload', ...this.axes];
    this.varying = [...chosen, 'status'].filter(differs); /* what somebody chose; the rest follows from it */
    this.others = this.keys.filter((name) => !chosen.includes(name));
  }
  value(row, name) { return row.cells[this.column.get(name)]; }
}

const OPERATORS = {'<=': (o) => o <= 0, '>=': (o) => o >= 0, '!=': (o) => o !== 0, '<': (o) => o < 0, '>': (o) => o > 0, '=': (o) => o === 0};

/* "a <= 1, b = x" as functions of a row; throws an Error that says what is wrong. */
function parseFilter(text, sweep) {
  return text.split(',').map((part) => part.trim()).filter((part) => part !== '').map((part) => {
    const m = /^(\S+?)\s*(<=|>=|!=|<|>|=)\s*(.+)$/.exec(part);
    if (!m) throw new Error(`"${part}" is not FIELD OPERATOR VALUE`);
    if (!sweep.column.has(m[1])) throw new Error(`unknown field "${m[1]}"`);
    return (row) => {
      const value = sweep.value(row, m[1]);
      return value !== null && OPERATORS[m[2]](compareValues(value, m[3]));
    };
  });
}

const MORE_IS_BETTER = new Set(['utilization', 'gops']);

/* Rows that no other one beats in x and y: sorted by x, each must improve y. */
function paretoFront(rows, x, y, sweep) {
  const sign = (name) => (MORE_IS_BETTER.has(name) ? -1 : 1);
  const items = rows.map((row) => ({row, x: sign(x) * quantity(sweep.value(row, x)), y: sign(y) * quantity(sweep.value(row, y))}))
    .filter((i) => !Number.isNaN(i.x) && !Number.isNaN(i.y)).sort((a, b) => a.x - b.x || a.y - b.y);
  const front = [];
  let best = Infinity, bestX = NaN;
  for (const item of items) {
    if (item.y < best || (item.y === best && item.x === bestX)) { front.push(item.row); bestX = item.x; }
    best = Math.min(best, item.y);
  }
  return front;
}

function parseCsv(text) {
  const lines = text.trim().split(/\r?\n/).map((line) => line.split(','));
  const names = lines.shift() || [];
  return lines.map((cells) => Object.fromEntries(names.map((name, i) => [name, cells[i] !== '' && !Number.isNaN(Number(cells[i])) ? Number(cells[i]) : cells[i]])));
}

/* One run: its operations are read when somebody looks at them. */
class Run {
  constructor(data) { Object.assign(this, data); }
  get operations() {
    if (this.parsed === undefined) this.parsed = parseCsv(this.layers);
    return this.parsed;
  }
  /* Units with cycles by cause, from the columns "unit.cause"; none in a run of an older version. */
  get units() {
    const units = new Map();
    for (const column of causeColumns(this.operations)) {
      const dot = column.lastIndexOf('.'), unit = column.slice(0, dot);
      units.set(unit, [...(units.get(unit) || []), column.slice(dot + 1)]);
    }
    return units;
  }
}

function causeColumns(operations) { return operations.length ? Object.keys(operations[0]).filter((name) => name.includes('.')) : []; }

const ROW_NAMES = {
  operation: (name) => name,
  layer: (name) => (name.includes('.') ? name.slice(0, name.indexOf('.')) : name),
  kind: (name) => (name.includes('.') ? name.slice(name.indexOf('.') + 1) : name)};

/* Operations gathered by layer ("layer3"), by kind ("attention.query" of all layers), or each by itself. */
function groupOperations(operations, grouping) {
  const groups = new Map(), columns = causeColumns(operations);
  for (const op of operations) {
    const name = ROW_NAMES[grouping](op.operation);
    const group = groups.get(name) || {name, cycles: 0, macs: 0, bytes: 0, energy: 0, bounds: {}, causes: Object.fromEntries(columns.map((c) => [c, 0]))};
    group.cycles += op.cycles;
    group.macs += op.macs;
    group.bytes += op.dram_read_bytes + op.dram_write_bytes;
    group.energy += op.dynamic_energy_pj;
    group.bounds[op.bound_by] = (group.bounds[op.bound_by] || 0) + op.cycles;
    for (const column of columns) group.causes[column] += op[column];
    groups.set(name, group);
  }
  return [...groups.values()];
}

const sum = (values) => values.reduce((a, b) => a + b, 0);

/* The bars of a chart: rows [{name, values, total}] with cycles in the stacks [{label, of: (group) => number}], the `most` longest of them.
 * `rest` says how many are left out, and their cycles. */
function barRows(groups, stacks, longestFirst, most) {
  const rows = groups.map((g, at) => ({name: g.name, at, values: stacks.map((s) => s.of(g))})).map((r) => ({...r, total: sum(r.values)})).filter((r) => r.total > 0);
  const ranked = rows.sort((a, b) => b.total - a.total || a.at - b.at), kept = ranked.slice(0, most), left = ranked.slice(most);
  return {rows: longestFirst ? kept : kept.sort((a, b) => a.at - b.at), rest: {count: left.length, cycles: sum(left.map((r) => r.total))}};
}

/* Operations that run as one chain share their DRAM traffic: one point of the roofline. */
function chains(operations) {
  const all = new Map();
  for (const op of operations) {
    const head = op.chain_head || op.operation;
    const chain = all.get(head) || {name: head, cycles: 0, macs: 0, bytes: 0};
    chain.cycles += op.cycles;
    chain.macs += op.macs;
    chain.bytes += op.dram_read_bytes + op.dram_write_bytes;
    all.set(head, chain);
  }
  return [...all.values()].filter((c) => c.macs > 0 && c.bytes > 0 && c.cycles > 0);
}
