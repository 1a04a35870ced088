/* Inside of the configuration reader: the tree, its memory, and the steps that build it. Only files
 * sim/base/config_*.c and schema.c include this. */
#ifndef FL_BASE_CONFIG_TREE_H
#define FL_BASE_CONFIG_TREE_H

#include "sim/base/config.h"

typedef enum fl_node_kind { FL_NODE_SCALAR, FL_NODE_LIST, FL_NODE_MAP } fl_node_kind;

typedef struct fl_nodes {
    fl_node **items;
    size_t count, capacity;
} fl_nodes;

typedef struct fl_names {
    const char **items;
    size_t count, capacity;
} fl_names;

struct fl_node {
    fl_config *config;
    fl_node *parent;
    const char *key; /* NULL for list items and the root */
    fl_where where;  /* of the key, of the item itself in a list */
    const char *set; /* the --set argument that made this node, or NULL */
    bool set_target; /* the node that argument names, rather than one below or above it */
    fl_node_kind kind;
    const char *text;    /* scalars */
    bool plain;          /* scalar without quotes */
    fl_nodes children;   /* as written */
    fl_nodes defaults;   /* values that were read but not written: they took their fallback */
    fl_names known;      /* keys that somebody asked this map for, for "did you mean" */
    uint32_t read_order; /* 0: nobody read it; else position among all reads, for printing */
    fl_node *file;       /* the root of the file that the value names, NULL: it names none */
    const char
        *named_file;  /* path of the file that the value names, from the working directory; NULL: unknown */
    const char *path; /* made on demand */
};

struct fl_config {
    fl_node *root;
    struct fl_block *blocks; /* all memory of the tree */
    size_t node_count, file_count;
    uint32_t reads;
    bool out_of_memory;
    fl_config *files; /* that values of this one name, owned; a list linked by `next` */
    fl_config *next;
};

/* Zeroed memory that lives as long as the config; NULL and config->out_of_memory when there is none. */
void *fl_config_alloc(fl_config *config, size_t bytes);
char *fl_config_copy(fl_config *config, const char *bytes, size_t size);
fl_config *fl_config_new(void);

/* NULL when memory or FL_CONFIG_MAX_NODES is exhausted. The node is not yet a child of parent. */
fl_node *fl_node_new(fl_config *config, fl_node *parent, const char *key, fl_where where, fl_node_kind kind);
bool fl_nodes_push(fl_config *config, fl_nodes *nodes, fl_node *node);

/* Child of a map by a key of `length` bytes, without marking it; NULL when absent. */
fl_node *fl_nodes_find(const fl_nodes *nodes, const char *key, size_t length);

/* The node for a value that is not written: found or made in the defaults of `node`, marked as read. `text`
 * is the fallback of a scalar, NULL for a map. NULL when memory is exhausted. */
fl_node *fl_node_default(fl_node *node, const char *path, const char *text);

void fl_node_mark(fl_node *node);
/* Notes that somebody may ask `node` for `path`, at each of its levels that exists. */
void fl_node_know(fl_node *node, const char *path);
/* No value at all: nothing after the colon, `~` or `null`. */
bool fl_node_is_null(const fl_node *node);
/* "a single value", "a list", "a map" or "empty" for messages. */
const char *fl_node_kind_name(const fl_node *node);

/* Turns a single value that is overlaid by a map into a map: the value becomes its `type`, so that the
 * parameters of a part can be given to a part that was named alone. Empty values become empty maps. */
bool fl_node_become_map(fl_node *node);

/* Overlays `over` on `base`, both maps, key by key; the result is in `over`. */
fl_status fl_node_merge(fl_node *base, fl_node *over, fl_error *error);
/* Makes of `above`, which stands where `below` stood, what both mean together: maps are merged, unless they
 * are parts of different types, whose keys mean nothing to each other; everything else replaces. */
fl_status fl_node_override(fl_node *below, fl_node *above, fl_error *error);

/* FL_BAD_INPUT for a config whose memory or number of nodes is exhausted. */
fl_status fl_config_exhausted(const fl_config *config, const fl_where *where, fl_error *error);

/* Parses YAML text to a tree without resolving includes (config_yaml.c). `where` replaces the location of
 * each node when it is not NULL; `name` must live as long as the config. */
fl_status fl_yaml_parse(fl_config *config, const char *name, const char *text, size_t text_bytes,
                        const fl_where *fixed, fl_node **root, fl_error *error);

/* FL_BAD_INPUT at the first byte that is not part of plain UTF-8 text: control characters except tab and line
 * ends are refused too. `fixed` as above. */
fl_status fl_yaml_check_text(const char *name, const char *text, size_t text_bytes, const fl_where *fixed,
                             fl_error *error);

/* Applies one --set argument (config_set.c). */
fl_status fl_config_set(fl_config *config, const char *set, fl_error *error);

/* "unknown key", with the nearest and all known keys of the map that `node` is in. */
fl_status fl_node_unknown(const fl_node *node, fl_error *error);

/* "a, b, c" of the known names, sorted, shortened with an ellipsis, for "(allowed: ...)". */
char *fl_names_join(const char *const *names, size_t count, char *out, size_t size);

#endif
