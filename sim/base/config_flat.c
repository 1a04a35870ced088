/* The effective configuration as flat text: one value per dotted path. */
#include <string.h>

#include "sim/base/config_tree.h"
#include "sim/base/text.h"

void fl_config_use_all(fl_node *node)
{
    fl_node_mark(node);
    if (node->file != NULL) fl_config_use_all(node->file);
    for (size_t i = 0; i < fl_node_count(node); i++) fl_config_use_all(fl_node_at(node, i));
}

static void print_pair(const char *path, const char *text, bool *first, fl_text *out)
{
    fl_text_puts(out, *first ? "" : ",");
    *first = false;
    fl_text_json(out, path);
    fl_text_puts(out, ":");
    fl_text_json(out, text);
}

static void walk(const fl_node *node, const char *path, bool *first, fl_text *out);

static void walk_all(const fl_nodes *nodes, const char *path, bool *first, fl_text *out)
{
    for (size_t i = 0; i < nodes->count; i++) {
        const fl_node *child = nodes->items[i];
        if (child->read_order == 0) continue;
        fl_text below = {0};
        if (child->key != NULL)
            fl_text_printf(&below, "%s%s%s", path, *path ? "." : "", child->key);
        else
            fl_text_printf(&below, "%s%s%zu", path, *path ? "." : "", i);
        if (below.failed)
            out->failed = true;
        else
            walk(child, below.bytes, first, out);
        fl_text_free(&below);
    }
}

static void walk(const fl_node *node, const char *path, bool *first, fl_text *out)
{
    if (node->file != NULL) walk(node->file, path, first, out);
    if (node->kind == FL_NODE_SCALAR) print_pair(path, node->text, first, out);
    walk_all(&node->children, path, first, out);
    walk_all(&node->defaults, path, first, out);
}

void fl_config_print_flat(const fl_config *config, const char *prefix, bool *first, fl_text *out)
{
    walk(config->root, prefix, first, out);
}

static const fl_node *child_of(const fl_node *node, const char *key, size_t length)
{
    const fl_node *child = fl_nodes_find(&node->children, key, length);
    return child != NULL ? child : fl_nodes_find(&node->defaults, key, length);
}

const char *fl_config_value(const fl_config *config, const char *path)
{
    const fl_node *node = config->root;
    while (node != NULL) {
        size_t length = strcspn(path, ".");
        node = child_of(node, path, length);
        if (path[length] == '\0') break;
        path += length + 1;
    }
    return node != NULL && node->kind == FL_NODE_SCALAR && node->read_order != 0 ? node->text : NULL;
}
