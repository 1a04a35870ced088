/* Files to one tree: reading with a size limit, includes, then the --set arguments. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/config_tree.h"
#include "sim/base/file.h"

/* A file being read; the chain of `outer` ones is the chain of includes that led to it. */
typedef struct source {
    const char *name;
    dev_t device;
    ino_t inode;
    bool is_file; /* false for text from memory */
    int depth;
    const struct source *outer;
} source;

static fl_status load_file(fl_config *config, const char *name, const fl_node *include, const source *outer,
                           fl_node **root, fl_error *error);

/* A fault of a whole file: told where it is included, or with the file's name. */
static fl_status file_fault(const char *name, const fl_node *include, fl_error *error, const char *text)
{
    char hint[FL_NEAREST_HINT] = "";
    if (access(name, F_OK) != 0) fl_file_hint(name, hint);
    if (include != NULL) return fl_node_fail(include, error, "cannot read \"%s\": %s%s", name, text, hint);
    return fl_fail(error, FL_BAD_INPUT, &(fl_where){name, 0, 0}, "cannot read: %s%s", text, hint);
}

/* --- includes ------------------------------------------------------------------------------------------- */

/* `path` as seen from the folder of `from`. */
static char *join_path(fl_config *config, const char *from, const char *path)
{
    const char *slash = strrchr(from, '/');
    size_t folder = slash == NULL || path[0] == '/' ? 0 : (size_t)(slash - from) + 1;
    char *joined = fl_config_alloc(config, folder + strlen(path) + 1);
    if (joined == NULL) return NULL;
    memcpy(joined, from, folder);
    memcpy(joined + folder, path, strlen(path));
    return joined;
}

/* Overlays the file that the scalar `item` names on *base, which is NULL for the first one. */
static fl_status include_one(fl_config *config, const fl_node *item, const source *from, fl_node **base,
                             fl_error *error)
{
    if (item->kind != FL_NODE_SCALAR || item->text[0] == '\0')
        return fl_node_fail(item, error, "must be a file name or a list of file names");
    char *name = join_path(config, from->name, item->text);
    if (name == NULL) return fl_config_exhausted(config, &item->where, error);
    fl_node *root;
    fl_status status = load_file(config, name, item, from, &root, error);
    if (status == FL_OK && *base != NULL) status = fl_node_merge(*base, root, error);
    if (status == FL_OK) *base = root;
    return status;
}

static void remove_child(fl_node *map, const fl_node *child)
{
    size_t kept = 0;
    for (size_t i = 0; i < map->children.count; i++)
        if (map->children.items[i] != child) map->children.items[kept++] = map->children.items[i];
    map->children.count = kept;
}

/* Replaces `include` keys by what the files hold, in `node` and everything below it. */
static fl_status resolve_includes(fl_config *config, fl_node *node, const source *from, fl_error *error)
{
    fl_status status = FL_OK;
    fl_node *include = node->kind == FL_NODE_MAP ? fl_nodes_find(&node->children, "include", 7) : NULL;
    if (include != NULL) remove_child(node, include);
    for (size_t i = 0; i < node->children.count && status == FL_OK; i++)
        status = resolve_includes(config, node->children.items[i], from, error);
    if (include == NULL || status != FL_OK) return status;

    fl_node *base = NULL;
    if (include->kind != FL_NODE_LIST) status = include_one(config, include, from, &base, error);
    for (size_t i = 0; i < include->children.count && include->kind == FL_NODE_LIST && status == FL_OK; i++)
        status = include_one(config, include->children.items[i], from, &base, error);
    return status == FL_OK && base != NULL ? fl_node_merge(base, node, error) : status;
}

/* --- files ---------------------------------------------------------------------------------------------- */

static fl_status load_text(fl_config *config, const source *from, const char *text, size_t text_bytes,
                           fl_node **root, fl_error *error)
{
    static const char BYTE_ORDER_MARK[] = "\xEF\xBB\xBF";
    if (text_bytes >= 3 && memcmp(text, BYTE_ORDER_MARK, 3) == 0) {
        text += 3;
        text_bytes -= 3;
    }
    fl_status status = fl_yaml_parse(config, from->name, text, text_bytes, NULL, root, error);
    if (status != FL_OK) return status;
    fl_where top = {from->name, 1, 1};
    if (*root == NULL)
        return fl_fail(error, FL_BAD_INPUT, &top, "the file is empty (expected a map of keys)");
    if ((*root)->kind != FL_NODE_MAP)
        return fl_node_fail(*root, error, "the file holds %s (expected a map of keys)",
                            fl_node_kind_name(*root));
    return resolve_includes(config, *root, from, error);
}

