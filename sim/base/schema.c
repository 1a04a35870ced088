/* Reading a configuration through parameter tables. */
#include "sim/base/schema.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/config_tree.h"
#include "sim/base/nearest.h"
#include "sim/base/schema_print.h"
#include "sim/base/units.h"

enum { LIST_TEXT = 512, MAX_PARTS = 256 };

/* --- one value -------------------------------------------------------------------------------------------
 */

/* "X is not a ... ; did you mean "Y"? (allowed: ...)" */
static fl_status not_one_of(const fl_node *node, const char *what, const char *const *names, size_t count,
                            fl_error *error)
{
    char list[LIST_TEXT], hint[FL_NEAREST_HINT];
    return fl_node_fail(node, error, "\"%.80s\" is not %s%s (allowed: %s)", node->text, what,
                        fl_nearest_hint(node->text, names, count, hint),
                        fl_names_join(names, count, list, sizeof list));
}

static fl_status read_bool(const fl_node *node, bool *out, fl_error *error)
{
    *out = strcmp(node->text, "true") == 0;
    if (*out || strcmp(node->text, "false") == 0) return FL_OK;
    return fl_node_fail(node, error, "\"%.80s\" is not true or false", node->text);
}

static fl_status read_choice(const fl_node *node, const fl_param *param, int *out, fl_error *error)
{
    int count = 0;
    for (; param->choices[count] != NULL; count++) {
        if (strcmp(node->text, param->choices[count]) != 0) continue;
        *out = count;
        return FL_OK;
    }
    return not_one_of(node, "a choice", param->choices, (size_t)count, error);
}

static fl_status find_part(const fl_node *node, const char *kind, const fl_part **out, fl_error *error)
{
    *out = fl_registry_find(kind, node->text);
    if (*out != NULL) return FL_OK;
    const fl_part *parts[MAX_PARTS];
    const char *names[MAX_PARTS];
    size_t count = fl_registry_list(kind, parts, MAX_PARTS);
    for (size_t i = 0; i < count; i++) names[i] = parts[i]->name;
    char what[80];
    snprintf(what, sizeof what, "a known %s", kind);
    if (strstr(node->text, ".yaml") != NULL)
        return fl_node_fail(node, error, "\"%.80s\" is not %s; to take a file write {include: FILE}",
                            node->text, what);
    return not_one_of(node, what, names, count, error);
}

static fl_status unit_fault(const fl_node *node, const fl_param *param, bool bare, fl_error *error)
{
    if (param->unit == FL_UNIT_NONE)
        return fl_node_fail(node, error, "\"%.80s\" has a unit; write a bare number", node->text);
    const char *const *names = fl_unit_names(param->unit);
    char list[LIST_TEXT], example[2 * FL_QUANTITY_TEXT];
    size_t used = 0;
    for (size_t i = 0; names[i] != NULL; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "", names[i]);
    return fl_node_fail(node, error, "\"%.80s\" has no unit%s (write for example \"%s\"; allowed: %s)",
                        node->text, bare ? "" : " flintlock knows",
                        fl_quantity_suggest(example, sizeof example, node->text, param->unit), list);
}

static fl_status quantity_fault(const fl_node *node, const fl_param *param, fl_quantity_fault fault,
                                fl_error *error)
{
    const char *text = node->text, *base = fl_unit_base(param->unit);
    const char *of = base[0] != '\0' ? " of " : "";
    char allowed[FL_BOUNDS_TEXT], example[2 * FL_QUANTITY_TEXT];
    fl_bounds_print(allowed, sizeof allowed, param);
    switch (fault) {
    case FL_QUANTITY_NO_UNIT:
    case FL_QUANTITY_UNKNOWN_UNIT:
        return unit_fault(node, param, fault == FL_QUANTITY_NO_UNIT, error);
    case FL_QUANTITY_NEGATIVE:
        return fl_node_fail(node, error, "%.80s is negative (allowed %s)", text, allowed);
    case FL_QUANTITY_FRACTION:
        return fl_node_fail(node, error, "\"%.80s\" is not a whole number%s%s", text, of, base);
    case FL_QUANTITY_TOO_LARGE:
        return fl_node_fail(node, error, "%.80s is too large (allowed %s)", text, allowed);
    case FL_QUANTITY_TOO_LONG:
        return fl_node_fail(node, error, "%.80s has more than 18 digits", text);
    default:
        if (base[0] == '\0')
            return fl_node_fail(node, error, "\"%.80s\" is not a %snumber", text,
                                param->type == FL_UINT ? "whole " : "");
        return fl_node_fail(node, error, "\"%.80s\" is not a quantity (write for example \"%s\")", text,
                            fl_quantity_suggest(example, sizeof example, text, param->unit));
    }
}

