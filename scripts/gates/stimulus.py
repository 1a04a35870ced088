"""Stimulus for netlists: what `flintlock lockstep --record` wrote, one file per lane, and steady traffic for PEs."""
import random


class Recorded:
    """Lanes of the same block. inputs[cycle][port], expected and care alike: a list of lane integers, one per bit."""

    def __init__(self, paths):
        self.lanes = len(paths)
        self.ports = []  # (name, width, is input)
        lanes = [self._read(path) for path in paths]
        self.inputs, self.expected, self.care = [], [], []
        for cycle in zip(*lanes):
            ports = {"rst_ni": [sum((1 - reset) << lane for lane, (reset, _, _, _) in enumerate(cycle))]}
            ports.update(self._transpose([words for _, words, _, _ in cycle], True))
            self.inputs.append(ports)
            self.expected.append(self._transpose([words for _, _, words, _ in cycle], False))
            self.care.append(self._transpose([words for _, _, _, words in cycle], False))

    def _read(self, path):
        self.ports, cycles = [], []
        with open(path) as file:
            for line in file:
                first, _, rest = line.partition(" ")
                if first == "design":
                    self.top, *pairs = rest.split()
                    self.parameters = dict((name, int(value)) for name, value in (pair.split("=") for pair in pairs))
                elif first == "files":
                    self.files = rest.split()
                elif first in ("in", "out"):
                    name, width = rest.split()
                    self.ports.append((name, int(width), first == "in"))
                else:
                    parts = [[int(word, 16) for word in part.split()] for part in rest.split("/")]
                    cycles.append((int(first), *parts))
        return cycles

    def _transpose(self, lanes, inputs):
        ports, at = {}, 0
        for name, width, is_input in self.ports:
            if is_input != inputs:
                continue
            words = (width + 31) // 32
            values = [sum(word << (32 * i) for i, word in enumerate(lane[at:at + words])) for lane in lanes]
            ports[name] = to_lanes(values, width)
            at += words
        return ports

    def operations(self):
        """Cycles, summed over lanes, in which the block accepts an operand; every cycle when it has no valid_i."""
        every = (1 << self.lanes) - 1
        return sum((ports.get("valid_i", [every])[0] & expected.get("ready_o", [every])[0] & ports["rst_ni"][0]).bit_count()
                   for ports, expected in zip(self.inputs[1:], self.expected[1:]))

    def check(self, fail):
        """For Netlist.simulate: every output that the golden model vouches for."""
        def compare(cycle, read):
            for name, bits in read.items():
                for bit, (got, expected, care) in enumerate(zip(bits, self.expected[cycle][name], self.care[cycle][name])):
                    if (got ^ expected) & care:
                        fail("cycle %d: %s[%d] of the netlist differs from the golden model" % (cycle, name, bit))
        return compare


def to_lanes(values, width):
    """Per bit an integer with bit `lane` of value number `lane`."""
    bits = [0] * width
    for lane, value in enumerate(values):
        for bit in range(width):
            bits[bit] |= (value >> bit & 1) << lane
    return bits


def uniform(ports, cycles, lanes, still=(), seed=1):
    """Every input bit drawn anew in every cycle, those of the ports in `still` once. ports: name -> width."""
    draw = random.Random(seed)
    drawn = [{name: [draw.getrandbits(lanes) for _ in range(width)] for name, width in ports.items()} for _ in range(cycles)]
    return [{**cycle, **{name: drawn[0][name] for name in still}} for cycle in drawn]


FOLD_CYCLES, ROWS = 256, 64  # steps of a fold, and of them the cycles in which results or weights travel down the column
SUM_BITS, TRAVELLING_BITS = 32, 20


def pe_traffic(decoder, weight_stationary, cycles, lanes, seed=1):
    """A PE in the middle of a column of ROWS, busy in every cycle, folds of FOLD_CYCLES back to back. Its operands are what the
    boundary decoder gives for codes of one format per fold, drawn from `decoder`, the decoder's recorded stimulus."""
    draw = random.Random(seed)
    by_format = {}
    for ports, expected in zip(decoder.inputs, decoder.expected):
        for lane in range(decoder.lanes):
            value = {name: sum((bits[i] >> lane & 1) << i for i in range(len(bits))) for name, bits in {**ports, **expected}.items()}
            if value["used_i"]:
                width = len(expected.get("shift_o", []))
                by_format.setdefault(value["format_i"], []).append(value["base_o"] << width | value.get("shift_o", 0))
    operand_bits = len(decoder.expected[0]["base_o"]) + len(decoder.expected[0].get("shift_o", []))
    formats = sorted(by_format)
    every = (1 << lanes) - 1
    result = []
    for cycle in range(cycles):
        step = cycle % FOLD_CYCLES
        if step == 0:
            a_format, b_format = ([draw.choice(formats) for _ in range(lanes)] for _ in "ab")
        travels = [every if step < ROWS else 0]
        a = to_lanes([draw.choice(by_format[f]) for f in a_format], operand_bits)
        b = to_lanes([draw.choice(by_format[f]) for f in b_format], operand_bits)
        travelling = to_lanes([draw.randrange(1 << TRAVELLING_BITS) - (1 << TRAVELLING_BITS - 1) & (1 << SUM_BITS) - 1
                               for _ in range(lanes)], SUM_BITS)
        ports = {"rst_ni": [every if cycle else 0], "a_valid_i": [every], "a_i": a}
        if weight_stationary:  # the next fold's weights come down while the old are in use
            ports.update(a_first_i=[every if step == 0 else 0], load_i=travels, b_i=b, sum_valid_i=[every], sum_i=travelling)
        else:  # the last fold's results go down while the next fold runs
            ports.update(b_last_i=[every if step == FOLD_CYCLES - 1 else 0], b_i=b, draining_i=travels,
                         top_i=[every if step == ROWS - 1 else 0], sum_i=travelling)
        result.append(ports)
    return result
