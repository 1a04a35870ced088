"""Stimulus for netlists: what `flintlock lockstep --record` wrote, one file per lane, and steady traffic for PEs. A value of a port is
bytes, one per bit, with a bit per lane (netlist.py)."""
import random

from gates.netlist import ALL, LANES


class Recorded:
    """Lanes of the same block. inputs[cycle][port], expected and care alike."""

    def __init__(self, paths):
        self.ports = []  # (name, width, is input)
        lanes = [self._read(path) for path in paths]
        self.inputs, self.expected, self.care = [], [], []
        for cycle in zip(*lanes):
            resets, inputs, expected, care = zip(*cycle)
            self.inputs.append({"rst_ni": to_lanes([1 - reset for reset in resets], 1), **self._transpose(inputs, True)})
            self.expected.append(self._transpose(expected, False))
            self.care.append(self._transpose(care, False))

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
                else:  # each part one number, its first word lowest
                    cycles.append((int(first), *(int("0" + "".join(word.zfill(8) for word in reversed(part.split())), 16)
                                                 for part in rest.split("/"))))
        return cycles

    def _transpose(self, lanes, inputs):
        widths = [(name, width, (width + 31) // 32 * 32) for name, width, is_input in self.ports if is_input == inputs]
        bits = to_lanes(lanes, sum(room for _, _, room in widths))
        ports, at = {}, 0
        for name, width, room in widths:
            ports[name], at = bits[at:at + width], at + room
        return ports

    def operations(self):
        """Cycles, summed over lanes, in which the block accepts an operand; every cycle when it has no valid_i."""
        return sum((ports.get("valid_i", EVERY)[0] & expected.get("ready_o", EVERY)[0] & ports["rst_ni"][0]).bit_count()
                   for ports, expected in zip(self.inputs[1:], self.expected[1:]))

    def check(self, fail):
        """For Netlist.simulate: every output that the golden model vouches for."""
        def compare(cycle, read):
            for name, got in read.items():
                expected, care = self.expected[cycle][name], self.care[cycle][name]
                if got != expected and any((g ^ e) & c for g, e, c in zip(got, expected, care)):
                    fail("cycle %d: %s of the netlist differs from the golden model" % (cycle, name))
        return compare


EVERY, NONE = bytes([ALL]), bytes([0])


def to_lanes(values, width):
    """Bit `lane` of every byte is of value number `lane`."""
    ones = int.from_bytes(b"\1" * width, "big")
    spread = 0
    for lane, value in enumerate(values):  # the binary digits are bytes, and "0" and "1" differ in their lowest bit
        spread |= (int.from_bytes(format(value, "0%db" % width).encode(), "big") & ones) << lane
    return spread.to_bytes(width, "little")


def uniform(ports, cycles, still=(), seed=1):
    """Every input bit drawn anew in every cycle, those of the ports in `still` once. ports: name -> width."""
    draw = random.Random(seed)
    drawn = [{name: bytes(draw.getrandbits(LANES) for _ in range(width)) for name, width in ports.items()} for _ in range(cycles)]
    return [{**cycle, **{name: drawn[0][name] for name in still}} for cycle in drawn]


FOLD_CYCLES, ROWS = 256, 64  # steps of a fold, and of them the cycles in which results or weights travel down the column
SUM_BITS, TRAVELLING_BITS = 32, 20


def pe_traffic(decoder, weight_stationary, cycles, seed=1):
    """A PE in the middle of a column of ROWS, busy in every cycle, folds of FOLD_CYCLES back to back. Its operands are what the
    boundary decoder gives for codes of one format per fold, drawn from `decoder`, the decoder's recorded stimulus."""
    draw = random.Random(seed)
    by_format = {}
    for ports, expected in zip(decoder.inputs, decoder.expected):
        for lane in range(LANES):
            value = {name: sum((bits[i] >> lane & 1) << i for i in range(len(bits))) for name, bits in {**ports, **expected}.items()}
            if value["used_i"]:
                width = len(expected.get("shift_o", []))
                by_format.setdefault(value["format_i"], []).append(value["base_o"] << width | value.get("shift_o", 0))
    operand_bits = len(decoder.expected[0]["base_o"]) + len(decoder.expected[0].get("shift_o", []))
    formats = sorted(by_format)
    result = []
    for cycle in range(cycles):
        step = cycle % FOLD_CYCLES
        if step == 0:
            a_format, b_format = ([draw.choice(formats) for _ in range(LANES)] for _ in "ab")
        travels = EVERY if step < ROWS else NONE
        a = to_lanes([draw.choice(by_format[f]) for f in a_format], operand_bits)
        b = to_lanes([draw.choice(by_format[f]) for f in b_format], operand_bits)
        travelling = to_lanes([draw.randrange(1 << TRAVELLING_BITS) - (1 << TRAVELLING_BITS - 1) & (1 << SUM_BITS) - 1
                               for _ in range(LANES)], SUM_BITS)
        ports = {"rst_ni": EVERY if cycle else NONE, "a_valid_i": EVERY, "a_i": a}
        if weight_stationary:  # the next fold's weights come down while the old are in use
            ports.update(a_first_i=EVERY if step == 0 else NONE, load_i=travels, b_i=b, sum_valid_i=EVERY, sum_i=travelling)
        else:  # the last fold's results go down while the next fold runs
            ports.update(b_last_i=EVERY if step == FOLD_CYCLES - 1 else NONE, b_i=b, draining_i=travels,
                         top_i=EVERY if step == ROWS - 1 else NONE, sum_i=travelling)
        result.append(ports)
    return result