static fl_status out_of_bounds(const fl_node *node, const fl_param *param, const char *what, fl_error *error)
{
    char allowed[FL_BOUNDS_TEXT];
    return fl_node_fail(node, error, "%.80s is %s (allowed %s)", node->text, what,
                        fl_bounds_print(allowed, sizeof allowed, param));
}

static fl_status read_uint(const fl_node *node, const fl_param *param, uint64_t *out, fl_error *error)
{
    fl_quantity_fault fault = fl_quantity_uint(node->text, param->unit, out);
    if (fault != FL_QUANTITY_OK) return quantity_fault(node, param, fault, error);
    /* At most 2^53, so the comparison with the table's doubles is exact. */
    double value = (double)*out;
    if (param->power_of_two && (*out & (*out - 1)) != 0)
        return out_of_bounds(node, param, "not a power of two", error);
    if (value < param->min || (fl_param_has_max(param) && value > param->max) ||
        (param->power_of_two && *out == 0))
        return out_of_bounds(node, param, "out of bounds", error);
    return FL_OK;
}

static fl_status read_real(const fl_node *node, const fl_param *param, double *out, fl_error *error)
{
    fl_quantity_fault fault = fl_quantity_real(node->text, param->unit, out);
    if (fault != FL_QUANTITY_OK) return quantity_fault(node, param, fault, error);
    if (*out < param->min || (fl_param_has_max(param) && *out > param->max))
        return out_of_bounds(node, param, "out of bounds", error);
    return FL_OK;
}

/* The scalar that holds the value: for a part given as a map, its `type`. */
static fl_status value_of(const fl_node *node, const fl_param *param, const fl_node **value, fl_error *error)
{
    *value = node;
    if (param->type == FL_PART && node->kind == FL_NODE_MAP) {
        *value = fl_node_get((fl_node *)node, "type"); /* marks it as read */
        if (*value == NULL)
            return fl_node_fail(node, error, "has no type (the name of a %s)", param->part_kind);
    }
    if (fl_node_is_null(*value)) return fl_node_fail(*value, error, "has no value");
    if ((*value)->kind == FL_NODE_SCALAR) return FL_OK;
    return fl_node_fail(*value, error, "must be a single value, not %s", fl_node_kind_name(*value));
}

fl_status fl_schema_scalar(fl_config *config, const fl_node *node, const fl_param *param, void *out,
                           fl_error *error)
{
    (void)config; /* the values live in the node */
    fl_status status = value_of(node, param, &node, error);
    if (status != FL_OK) return status;
    switch (param->type) {
    case FL_BOOL:
        return read_bool(node, out, error);
    case FL_UINT:
        return read_uint(node, param, out, error);
    case FL_REAL:
        return read_real(node, param, out, error);
    case FL_CHOICE:
        return read_choice(node, param, out, error);
    case FL_PART:
        return find_part(node, param->part_kind, out, error);
    case FL_NAME:
        *(const char **)out = node->text;
        return FL_OK;
    case FL_SUBPART: /* no scalar: read_param */
        break;
    }
    return FL_OK;
}

/* --- tables ----------------------------------------------------------------------------------------------
 */

/* The node at a dotted path, marked; NULL when absent. Something else than a map on the way is an error. */
static fl_status look_up(fl_node *node, const char *path, fl_node **found, fl_error *error)
{
    fl_node_know(node, path);
    for (;;) {
        size_t length = strcspn(path, ".");
        *found = node = fl_nodes_find(&node->children, path, length);
        if (node == NULL) return FL_OK;
        fl_node_mark(node);
        if (path[length] == '\0') return FL_OK;
        if (node->kind != FL_NODE_MAP)
            return fl_node_fail(node, error, "must be a map of keys, but is %s", fl_node_kind_name(node));
        path += length + 1;
    }
}

/* The unread key of `node` that is most likely a mistyped `key`, or NULL. */
static const fl_node *mistyped(const fl_node *node, const char *key)
{
    for (size_t i = 0; i < node->children.count; i++) {
        const fl_node *child = node->children.items[i];
        if (child->read_order != 0 || child->key == NULL) continue;
        const char *meant = fl_nearest(child->key, node->known.items, node->known.count);
        if (meant != NULL && strcmp(meant, key) == 0) return child;
    }
    return NULL;
}

static fl_status missing(const fl_node *node, const char *key, const char *help, fl_error *error)
{
    const fl_node *typo = mistyped(node, key);
    if (typo != NULL) return fl_node_unknown(typo, error);
    const char *path = fl_node_path(node);
    return fl_fail(error, FL_BAD_INPUT, &node->where, "%s%s%s: missing key%s%s%s", path,
                   path[0] != '\0' ? "." : "", key, help != NULL ? " (" : "", help != NULL ? help : "",
                   help != NULL ? ")" : "");
}