/* Reads at most one byte more than allowed; *text is malloc'ed. */
static fl_status read_all(int file, const char *name, const fl_node *include, char **text, size_t *text_bytes,
                          fl_error *error)
{
    size_t capacity = 16 * 1024, size = 0;
    char *bytes = malloc(capacity);
    ssize_t got = 1;
    while (bytes != NULL && size <= FL_CONFIG_MAX_BYTES) {
        got = read(file, bytes + size, capacity - size);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        size += (size_t)got;
        if (size < capacity) continue;
        capacity *= 2;
        char *larger = realloc(bytes, capacity);
        if (larger == NULL) free(bytes);
        bytes = larger;
    }
    *text = bytes;
    *text_bytes = size;
    if (bytes == NULL) return file_fault(name, include, error, "out of memory");
    if (got < 0) return file_fault(name, include, error, strerror(errno));
    if (size > FL_CONFIG_MAX_BYTES) return file_fault(name, include, error, "larger than 4 MiB");
    return FL_OK;
}

static fl_status check_cycle(const source *from, const fl_node *include, fl_error *error)
{
    for (const source *outer = from->outer; outer != NULL; outer = outer->outer) {
        if (!outer->is_file || outer->device != from->device || outer->inode != from->inode) continue;
        return fl_node_fail(include, error, "\"%s\" includes itself%s", from->name,
                            outer == from->outer ? "" : " through other files");
    }
    return FL_OK;
}

static fl_status check_source(int file, source *from, const fl_node *include, fl_error *error)
{
    struct stat status;
    if (fstat(file, &status) != 0) return file_fault(from->name, include, error, strerror(errno));
    if (S_ISDIR(status.st_mode)) return file_fault(from->name, include, error, "it is a folder");
    if (include != NULL && !S_ISREG(status.st_mode))
        return file_fault(from->name, include, error, "it is not a regular file");
    from->device = status.st_dev;
    from->inode = status.st_ino;
    from->is_file = true;
    return include == NULL ? FL_OK : check_cycle(from, include, error);
}

static fl_status load_file(fl_config *config, const char *name, const fl_node *include, const source *outer,
                           fl_node **root, fl_error *error)
{
    source from = {.name = name, .outer = outer, .depth = outer == NULL ? 0 : outer->depth + 1};
    if (from.depth > FL_CONFIG_MAX_DEPTH)
        return fl_node_fail(include, error, "files include each other more than %d levels deep",
                            FL_CONFIG_MAX_DEPTH);
    if (config->file_count++ > FL_CONFIG_MAX_FILES)
        return fl_node_fail(include, error, "more than %d files are included", FL_CONFIG_MAX_FILES);
    int file = open(name, O_RDONLY | O_CLOEXEC | (include != NULL ? O_NONBLOCK : 0));
    if (file < 0) return file_fault(name, include, error, strerror(errno));
    char *text = NULL;
    size_t text_bytes = 0;
    fl_status status = check_source(file, &from, include, error);
    if (status == FL_OK) status = read_all(file, name, include, &text, &text_bytes, error);
    close(file);
    if (status == FL_OK) status = load_text(config, &from, text, text_bytes, root, error);
    free(text);
    return status;
}

/* --- entry points --------------------------------------------------------------------------------------- */

/* Loads `name`, or `text` under that name when it is not NULL. */
static fl_status load(const char *name, const char *text, size_t text_bytes, const char *const *sets,
                      size_t set_count, fl_config **loaded, fl_error *error)
{
    *loaded = NULL;
    fl_config *config = fl_config_new();
    if (config == NULL) return fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    char *own_name = fl_config_copy(config, name, strlen(name));
    source from = {.name = own_name};
    fl_status status = FL_OK;
    if (own_name == NULL)
        status = fl_config_exhausted(config, NULL, error);
    else if (text == NULL)
        status = load_file(config, own_name, NULL, NULL, &config->root, error);
    else
        status = load_text(config, &from, text, text_bytes, &config->root, error);
    for (size_t i = 0; i < set_count && status == FL_OK; i++) status = fl_config_set(config, sets[i], error);
    if (status == FL_OK)
        *loaded = config;
    else
        fl_config_free(config); /* error->text is a copy of everything it names */
    return status;
}

fl_status fl_config_load(const char *path, const char *const *sets, size_t set_count, fl_config **config,
                         fl_error *error)
{
    return load(path, NULL, 0, sets, set_count, config, error);
}

fl_status fl_config_parse(const char *name, const char *text, size_t text_bytes, const char *const *sets,
                          size_t set_count, fl_config **config, fl_error *error)
{
    return load(name, text, text_bytes, sets, set_count, config, error);
}
