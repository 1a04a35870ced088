/* One --set argument: "matrix.rows=64", "matrix.pe={type: flint}". The value is YAML. */
#include <string.h>

#include "sim/base/config_tree.h"

static const fl_where SET = {"--set", 0, 0};

static fl_status malformed(const char *set, fl_error *error, const char *text)
{
    return fl_fail(error, FL_BAD_INPUT, &SET, "%s: %s", set, text);
}

/* The map at the next key of the path, made when it is missing. */
static fl_status enter(fl_config *config, const char *set, fl_node **map, const char *key, size_t length,
                       fl_error *error)
{
    fl_node *next = fl_nodes_find(&(*map)->children, key, length);
    if (next == NULL) {
        char *copy = fl_config_copy(config, key, length);
        next = copy != NULL ? fl_node_new(config, *map, copy, SET, FL_NODE_MAP) : NULL;
        if (next == NULL || !fl_nodes_push(config, &(*map)->children, next))
            return fl_config_exhausted(config, &SET, error);
        next->set = set;
    }
    if (next->kind == FL_NODE_LIST)
        return fl_fail(error, FL_BAD_INPUT, &SET, "%s: %s is a list; set the whole list", set,
                       fl_node_path(next));
    if (next->kind == FL_NODE_SCALAR) { /* who asks for a single value learns that --set made it a map */
        if (!fl_node_become_map(next)) return fl_config_exhausted(config, &SET, error);
        next->where = SET;
        next->set = set;
    }
    *map = next;
    return FL_OK;
}

static void attribute(fl_node *node, const char *set)
{
    node->set = set;
    for (size_t i = 0; i < node->children.count; i++) attribute(node->children.items[i], set);
}

/* Parses the text after '=' to a node without a parent. */
static fl_status parse_value(fl_config *config, const char *set, const char *text, fl_node **value,
                             fl_error *error)
{
    fl_error inner = {FL_OK, ""};
    fl_status status = fl_yaml_parse(config, SET.file, text, strlen(text), &SET, value, &inner);
    if (status != FL_OK) {
        const char *reason = strncmp(inner.text, "--set: ", 7) == 0 ? inner.text + 7 : inner.text;
        return malformed(set, error, reason);
    }
    if (*value == NULL) return malformed(set, error, "no value after =");
    attribute(*value, set);
    (*value)->set_target = true;
    return FL_OK;
}

static fl_status put(fl_config *config, fl_node *map, const char *key, size_t length, fl_node *value,
                     fl_error *error)
{
    value->key = fl_config_copy(config, key, length);
    value->parent = map;
    if (value->key == NULL) return fl_config_exhausted(config, &SET, error);
    for (size_t i = 0; i < map->children.count; i++) {
        fl_node *old = map->children.items[i];
        if (strcmp(old->key, value->key) != 0) continue;
        map->children.items[i] = value;
        return fl_node_override(old, value, error);
    }
    return fl_nodes_push(config, &map->children, value) ? FL_OK : fl_config_exhausted(config, &SET, error);
}

fl_status fl_config_set(fl_config *config, const char *argument, fl_error *error)
{
    const char *set = fl_config_copy(config, argument, strlen(argument));
    if (set == NULL) return fl_config_exhausted(config, &SET, error);
    const char *equals = strchr(set, '=');
    if (equals == NULL) return malformed(set, error, "must look like key.key=value");
    fl_node *value, *map = config->root;
    fl_status status = fl_yaml_check_text(SET.file, set, strlen(set), &SET, error);
    if (status == FL_OK) status = parse_value(config, set, equals + 1, &value, error);
    int depth = 0;
    for (const char *key = set; status == FL_OK; depth++) {
        size_t length = strcspn(key, ".=");
        if (length == 0) return malformed(set, error, "a key is empty (write key.key=value)");
        if (depth == FL_CONFIG_MAX_DEPTH) return malformed(set, error, "too many keys in the path");
        if (key + length == equals) return put(config, map, key, length, value, error);
        status = enter(config, set, &map, key, length, error);
        key += length + 1;
    }
    return status;
}
