"""Simulates a mapped netlist cycle by cycle and counts how often each cell's output toggles.

A value is one Python integer with a bit per lane; lanes are independent runs with stimulus of their own, so that one pass over the
gates simulates all of them. Delays are zero: a net settles once a cycle, and glitches are not counted."""
import json
import random
import re

REGISTERS = {"DFFPOSX1", "DFFSR"}


def functions(liberty):
    """Cell -> (output, function as a Python expression of the input pins), of the cells with one output that are no registers."""
    found = {}
    for name, body in re.findall(r"\ncell \((\w+)\) \{(.*?)(?=\ncell \(|\Z)", liberty, re.S):
        outputs = re.findall(r"pin\((\w+)\)\s*\{\s*direction : output;.*?function : \"([^\"]*)\"", body, re.S)
        if len(outputs) == 1 and name not in REGISTERS:
            # Liberty: juxtaposition is AND, + is OR.
            text = re.sub(r"(?<=[\w)])\s+(?=[\w(!])", " & ", outputs[0][1].strip())
            found[name] = (outputs[0][0], text.replace("+", "|").replace("!", "~"))
    return found


class Netlist:
    def __init__(self, path, liberty):
        with open(path) as file:
            self.module = json.load(file)["modules"]["netlist"]
        self.ports = {name: (port["direction"] == "input", port["bits"]) for name, port in self.module["ports"].items()}
        self.gates, self.registers = {}, {}
        table = functions(liberty)
        for name, cell in self.module["cells"].items():
            kind, pins = cell["type"], {pin: bits[0] for pin, bits in cell["connections"].items()}
            if kind in REGISTERS:
                self.registers[name] = pins
            else:
                self.gates[name] = (kind, *table[kind], pins)

    def cells(self):
        return [*self.gates, *self.registers]

    def _expressions(self):
        """(cell, net of its output, Python expression) in an order in which each needs only earlier ones."""
        pending = {}
        for name, (_, output, function, pins) in self.gates.items():
            text = re.sub(r"\b[A-Z]\b", lambda pin, pins=pins: net(pins[pin.group()]), function)
            pending[name] = (pins[output], [bit for pin, bit in pins.items() if pin != output],
                             "(%s) & M" % text if "~" in text else text)
        for number, (name, pins) in enumerate(self.registers.items()):
            pending[name] = (pins["Q"], [pins[pin] for pin in "RS" if pin in pins], preset_or_clear("Q[%d]" % number, pins))
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

    def simulate(self, inputs, lanes, check=None, seed=1):
        """inputs: per cycle a dict of port -> list of lane integers, one per bit. check(cycle, read): called when the nets have
        settled; read(port) gives the port's bits. Counting starts with the second cycle. Returns the toggles of each cell's output,
        summed over lanes."""
        order = self._expressions()
        mask = (1 << lanes) - 1
        lines = ["def step(I, Q, T, V, M):"]
        width = 0
        for port, (is_input, bits) in self.ports.items():
            if is_input:
                lines += ["  %s = I[%d]" % (net(bit), width + i) for i, bit in enumerate(bits)]
                width += len(bits)
        for number, (_, output, expression) in enumerate(order):
            lines += ["  %s = %s" % (net(output), expression),
                      "  T[%d] += (%s ^ V[%d]).bit_count(); V[%d] = %s" % (number, net(output), number, number, net(output))]
        outputs = [bit for is_input, bits in self.ports.values() if not is_input for bit in bits]
        lines += ["  Q[:] = [%s]" % ", ".join(preset_or_clear(net(pins["D"]), pins) for pins in self.registers.values()),
                  "  return [%s]" % ", ".join(net(bit) for bit in outputs)]
        scope = {"n0": 0, "n1": mask, "nx": 0}
        exec("\n".join(lines), scope)  # pylint: disable=exec-used
        step = scope["step"]
        draw = random.Random(seed)
        held = [draw.getrandbits(lanes) for _ in self.registers]
        toggles, values = [0] * len(order), [0] * len(order)
        for cycle, ports in enumerate(inputs):
            flat = []
            for port, (is_input, bits) in self.ports.items():
                if is_input:
                    flat += ports.get(port, [0] * len(bits))
            printed = step(flat, held, toggles, values, mask)
            if check is not None:
                read, at = {}, 0
                for port, (is_input, bits) in self.ports.items():
                    if not is_input:
                        read[port], at = printed[at:at + len(bits)], at + len(bits)
                check(cycle, read)
            if cycle == 0:
                toggles[:] = [0] * len(order)
        return {name: toggles[number] for number, (name, _, _) in enumerate(order)}


def preset_or_clear(value, pins):
    """What a register holds: its pins S and R, if it has them, are active low and asynchronous."""
    return "(%s | (M ^ %s)) & %s" % (value, net(pins["S"]), net(pins["R"])) if "R" in pins else value


def net(bit):
    """Yosys numbers nets from 2; constants are the strings "0", "1", "x"."""
    return "n%s" % bit
