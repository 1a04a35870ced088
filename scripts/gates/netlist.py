"""A mapped netlist: its cells and area, its Verilog for OpenSTA, and a simulation that counts how often each cell's output toggles.

A value is a byte with a bit per lane; lanes are independent runs with stimulus of their own, so that one pass over the gates
simulates eight of them. Delays are zero: a net settles once a cycle, and glitches are not counted."""
import json
import random
import re

LANES = 8
ALL = (1 << LANES) - 1  # every lane 1
REGISTERS = {"DFFPOSX1", "DFFSR"}


class Library:
    """Liberty cells. area: by cell. functions: of cells with one output that are no registers, the output and its function as a
    Python expression of the input pins."""

    def __init__(self, path):
        self.area, self.functions = {}, {}
        with open(path) as file:
            liberty = file.read()
        for name, body in re.findall(r"\ncell \((\w+)\) \{(.*?)(?=\ncell \(|\Z)", liberty, re.S):
            self.area[name] = float(re.search(r"area : ([\d.]+)", body).group(1))
            outputs = re.findall(r"pin\((\w+)\)\s*\{\s*direction : output;.*?function : \"([^\"]*)\"", body, re.S)
            if len(outputs) == 1 and name not in REGISTERS:
                # Liberty: juxtaposition is AND, + is OR; ! stands before a pin or a parenthesis with one of its own around it.
                text = re.sub(r"(?<=[\w)])\s+(?=[\w(!])", " & ", outputs[0][1].strip()).replace("+", "|")
                self.functions[name] = (outputs[0][0], re.sub(r"!(\w)", r"(%d ^ \1)" % ALL, text).replace("!", "%d ^ " % ALL))


class Netlist:
    """Cells are called c0, c1 ... in the order of the file."""

    def __init__(self, path, library):
        with open(path) as file:
            (module,) = json.load(file)["modules"].values()
        self.ports = {name: (port["direction"] == "input", port["bits"]) for name, port in module["ports"].items()}
        self.cells = {"c%d" % number: (cell["type"], {pin: bits[0] for pin, bits in cell["connections"].items()})
                      for number, cell in enumerate(module["cells"].values())}
        self.registers = {name: pins for name, (kind, pins) in self.cells.items() if kind in REGISTERS}
        self.area = sum(library.area[kind] for kind, _ in self.cells.values())
        self.library = library

    def verilog(self, name):
        names = {"0": "1'b0", "1": "1'b1", "x": "1'b0"}
        lines, assigns = [], []
        for port, (is_input, bits) in self.ports.items():
            lines.append("  %s %s%s;" % ("input" if is_input else "output", "[%d:0] " % (len(bits) - 1) if len(bits) > 1 else "", port))
        for port, (_, bits) in sorted(self.ports.items(), key=lambda item: not item[1][0]):  # inputs name their nets first
            for i, bit in enumerate(bits):
                pin = "%s[%d]" % (port, i) if len(bits) > 1 else port
                if names.setdefault(bit, pin) != pin:
                    assigns.append("  assign %s = %s;" % (pin, names[bit]))
        for cell, (kind, pins) in self.cells.items():
            lines.append("  %s %s (%s);" % (kind, cell, ", ".join(".%s(%s)" % (pin, names.get(bit, net(bit))) for pin, bit in pins.items())))
        return "module %s (%s);\n%s\nendmodule\n" % (name, ", ".join(self.ports), "\n".join(lines + assigns))

    def _expressions(self):
        """(cell, net of its output, Python expression) in an order in which each needs only earlier ones; a register's is what it
        holds, and None when no pin but the clock decides on that."""
        pending = {}
        for name, (kind, pins) in self.cells.items():
            if kind in REGISTERS:
                needs = [pins[pin] for pin in "RS" if pin in pins]
                pending[name] = (pins["Q"], needs, preset_or_clear(held(pins), pins) if needs else None)
            else:
                output, function = self.library.functions[kind]
                text = re.sub(r"\b[A-Z]\b", lambda pin, pins=pins: net(pins[pin.group()]), function)
                pending[name] = (pins[output], [bit for pin, bit in pins.items() if pin != output], text)
        driver = {pending[name][0]: name for name in pending}
        order, state = [], {}
        for root in pending:  # depth first, without recursion
            stack = [(root, False)]
            while stack:
                name, done = stack.pop()
                if done:
                    order.append((name, pending[name][0], pending[name][2]))
                elif name not in state:
                    state[name] = True
                    stack.append((name, True))
                    stack += [(driver[bit], False) for bit in pending[name][1] if bit in driver and driver[bit] not in state]
        return order

    def _compile(self, order):
        """step(inputs, held) -> outputs of the cells in `order`, what the registers hold next, the output ports; all bytes."""
        def unpack(names, value):
            return ["  %s, = %s" % (", ".join(names), value)] if names else []

        def pack(names):
            return "bytes((%s))" % "".join(name + ", " for name in names)
        inputs, outputs = ([net(bit) for is_input, bits in self.ports.values() if is_input == wanted for bit in bits]
                           for wanted in (True, False))
        lines = ["def step(inputs, held):", *unpack(inputs, "inputs"), *unpack([held(pins) for pins in self.registers.values()], "held")]
        lines += ["  %s = %s" % (net(output), expression) for _, output, expression in order if expression is not None]
        lines += ["  return %s, %s, %s" % (pack(net(output) for _, output, _ in order),
                                           pack(preset_or_clear(net(pins["D"]), pins) for pins in self.registers.values()), pack(outputs))]
        scope = {"n0": 0, "n1": ALL, "nx": 0}
        exec("\n".join(lines), scope)  # pylint: disable=exec-used
        return scope["step"]

    def simulate(self, inputs, check=None, seed=1):
        """inputs: per cycle a dict of port -> bytes, one per bit; ports left out are 0. check(cycle, read): called when the nets have
        settled, with the bytes of each output port. Counting starts with the second cycle. Returns the toggles of each cell's
        output, summed over lanes."""
        order = self._expressions()
        step = self._compile(order)
        draw = random.Random(seed)
        state = bytes(draw.getrandbits(LANES) for _ in self.registers)
        settled, flips = None, []
        for cycle, ports in enumerate(inputs):
            driven = b"".join(ports.get(port, bytes(len(bits))) for port, (is_input, bits) in self.ports.items() if is_input)
            values, state, printed = step(driven, state)
            if check is not None:
                read, at = {}, 0
                for port, (is_input, bits) in self.ports.items():
                    if not is_input:
                        read[port], at = printed[at:at + len(bits)], at + len(bits)
                check(cycle, read)
            before, settled = settled, int.from_bytes(values, "little")
            if cycle > 0:
                flips.append((before ^ settled).to_bytes(len(values), "little"))
        flips = b"".join(flips)
        return {name: int.from_bytes(flips[number::len(order)], "little").bit_count() for number, (name, _, _) in enumerate(order)}


def held(pins):
    """The variable with what a register holds: its output when no other pin decides on that."""
    return "q%s" % pins["Q"] if "R" in pins else net(pins["Q"])


def preset_or_clear(value, pins):
    """What a register holds: its pins S and R, if it has them, are active low and asynchronous."""
    return "(%s | (%d ^ %s)) & %s" % (value, ALL, net(pins["S"]), net(pins["R"])) if "R" in pins else value


def net(bit):
    """Yosys numbers nets from 2; constants are the strings "0", "1", "x"."""
    return "n%s" % bit
