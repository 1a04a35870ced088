#include "sim/base/config_tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- memory --------------------------------------------------------------------------------------------- */

enum { BLOCK_BYTES = 64 * 1024, ALIGNMENT = 16 };

typedef struct fl_block {
    struct fl_block *next;
    size_t used, size;
    _Alignas(ALIGNMENT) char bytes[];
} fl_block;

fl_config *fl_config_new(void) { return calloc(1, sizeof(fl_config)); }

void *fl_config_alloc(fl_config *config, size_t bytes)
{
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    fl_block *block = config->blocks;
    if (block == NULL || block->size - block->used < bytes) {
        size_t size = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
        block = calloc(1, sizeof *block + size);
        if (block == NULL) {
            config->out_of_memory = true;
            return NULL;
        }
        block->size = size;
        block->next = config->blocks;
        config->blocks = block;
    }
    void *memory = block->bytes + block->used;
    block->used += bytes;
    return memory;
}

char *fl_config_copy(fl_config *config, const char *bytes, size_t size)
{
    char *copy = fl_config_alloc(config, size + 1);
    if (copy != NULL && size > 0) memcpy(copy, bytes, size);
    return copy;
}

void fl_config_free(fl_config *config)
{
    if (config == NULL) return;
    while (config->files != NULL) {
        fl_config *file = config->files;
        config->files = file->next;
        fl_config_free(file);
    }
    for (fl_block *block = config->blocks, *next; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    free(config);
}

void fl_config_own_file(fl_node *node, fl_config *file)
{
    node->file = file->root;
    file->next = node->config->files;
    node->config->files = file;
}

void fl_config_names_file(fl_node *node, const char *path)
{
    node->named_file = fl_config_copy(node->config, path, strlen(path));
}

fl_status fl_config_exhausted(const fl_config *config, const fl_where *where, fl_error *error)
{
    if (config->out_of_memory) return fl_fail(error, FL_BAD_INPUT, where, "out of memory");
    return fl_fail(error, FL_BAD_INPUT, where, "more than %d values in one configuration",
                   FL_CONFIG_MAX_NODES);
}

/* A larger copy of an array of pointers; the old one stays behind in the arena. */
static void *grow(fl_config *config, const void *items, size_t count, size_t *capacity)
{
    size_t larger = *capacity == 0 ? 8 : *capacity * 2;
    void *copy = fl_config_alloc(config, larger * sizeof(void *));
    if (copy == NULL) return NULL;
    if (count > 0) memcpy(copy, items, count * sizeof(void *));
    *capacity = larger;
    return copy;
}

/* --- tree ----------------------------------------------------------------------------------------------- */

fl_node *fl_node_new(fl_config *config, fl_node *parent, const char *key, fl_where where, fl_node_kind kind)
{
    if (config->node_count == FL_CONFIG_MAX_NODES) return NULL;
    fl_node *node = fl_config_alloc(config, sizeof *node);
    if (node == NULL) return NULL;
    config->node_count++;
    node->config = config;
    node->parent = parent;
    node->key = key;
    node->where = where;
    node->kind = kind;
    if (parent != NULL) node->set = parent->set;
    return node;
}

bool fl_nodes_push(fl_config *config, fl_nodes *nodes, fl_node *node)
{
    if (nodes->count == nodes->capacity) {
        fl_node **items = grow(config, nodes->items, nodes->count, &nodes->capacity);
        if (items == NULL) return false;
        nodes->items = items;
    }
    nodes->items[nodes->count++] = node;
    return true;
}

static bool same(const char *string, const char *key, size_t length)
{
    return string != NULL && strncmp(string, key, length) == 0 && string[length] == '\0';
}

fl_node *fl_nodes_find(const fl_nodes *nodes, const char *key, size_t length)
{
    for (size_t i = 0; i < nodes->count; i++)
        if (same(nodes->items[i]->key, key, length)) return nodes->items[i];
    return NULL;
}

bool fl_node_become_map(fl_node *node)
{
    if (node->kind != FL_NODE_SCALAR) return true;
    bool empty = fl_node_is_null(node);
    node->kind = FL_NODE_MAP;
    if (empty) return true;
    fl_node *type = fl_node_new(node->config, node, "type", node->where, FL_NODE_SCALAR);
    if (type == NULL) return false;
    type->text = node->text;
    type->plain = node->plain;
    return fl_nodes_push(node->config, &node->children, type);
}

fl_node *fl_node_default(fl_node *node, const char *path, const char *text)
{
    static const fl_where ORIGIN = {"default", 0, 0};
    fl_config *config = node->config;
    for (;; path++) {
        size_t length = strcspn(path, ".");
        bool last = path[length] == '\0';
        fl_node *next = fl_nodes_find(&node->children, path, length);
        if (next == NULL) next = fl_nodes_find(&node->defaults, path, length);
        if (next == NULL) {
            bool scalar = last && text != NULL;
            char *key = fl_config_copy(config, path, length);
            next = key == NULL ? NULL
                               : fl_node_new(config, node, key, scalar ? ORIGIN : node->where,
                                             scalar ? FL_NODE_SCALAR : FL_NODE_MAP);
            if (next == NULL || !fl_nodes_push(config, &node->defaults, next)) return NULL;
            next->text = scalar ? text : NULL;
            next->plain = true;
        }
        fl_node_mark(next);
        if (last) return next;
        node = next;
        path += length;
    }
}

static const fl_node *type_of(const fl_node *map)
{
    const fl_node *type = fl_nodes_find(&map->children, "type", 4);
    return type != NULL && type->kind == FL_NODE_SCALAR ? type : NULL;
}

fl_status fl_node_override(fl_node *below, fl_node *above, fl_error *error)
{
    if (below->kind == FL_NODE_LIST || above->kind != FL_NODE_MAP) return FL_OK;
    if (!fl_node_become_map(below)) return fl_config_exhausted(above->config, &above->where, error);
    const fl_node *old = type_of(below), *new = type_of(above);
    if (old != NULL && new != NULL && strcmp(old->text, new->text) != 0) return FL_OK;
    return fl_node_merge(below, above, error);
}

fl_status fl_node_merge(fl_node *base, fl_node *over, fl_error *error)
{
    fl_config *config = over->config;
    fl_nodes merged = {0};
    for (size_t i = 0; i < base->children.count; i++) {
        fl_node *below = base->children.items[i];
        fl_node *above = fl_nodes_find(&over->children, below->key, strlen(below->key));
        fl_status status = above != NULL ? fl_node_override(below, above, error) : FL_OK;
        if (status != FL_OK) return status;
        fl_node *kept = above != NULL ? above : below;
        kept->parent = over;
        if (!fl_nodes_push(config, &merged, kept)) return fl_config_exhausted(config, &over->where, error);
    }
    for (size_t i = 0; i < over->children.count; i++) {
        fl_node *above = over->children.items[i];
        if (fl_nodes_find(&base->children, above->key, strlen(above->key)) != NULL) continue;
        if (!fl_nodes_push(config, &merged, above)) return fl_config_exhausted(config, &over->where, error);
    }
    over->children = merged;
    return FL_OK;
}

void fl_node_mark(fl_node *node)
{
    if (node->read_order == 0) node->read_order = ++node->config->reads;
}

static void know(fl_node *node, const char *key, size_t length)
{
    for (size_t i = 0; i < node->known.count; i++)
        if (same(node->known.items[i], key, length)) return;
    fl_names *known = &node->known;
    if (known->count == known->capacity) {
        const char **items = grow(node->config, known->items, known->count, &known->capacity);
        if (items == NULL) return; /* only a hint gets lost */
        known->items = items;
    }
    const char *copy = fl_config_copy(node->config, key, length);
    if (copy != NULL) known->items[known->count++] = copy;
}

void fl_node_know(fl_node *node, const char *path)
{
    while (node != NULL && node->kind != FL_NODE_LIST) {
        size_t length = strcspn(path, ".");
        know(node, path, length);
        if (path[length] == '\0') return;
        node = fl_nodes_find(&node->children, path, length);
        path += length + 1;
    }
}

/* --- reading -------------------------------------------------------------------------------------------- */

fl_node *fl_config_root(fl_config *config)
{
    fl_node_mark(config->root);
    return config->root;
}

fl_node *fl_node_get(fl_node *node, const char *path)
{
    if (node == NULL) return NULL;
    fl_node_know(node, path);
    for (;;) {
        if (node->kind != FL_NODE_MAP) return NULL;
        size_t length = strcspn(path, ".");
        node = fl_nodes_find(&node->children, path, length);
        if (node == NULL) return NULL;
        if (path[length] == '\0' || node->kind == FL_NODE_MAP) fl_node_mark(node);
        if (path[length] == '\0') return node;
        path += length + 1;
    }
}

size_t fl_node_count(const fl_node *node) { return node == NULL ? 0 : node->children.count; }

fl_node *fl_node_at(fl_node *node, size_t index)
{
    if (node == NULL || index >= node->children.count) return NULL;
    fl_node_mark(node->children.items[index]);
    return node->children.items[index];
}

const char *fl_node_key(const fl_node *node) { return node->key; }

const char *fl_node_text(const fl_node *node) { return node->kind == FL_NODE_SCALAR ? node->text : NULL; }

bool fl_node_is_map(const fl_node *node) { return node != NULL && node->kind == FL_NODE_MAP; }

bool fl_node_is_list(const fl_node *node) { return node != NULL && node->kind == FL_NODE_LIST; }

bool fl_node_is_null(const fl_node *node)
{
    if (node->kind != FL_NODE_SCALAR || !node->plain) return false;
    return node->text[0] == '\0' || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0;
}

const char *fl_node_kind_name(const fl_node *node)
{
    if (node->kind == FL_NODE_MAP) return "a map";
    if (node->kind == FL_NODE_LIST) return "a list";
    return fl_node_is_null(node) ? "empty" : "a single value";
}

const fl_where *fl_node_where(const fl_node *node) { return &node->where; }

static size_t index_in_parent(const fl_node *node)
{
    size_t index = 0;
    while (index < node->parent->children.count && node->parent->children.items[index] != node) index++;
    return index;
}

const char *fl_node_path(const fl_node *node)
{
    if (node->path != NULL) return node->path;
    if (node->parent == NULL) return "";
    const char *above = fl_node_path(node->parent);
    char number[32] = "";
    if (node->key == NULL) snprintf(number, sizeof number, "[%zu]", index_in_parent(node));
    const char *dot = node->key != NULL && above[0] != '\0' ? "." : "";
    const char *name = node->key != NULL ? node->key : number;
    size_t size = strlen(above) + strlen(dot) + strlen(name) + 1;
    char *path = fl_config_alloc(node->config, size);
    if (path == NULL) return "";
    snprintf(path, size, "%s%s%s", above, dot, name);
    ((fl_node *)node)->path = path; /* a cache: the node is not changed for its reader */
    return path;
}

fl_status fl_node_fail(const fl_node *node, fl_error *error, const char *format, ...)
{
    char text[FL_ERROR_TEXT];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const char *path = node->set_target ? "" : fl_node_path(node);
    return fl_fail(error, FL_BAD_INPUT, &node->where, "%s%s%s%s%s", node->set != NULL ? node->set : "",
                   node->set != NULL ? ": " : "", path, path[0] != '\0' ? ": " : "", text);
}
