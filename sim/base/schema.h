/* Parameter tables: one row per configuration key.
 *
 * The same table yields the parser (values land in a C struct through `offset`), `flintlock schema`,
 * the generated docs page and the check of configs/specimen.yaml. A part never parses YAML itself. */
#ifndef FL_BASE_SCHEMA_H
#define FL_BASE_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a key holds, and the C type of the field it is stored in. */
typedef enum fl_type {
    FL_BOOL,    /* true / false                                      -> bool     */
    FL_UINT,    /* whole number, optional unit (see fl_unit)         -> uint64_t */
    FL_REAL,    /* decimal number, optional unit                     -> double   */
    FL_CHOICE,  /* one of `choices`                                  -> int (index into choices) */
    FL_NAME,    /* free text (a name)                                -> const char * owned by the fl_config */
    FL_PART,    /* the name of a registered part of kind `part_kind` -> const struct fl_part * */
    FL_SUBPART, /* a part of kind `part_kind` with keys of its own  -> struct fl_subpart */
} fl_type;

/* Unit of a quantity, with the base unit the stored number has. `none` takes a bare number. */
typedef enum fl_unit {
    FL_UNIT_NONE,
    FL_UNIT_BYTES,        /* stored in bytes; "192 KiB", "64 B", "1 MiB"             (FL_UINT) */
    FL_UNIT_HERTZ,        /* stored in Hz; "1 GHz", "500 MHz"                        (FL_UINT) */
    FL_UNIT_PICOSECONDS,  /* stored in ps; "14.06 ns", "833 ps", "7.8 us"            (FL_UINT) */
    FL_UNIT_CYCLES,       /* stored in cycles; "16 cycles"; a bare number is allowed (FL_UINT) */
    FL_UNIT_PICOJOULES,   /* stored in pJ; "0.14 pJ", "12 fJ"                        (FL_REAL) */
    FL_UNIT_PJ_PER_BIT,   /* stored in pJ/bit; "0.033 pJ/bit"                        (FL_REAL) */
    FL_UNIT_UM2,          /* stored in um2; "79.57 um2", "0.3 mm2"                   (FL_REAL) */
    FL_UNIT_UM2_PER_KIB,  /* stored in um2/KiB                                       (FL_REAL) */
    FL_UNIT_MILLIWATTS,   /* stored in mW; "484.6 mW", "1.2 uW", "0.3 W"             (FL_REAL) */
    FL_UNIT_MILLIAMPERES, /* stored in mA; "48 mA", "1.2 A"                          (FL_REAL) */
    FL_UNIT_MILLIVOLTS,   /* stored in mV; "1200 mV", "1.2 V"                        (FL_REAL) */
} fl_unit;

/* One key. `key` may be dotted ("overlap.skew") for a nested map. `fallback` is the default as it would
 * be written in YAML ("64 KiB"); NULL means the key is required. Bounds are inclusive and in the stored
 * base unit; max 0 with min >= 0 means no upper bound (beyond 2^53 for FL_UINT). */
typedef struct fl_param {
    const char *key;
    fl_type type;
    fl_unit unit;
    double min, max;
    unsigned power_of_two;      /* 1: FL_UINT must be a power of two */
    const char *const *choices; /* FL_CHOICE: NULL-terminated */
    const char *part_kind;      /* FL_PART, FL_SUBPART */
    const char *fallback;
    const char *help;
    size_t offset; /* of the field in the part's parameter struct */
} fl_param;

/* A table and the number of its rows, as readers of tables take them. */
#define FL_ROWS(table) (table), sizeof(table) / sizeof *(table)

/* A titled table, for printing a schema; `section` is the dotted path of the map it describes, "" for the
 * root. */
typedef struct fl_schema_section {
    const char *section, *title;
    const fl_param *params;
    size_t count;
} fl_schema_section;

#ifdef __cplusplus
}
#endif
#endif
