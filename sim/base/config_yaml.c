/* YAML text to a tree of nodes, by the events of libfyaml. What configurations do not use (aliases, anchors,
 * tags, merge keys, several documents) is refused at the event, before the library would expand it. */
#include <libfyaml.h>
#include <string.h>

#include "sim/base/config_tree.h"

typedef struct builder {
    fl_config *config;
    const char *name;
    const fl_where *fixed;               /* location of every node, or NULL */
    fl_node *stack[FL_CONFIG_MAX_DEPTH]; /* open maps and lists, outermost first */
    int depth;
    const char *key; /* key read, value pending */
    fl_where key_where;
    fl_node *root;
    fl_error *error;
} builder;

static fl_where locate(const builder *b, struct fy_token *token)
{
    if (b->fixed != NULL) return *b->fixed;
    const struct fy_mark *mark = token != NULL ? fy_token_start_mark(token) : NULL;
    if (mark != NULL) return (fl_where){b->name, mark->line + 1, mark->column + 1};
    if (b->key != NULL) return b->key_where;
    return b->depth > 0 ? b->stack[b->depth - 1]->where : (fl_where){b->name, 1, 1};
}

static fl_status refuse(builder *b, struct fy_token *token, const char *text)
{
    fl_where where = locate(b, token);
    return fl_fail(b->error, FL_BAD_INPUT, &where, "%s", text);
}

static fl_status take_key(builder *b, fl_node *map, struct fy_token *token)
{
    size_t size = 0;
    const char *text = token != NULL ? fy_token_get_text(token, &size) : NULL;
    fl_where where = locate(b, token);
    if (text == NULL || size == 0) return refuse(b, token, "a key must be a name");
    if (memchr(text, '\0', size) != NULL) return refuse(b, token, "a key must not contain a zero byte");
    if (memchr(text, '.', size) != NULL)
        return fl_fail(b->error, FL_BAD_INPUT, &where, "the key \"%.*s\" contains a dot; write nested maps",
                       (int)(size < 80 ? size : 80), text);
    if (size == 2 && memcmp(text, "<<", 2) == 0)
        return refuse(b, token, "merge keys are not supported; use include");
    if (map->children.count == FL_CONFIG_MAX_KEYS)
        return fl_fail(b->error, FL_BAD_INPUT, &where, "more than %d keys in one map", FL_CONFIG_MAX_KEYS);
    const fl_node *first = fl_nodes_find(&map->children, text, size);
    b->key = fl_config_copy(b->config, text, size);
    b->key_where = where;
    if (b->key == NULL) return fl_config_exhausted(b->config, &where, b->error);
    if (first == NULL) return FL_OK;
    if (b->fixed != NULL) return fl_fail(b->error, FL_BAD_INPUT, &where, "duplicate key %s", b->key);
    return fl_fail(b->error, FL_BAD_INPUT, &where, "%s%s%s: duplicate key; the first one is at %d:%d",
                   fl_node_path(map), fl_node_path(map)[0] != '\0' ? "." : "", b->key, first->where.line,
                   first->where.column);
}

/* Adds a node for a value to the map or list that is open. */
static fl_status add_value(builder *b, struct fy_token *token, fl_node_kind kind, fl_node **added)
{
    fl_node *parent = b->depth > 0 ? b->stack[b->depth - 1] : NULL;
    fl_where where = b->key != NULL ? b->key_where : locate(b, token);
    fl_node *node = fl_node_new(b->config, parent, b->key, where, kind);
    if (node == NULL) return fl_config_exhausted(b->config, &where, b->error);
    if (parent == NULL)
        b->root = node;
    else if (!fl_nodes_push(b->config, &parent->children, node))
        return fl_config_exhausted(b->config, &where, b->error);
    b->key = NULL;
    *added = node;
    return FL_OK;
}

static fl_status take_scalar(builder *b, struct fy_token *token)
{
    fl_node *parent = b->depth > 0 ? b->stack[b->depth - 1] : NULL;
    if (parent != NULL && parent->kind == FL_NODE_MAP && b->key == NULL) return take_key(b, parent, token);
    fl_node *node;
    size_t size = 0;
    const char *text = token != NULL ? fy_token_get_text(token, &size) : "";
    if (text == NULL || memchr(text, '\0', size) != NULL)
        return refuse(b, token, "a value must not contain a zero byte");
    fl_status status = add_value(b, token, FL_NODE_SCALAR, &node);
    if (status != FL_OK) return status;
    node->plain = fy_token_scalar_style(token) == FYSS_PLAIN;
    node->text = fl_config_copy(b->config, text, size);
    return node->text != NULL ? FL_OK : fl_config_exhausted(b->config, &node->where, b->error);
}

static fl_status open_collection(builder *b, struct fy_token *token, fl_node_kind kind)
{
    if (b->depth > 0 && b->stack[b->depth - 1]->kind == FL_NODE_MAP && b->key == NULL)
        return refuse(b, token, "a key must be a name");
    fl_where where = locate(b, token);
    if (b->depth == FL_CONFIG_MAX_DEPTH)
        return fl_fail(b->error, FL_BAD_INPUT, &where, "nested more than %d levels deep",
                       FL_CONFIG_MAX_DEPTH);
    fl_node *node;
    fl_status status = add_value(b, token, kind, &node);
    if (status == FL_OK) b->stack[b->depth++] = node;
    return status;
}

static fl_status check_properties(builder *b, struct fy_token *anchor, struct fy_token *tag)
{
    if (anchor != NULL) return refuse(b, anchor, "anchors are not supported; use include");
    if (tag != NULL) return refuse(b, tag, "tags are not supported; write the plain value");
    return FL_OK;
}