static fl_status read_param(fl_config *config, fl_node *node, const fl_param *param, void *out,
                            fl_error *error)
{
    fl_node *value;
    fl_status status = look_up(node, param->key, &value, error);
    if (status != FL_OK) return status;
    if (value == NULL) {
        if (param->fallback == NULL) return missing(node, param->key, param->help, error);
        value = fl_node_default(node, param->key, param->fallback);
        if (value == NULL) return fl_config_exhausted(config, &node->where, error);
    }
    void *field = (char *)out + param->offset;
    if (param->type != FL_SUBPART) return fl_schema_scalar(config, value, param, field, error);
    fl_subpart *subpart = field;
    return fl_part_read(config, value, param->part_kind, &subpart->part, &subpart->params, error);
}

/* Reads a table from `node`: a map, or a scalar that names a part, whose keys are then all absent. */
static fl_status read_table(fl_config *config, fl_node *node, const fl_param *params, size_t count, void *out,
                            fl_error *error)
{
    /* All keys are made known first, so that a missing key does not hide the hint for a mistyped one. */
    for (size_t i = 0; i < count; i++) fl_node_know(node, params[i].key);
    fl_status status = FL_OK;
    for (size_t i = 0; i < count && status == FL_OK; i++)
        status = read_param(config, node, &params[i], out, error);
    return status;
}

fl_status fl_schema_read(fl_config *config, fl_node *node, fl_node *parent, const fl_param *params,
                         size_t count, void *out, fl_error *error)
{
    if (node == NULL) { /* a map of no keys at the place and path of its parent, belonging to nobody */
        node = fl_node_new(config, parent, NULL, parent->where, FL_NODE_MAP);
        if (node == NULL) return fl_config_exhausted(config, &parent->where, error);
        node->path = fl_node_path(parent);
    }
    if (node->kind != FL_NODE_MAP)
        return fl_node_fail(node, error, "must be a map of keys, but is %s", fl_node_kind_name(node));
    fl_node_mark(node);
    return read_table(config, node, params, count, out, error);
}

fl_status fl_schema_read_at(fl_config *config, fl_node *parent, const char *path, const fl_param *params,
                            size_t count, void *out, fl_error *error)
{
    fl_node *node;
    fl_status status = look_up(parent, path, &node, error);
    if (status != FL_OK) return status;
    if (node == NULL) node = fl_node_default(parent, path, NULL);
    if (node == NULL) return fl_config_exhausted(config, &parent->where, error);
    return fl_schema_read(config, node, parent, params, count, out, error);
}

/* --- parts -----------------------------------------------------------------------------------------------
 */

/* Lets the part check its parameters against each other; blames a key where it stands, or the whole part. */
static fl_status check_part(fl_node *node, const fl_part *part, const void *params, fl_error *error)
{
    const char *key = "";
    char text[200];
    if (part->check == NULL || part->check(params, &key, text, sizeof text)) return FL_OK;
    const fl_node *blamed = fl_node_get(node, key);
    if (blamed != NULL) return fl_node_fail(blamed, error, "%s", text);
    return fl_node_fail(node, error, "%s: %s", key, text);
}

fl_status fl_part_read(fl_config *config, fl_node *node, const char *kind, const fl_part **part,
                       void **params, fl_error *error)
{
    fl_param name = {.key = "type", .type = FL_PART, .part_kind = kind};
    fl_status status = fl_schema_scalar(config, node, &name, part, error);
    if (status != FL_OK) return status;
    fl_node_mark(node);
    void *own = (*part)->params_bytes > 0 ? fl_config_alloc(config, (*part)->params_bytes) : NULL;
    if ((*part)->params_bytes > 0 && own == NULL) return fl_config_exhausted(config, &node->where, error);
    if (params != NULL) *params = own;
    status = read_table(config, node, (*part)->params, (*part)->param_count, own, error);
    return status == FL_OK ? check_part(node, *part, own, error) : status;
}

fl_status fl_part_read_at(fl_config *config, fl_node *parent, const char *path, const char *kind,
                          const char *fallback, const fl_part **part, void **params, fl_error *error)
{
    fl_node *node;
    fl_status status = look_up(parent, path, &node, error);
    if (status != FL_OK) return status;
    if (node == NULL && fallback == NULL) return missing(parent, path, NULL, error);
    if (node == NULL) node = fl_node_default(parent, path, fallback);
    if (node == NULL) return fl_config_exhausted(config, &parent->where, error);
    return fl_part_read(config, node, kind, part, params, error);
}
