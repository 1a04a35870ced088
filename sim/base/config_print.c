/* The effective configuration as YAML: what was read, written or default, in the order of reading. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/config_tree.h"
#include "sim/base/file.h"
#include "sim/base/text.h"

enum { INDENT = 4, ORIGIN_COLUMN = 48 };

typedef struct printer {
    fl_text text;
    bool origins;
    const char *directory; /* that names of files are relative to; NULL: as written */
} printer;

static int by_read_order(const void *a, const void *b)
{
    uint32_t x = (*(fl_node *const *)a)->read_order, y = (*(fl_node *const *)b)->read_order;
    return (x > y) - (x < y);
}

/* Whether YAML reads the text back as the same plain scalar. */
static bool safe_plain(const char *text)
{
    static const char FIRST[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+";
    static const char REST[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-*()= ";
    size_t length = strlen(text);
    return length > 0 && strchr(FIRST, text[0]) != NULL && strspn(text, REST) == length &&
           text[length - 1] != ' ' && strcmp(text, "null") != 0 && strcmp(text, "...") != 0;
}

static void print_scalar(printer *p, const char *text, bool plain)
{
    if (plain && safe_plain(text))
        fl_text_puts(&p->text, text);
    else
        fl_text_json(&p->text, text);
}

static void end_line(printer *p, const fl_node *node, size_t line_start)
{
    if (p->origins) {
        size_t width = p->text.size - line_start;
        fl_text_printf(&p->text, "%*s # %s", width < ORIGIN_COLUMN ? (int)(ORIGIN_COLUMN - width) : 1, "",
                       node->where.file);
        if (node->where.line > 0) fl_text_printf(&p->text, ":%d:%d", node->where.line, node->where.column);
    }
    fl_text_puts(&p->text, "\n");
}

static void print_children(printer *p, const fl_node *node, int depth);

/* The value of `node` after "key:" or "-". */
static void print_value(printer *p, const fl_node *node, int depth, size_t line_start)
{
    bool part = node->kind == FL_NODE_SCALAR && node->defaults.count > 0;
    if (node->file != NULL) {
        fl_text_puts(&p->text, "\n");
        print_children(p, node->file, depth);
    } else if (part) { /* `pe: flint` with parameters by default: print the long form */
        size_t inner;
        fl_text_puts(&p->text, "\n");
        inner = p->text.size;
        fl_text_printf(&p->text, "%*stype: ", depth * INDENT, "");
        print_scalar(p, node->text, node->plain);
        end_line(p, node, inner);
        print_children(p, node, depth);
    } else if (node->kind == FL_NODE_SCALAR) {
        char *relative = p->directory != NULL && node->named_file != NULL
                             ? fl_file_relative(node->named_file, p->directory)
                             : NULL;
        fl_text_puts(&p->text, " ");
        print_scalar(p, relative != NULL ? relative : node->text, node->plain);
        free(relative);
        end_line(p, node, line_start);
    } else if (node->children.count + node->defaults.count == 0) {
        fl_text_puts(&p->text, node->kind == FL_NODE_MAP ? " {}" : " []");
        end_line(p, node, line_start);
    } else {
        fl_text_puts(&p->text, "\n");
        print_children(p, node, depth);
    }
}

static void print_children(printer *p, const fl_node *node, int depth)
{
    size_t count = node->children.count + node->defaults.count;
    fl_node **sorted = calloc(count, sizeof(fl_node *));
    if (sorted == NULL) {
        p->text.failed = true;
        return;
    }
    if (node->children.count > 0) memcpy(sorted, node->children.items, node->children.count * sizeof *sorted);
    if (node->defaults.count > 0)
        memcpy(sorted + node->children.count, node->defaults.items, node->defaults.count * sizeof *sorted);
    if (node->kind != FL_NODE_LIST) qsort(sorted, count, sizeof *sorted, by_read_order);
    for (size_t i = 0; i < count; i++) {
        if (sorted[i]->read_order == 0) continue;
        size_t line_start = p->text.size;
        fl_text_printf(&p->text, "%*s", depth * INDENT, "");
        if (sorted[i]->key == NULL)
            fl_text_puts(&p->text, "-");
        else
            print_scalar(p, sorted[i]->key, true);
        if (sorted[i]->key != NULL) fl_text_puts(&p->text, ":");
        print_value(p, sorted[i], depth + 1, line_start);
    }
    free(sorted);
}

static char *print(const fl_config *config, printer p)
{
    if (config->root->children.count + config->root->defaults.count > 0) print_children(&p, config->root, 0);
    return fl_text_take(&p.text);
}

char *fl_config_print(const fl_config *config, bool origins)
{
    return print(config, (printer){.origins = origins});
}

char *fl_config_print_into(const fl_config *config, const char *directory)
{
    return print(config, (printer){.directory = directory});
}
