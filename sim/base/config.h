/* Configuration files: YAML with line and column (libfyaml), `include:`, `--set`, schema-driven reading.
 *
 * A configuration is a tree of maps, lists and scalars. Every node keeps where it came from. Reading marks
 * nodes as used; fl_config_check_used turns whatever was never read into a located "unknown key" error with
 * the nearest known name. `include: FILE` (or a list) inside a map is relative to the including file; keys
 * beside and below it override the included ones key by key. Where a map overrides a single value, that value
 * becomes the map's `type`. No expressions, anchors or aliases. */
#ifndef FL_BASE_CONFIG_H
#define FL_BASE_CONFIG_H

#include <stdbool.h>

#include "sim/base/error.h"
#include "sim/base/registry.h"
#include "sim/base/schema.h"
#include "sim/base/text.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fl_config fl_config; /* owns all nodes, strings and file names */
typedef struct fl_node fl_node;     /* borrowed from its fl_config */

enum {
    FL_CONFIG_MAX_BYTES = 4 << 20, /* of one file */
    FL_CONFIG_MAX_DEPTH = 32,      /* maps and lists inside each other, and files including each other */
    FL_CONFIG_MAX_NODES = 200000,  /* values of all files together */
    FL_CONFIG_MAX_KEYS = 1024,     /* of one map */
    FL_CONFIG_MAX_FILES = 256,     /* included ones, counted each time */
};

/* Loads `path`, resolves includes, applies `sets` ("a.b=c", in order). On success *config is owned by the
 * caller (fl_config_free). Errors: missing or unreadable file, over 4 MiB, not UTF-8 text, YAML syntax,
 * duplicate key, alias, anchor or tag, nesting over 32 levels, more than FL_CONFIG_MAX_NODES values, cyclic
 * include, malformed --set. */
fl_status fl_config_load(const char *path, const char *const *sets, size_t set_count, fl_config **config,
                         fl_error *error);
/* The same from memory; `name` stands for the file name in messages and includes are relative to it. */
fl_status fl_config_parse(const char *name, const char *text, size_t text_bytes, const char *const *sets,
                          size_t set_count, fl_config **config, fl_error *error);
void fl_config_free(fl_config *config);

fl_node *fl_config_root(fl_config *config);

/* Child of a map by dotted path ("buffers.input"), marked as used; NULL when absent or node is NULL. */
fl_node *fl_node_get(fl_node *node, const char *path);
/* Items of a list, or values of a map in file order. 0 for scalars and NULL. */
size_t fl_node_count(const fl_node *node);
fl_node *fl_node_at(fl_node *node, size_t index); /* marks the item as used */
const char *fl_node_key(const fl_node *node);     /* key in the parent map, NULL for list items */
const char *fl_node_text(const fl_node *node);    /* scalar as written, NULL for maps and lists */
bool fl_node_is_map(const fl_node *node);
bool fl_node_is_list(const fl_node *node);
const fl_where *fl_node_where(const fl_node *node);
const char *fl_node_path(const fl_node *node); /* dotted path from the root, for messages */

/* Reads the keys of `params` below `node` (a map; NULL is an empty map located at `parent`) into `out`, a
 * struct of the offsets in the table. Missing keys take their fallback (recorded with origin "default"),
 * required ones are an error located at `node` or its parent. Keys of the map that are not in the table are
 * left unread (another table may own them) and are caught by fl_config_check_used. With node NULL the
 * defaults are not shown by fl_config_print, which cannot know their path: fl_schema_read_at can. */
fl_status fl_schema_read(fl_config *config, fl_node *node, fl_node *parent, const fl_param *params,
                         size_t count, void *out, fl_error *error);

/* The same for the map at `path` below `parent`, present or not; messages then show the full path of a key
 * even when the whole map is missing. Prefer this one. */
fl_status fl_schema_read_at(fl_config *config, fl_node *parent, const char *path, const fl_param *params,
                            size_t count, void *out, fl_error *error);

/* Reads a part: the scalar `flint`, or a map whose `type:` names the part and whose other keys are the part's
 * own parameters. *part is the registered part; *params, which may be NULL when the caller has no use for it,
 * becomes a zeroed struct of part->params_bytes filled from the part's table (NULL when the part has no
 * struct), owned by the config. Errors: no such part (with the nearest name), and those of fl_schema_read. */
fl_status fl_part_read(fl_config *config, fl_node *node, const char *kind, const fl_part **part,
                       void **params, fl_error *error);
/* The same for the part at `path` below `parent`. When it is absent, the part `fallback` with its defaults is
 * read; with fallback NULL it is required. */
fl_status fl_part_read_at(fl_config *config, fl_node *parent, const char *path, const char *kind,
                          const char *fallback, const fl_part **part, void **params, fl_error *error);

/* An error located at node: "file:line:column: path: text". A node lies at its key, a list item at itself. */
fl_status fl_node_fail(const fl_node *node, fl_error *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* FL_BAD_INPUT on the first node (in file order) that nobody read, naming the nearest known key. */
fl_status fl_config_check_used(fl_config *config, fl_error *error);

/* The value at `node` names a file, and `file` is what stands in it: from now on the node's config owns it,
 * and prints it in place of the name, so that an effective configuration needs no other file. */
void fl_config_own_file(fl_node *node, fl_config *file);

/* The value at `node` names a file, which `path` finds from the working directory. Copied. */
void fl_config_names_file(fl_node *node, const char *path);

/* Every effective value in schema order of reading, as YAML; with `origins` each line ends in
 * "# file:line:column", "# --set" or "# default". Returns malloc'ed text, owned by the caller. */
char *fl_config_print(const fl_config *config, bool origins);
/* The same for a file in `directory`, which must exist: names of files are relative to it. */
char *fl_config_print_into(const fl_config *config, const char *directory);

/* The same as pairs of a JSON object, "path":"value", one per value, without the braces: paths are dotted and
 * start with `prefix`, list items count from 0. *first says whether no pair precedes. */
void fl_config_print_flat(const fl_config *config, const char *prefix, bool *first, fl_text *out);

/* The effective value at a dotted path as it is written, default included; NULL when nobody read such a
 * value. */
const char *fl_config_value(const fl_config *config, const char *path);

/* Marks `node` and everything below as used, files that it names included, for files that are shown or
 * compared without being understood. */
void fl_config_use_all(fl_node *node);

/* Parses one scalar as `param` says (type, unit, bounds, choices); the value lands in *out, a variable of the
 * field's C type. what names the key in messages. Used for list items and by --set consumers. */
fl_status fl_schema_scalar(fl_config *config, const fl_node *node, const fl_param *param, void *out,
                           fl_error *error);

#ifdef __cplusplus
}
#endif
#endif