static fl_status take_event(builder *b, struct fy_event *event)
{
    fl_status status;
    switch (event->type) {
    case FYET_DOCUMENT_START:
        if (b->root == NULL) return FL_OK;
        return refuse(b, event->document_start.document_start, "a second document in one file");
    case FYET_ALIAS:
        return refuse(b, event->alias.anchor, "aliases are not supported; use include");
    case FYET_SCALAR:
        status = check_properties(b, event->scalar.anchor, event->scalar.tag);
        return status != FL_OK ? status : take_scalar(b, event->scalar.value);
    case FYET_SEQUENCE_START:
        status = check_properties(b, event->sequence_start.anchor, event->sequence_start.tag);
        return status != FL_OK ? status
                               : open_collection(b, event->sequence_start.sequence_start, FL_NODE_LIST);
    case FYET_MAPPING_START:
        status = check_properties(b, event->mapping_start.anchor, event->mapping_start.tag);
        return status != FL_OK ? status : open_collection(b, event->mapping_start.mapping_start, FL_NODE_MAP);
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END:
        b->depth--;
        return FL_OK;
    default:
        return FL_OK;
    }
}

/* The library's first complaint as a located error. */
static fl_status syntax_error(builder *b, struct fy_diag *diag)
{
    void *iterator = NULL;
    const struct fy_diag_error *first = fy_diag_errors_iterate(diag, &iterator);
    fl_where where = b->fixed != NULL ? *b->fixed : (fl_where){b->name, 1, 1};
    if (first == NULL || first->msg == NULL) return fl_fail(b->error, FL_BAD_INPUT, &where, "not valid YAML");
    if (b->fixed == NULL && first->line > 0) {
        where.line = first->line;
        where.column = first->column;
    }
    return fl_fail(b->error, FL_BAD_INPUT, &where, "not valid YAML: %.*s", (int)strcspn(first->msg, "\n"),
                   first->msg);
}

static fl_status run_parser(builder *b, struct fy_parser *parser, struct fy_diag *diag)
{
    struct fy_event *event;
    while ((event = fy_parser_parse(parser)) != NULL) {
        fl_status status = take_event(b, event);
        fy_parser_event_free(parser, event);
        if (status != FL_OK) return status;
    }
    return fy_parser_get_stream_error(parser) || fy_diag_got_error(diag) ? syntax_error(b, diag) : FL_OK;
}

/* Length of the UTF-8 character at `p`, 0 when it is none or a control character. */
static size_t character_length(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80) return p[0] >= 0x20 ? p[0] != 0x7F : p[0] == '\t' || p[0] == '\n' || p[0] == '\r';
    size_t length = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || length > left) return 0;
    for (size_t i = 1; i < length; i++)
        if ((p[i] & 0xC0) != 0x80) return 0;
    bool overlong = (p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xF0 && p[1] < 0x90);
    bool outside = (p[0] == 0xED && p[1] > 0x9F) || (p[0] == 0xF4 && p[1] > 0x8F);
    return overlong || outside ? 0 : length;
}

/* Is the `?` at `at` the mark of an explicit key: first in its line or behind - { [ , and with a blank behind
 * it? */
static bool marks_a_key(const char *text, size_t text_bytes, size_t at)
{
    if (text[at] != '?' || (at + 1 < text_bytes && strchr(" \t\r\n", text[at + 1]) == NULL)) return false;
    while (at > 0 && (text[at - 1] == ' ' || text[at - 1] == '\t')) at--;
    return at == 0 || strchr("\n\r-{[,", text[at - 1]) != NULL;
}

fl_status fl_yaml_check_text(const char *name, const char *text, size_t text_bytes, const fl_where *fixed,
                             fl_error *error)
{
    int line = 1, column = 1;
    for (size_t at = 0; at < text_bytes;) {
        size_t length = character_length((const unsigned char *)text + at, text_bytes - at);
        fl_where where = fixed != NULL ? *fixed : (fl_where){name, line, column};
        if (length == 0)
            return fl_fail(error, FL_BAD_INPUT, &where, "not plain UTF-8 text (byte 0x%02X)",
                           (unsigned char)text[at]);
        /* A tab in one leaves the parser in a state that it does not survive (libfyaml 0.7). */
        if (marks_a_key(text, text_bytes, at))
            return fl_fail(error, FL_BAD_INPUT, &where,
                           "a key must be a name (explicit keys, \"? key\", are not read)");
        column = text[at] == '\n' ? 1 : column + 1;
        line += text[at] == '\n';
        at += length;
    }
    return FL_OK;
}

fl_status fl_yaml_parse(fl_config *config, const char *name, const char *text, size_t text_bytes,
                        const fl_where *fixed, fl_node **root, fl_error *error)
{
    fl_status status = fl_yaml_check_text(name, text, text_bytes, fixed, error);
    if (status != FL_OK) return status;

    struct fy_diag_cfg diag_config;
    fy_diag_cfg_default(&diag_config);
    diag_config.fp = NULL; /* the library would print to stderr */
    struct fy_diag *diag = fy_diag_create(&diag_config);
    struct fy_parse_cfg parse_config = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_JSON_NONE,
                                        .diag = diag};
    struct fy_parser *parser = diag != NULL ? fy_parser_create(&parse_config) : NULL;
    builder b = {.config = config, .name = name, .fixed = fixed, .error = error};
    if (parser == NULL || fy_parser_set_string(parser, text, text_bytes) != 0) {
        status = fl_fail(error, FL_BAD_INPUT, fixed, "out of memory");
    } else {
        fy_diag_set_collect_errors(diag, true);
        status = run_parser(&b, parser, diag);
    }
    if (parser != NULL) fy_parser_destroy(parser);
    if (diag != NULL) fy_diag_destroy(diag);
    *root = b.root;
    return status;
}
