// Energies that two models of a memory count must be equal to the last bit: both multiply the same counts.
#ifndef FL_TESTS_SUPPORT_ENERGY_H
#define FL_TESTS_SUPPORT_ENERGY_H

#include <sstream>
#include <string>

#include "memory/memory.h"

inline std::string energy_difference(const mem_stats &a, const mem_stats &b)
{
    std::ostringstream out;
    if (a.has_energy != b.has_energy) out << "only one of them counts its energy\n";
    auto compare = [&out](const char *name, double x, double y) {
        if (x != y) out << name << " energy: " << x << " pJ against " << y << "\n";
    };
    compare("activate", a.energy.activate_pj, b.energy.activate_pj);
    compare("read", a.energy.read_pj, b.energy.read_pj);
    compare("write", a.energy.write_pj, b.energy.write_pj);
    compare("refresh", a.energy.refresh_pj, b.energy.refresh_pj);
    compare("background", a.energy.background_pj, b.energy.background_pj);
    return out.str();
}

#endif
