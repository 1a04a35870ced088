"""From 180 nm to 28 nm: A. Stillmaker, B. Baas, "Scaling equations for the accurate prediction of CMOS device performance from 180 nm
to 7 nm", Integration 58 (2017) 74-81.

Area factors (its table of area, 180 nm = 1) and the polynomials in the supply voltage for delay and energy were read in a public
program that states them (github.com/wromaszkan/nodeScale); the energy polynomial at 32 nm agrees with the authors' corrigendum. The
paper has no 28 nm: between 32 nm and 20 nm (high-performance, bulk) factors are interpolated, their logarithm linear in the
logarithm of the node. Supplies: 1.8 V at 180 nm, 0.9 V at 28 nm."""
import math

AREA = {180: 1.0, 32: 0.025, 20: 0.011}
DELAY = {180: (0, 97.09, -356.7, 406.5), 32: (-1047, 2982, -2797, 873.5), 20: (0, 34.63, -66.37, 41.15)}  # V^3, V^2, V, 1
ENERGY = {180: (24.64, -17.98, 0), 32: (0.8367, -0.4341, 0.1701), 20: (0.373, -0.1582, 0.04104)}  # V^2, V, 1
VOLTS = {180: 1.8, 32: 0.9, 20: 0.9}


def _polynomial(coefficients, volts):
    return sum(c * volts ** (len(coefficients) - 1 - i) for i, c in enumerate(coefficients))


def _at_28(factors):
    weight = math.log(32 / 28) / math.log(32 / 20)
    return math.exp((1 - weight) * math.log(factors[32]) + weight * math.log(factors[20])) / factors[180]


AREA_FACTOR = _at_28(AREA)
DELAY_FACTOR = _at_28({node: _polynomial(c, VOLTS[node]) for node, c in DELAY.items()})
ENERGY_FACTOR = _at_28({node: _polynomial(c, VOLTS[node]) for node, c in ENERGY.items()})
