/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files, folders and standard input become one list of documents.
 *
 * Folders are read to the bottom in bytewise order of names.  A v1 List counts as the documents in
 * it. Documents of one identity replace each other in input order, so that the outcome is what
 * `kubectl apply` of the same arguments would leave behind.
 */
#define _POSIX_C_SOURCE 200809L
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "cli.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FOLDER_DEPTH_MAX 32
#define STDIN_NAME "<stdin>"

/* ---- documents ---- */

void cli_document_say(const cli_document *document, const char *path, const char *message,
                      uint32_t line)
{
    const char *prefix = document->prefix;
    cli_text where = { 0 };

    if (strncmp(path, prefix, strlen(prefix)) == 0)
        prefix = ""; /* the path is of the whole file already */
    cli_text_printf(&where, "%s:%u:", document->file, document->number);
    if (prefix[0] || path[0])
        cli_text_printf(&where, " %s%s%s:", prefix,
                        prefix[0] && path[0] && path[0] != '[' ? "." : "", path);
    if (line)
        cli_say("%s %s (line %u)", where.data, message, (unsigned)line);
    else
        cli_say("%s %s", where.data, message);
    cli_text_fini(&where);
}

static void add_item(cli_input *input, const char *file, unsigned number, const char *prefix,
                     mp_object *object)
{
    if (input->count == input->capacity) {
        input->capacity = input->capacity ? 2 * input->capacity : 64;
        input->items = cli_resize(input->items, input->capacity, sizeof *input->items);
    }
    input->items[input->count++] = (cli_document){
        .file = file, .number = number, .prefix = cli_strdup(prefix), .object = object
    };
}

static void add_object(cli_input *input, const char *file, unsigned number, const char *prefix,
                       mp_object *object);

/* The documents inside a v1 List or a JSON list; lists in lists are taken as they are. */
static void add_items(cli_input *input, const char *file, unsigned number, const char *name,
                      mp_object *list)
{
    size_t i = 0;

    for (mp_object *item = mp_object_first(list); item; item = mp_object_next(item), i++) {
        char prefix[64];

        (void)snprintf(prefix, sizeof prefix, "%s[%zu]", name, i);
        add_object(input, file, number, prefix, item);
    }
}

static void add_object(cli_input *input, const char *file, unsigned number, const char *prefix,
                       mp_object *object)
{
    const char *version = cli_string(cli_get(object, "apiVersion"));
    const char *kind = cli_string(cli_get(object, "kind"));
    mp_object *items = mp_object_get(object, "items", MP_NTS);

    if (mp_object_type(object) == MP_OBJECT_NULL)
        return; /* an empty document */
    if (!prefix[0] && mp_object_is_list(object)) {
        add_items(input, file, number, "", object);
    } else if (!prefix[0] && strcmp(version, "v1") == 0 && strcmp(kind, "List") == 0) {
        add_items(input, file, number, "items", items);
    } else if (!mp_object_is_map(object)) {
        cli_document at = { .file = file, .number = number, .prefix = (char *)prefix };

        cli_document_say(&at, "", "a document must be a map", mp_object_line(object));
        input->failed = true;
    } else {
        add_item(input, file, number, prefix, object);
    }
}

typedef struct taker {
    cli_input *input;
    const char *file;
} taker;

static void take_doc(mp_doc *doc, unsigned number, void *user)
{
    taker *t = user;
    cli_input *input = t->input;

    if (input->doc_count == input->doc_capacity) {
        input->doc_capacity = input->doc_capacity ? 2 * input->doc_capacity : 64;
        input->docs = cli_resize(input->docs, input->doc_capacity, sizeof *input->docs);
    }
    input->docs[input->doc_count++] = doc;
    add_object(input, t->file, number, "", mp_doc_root(doc));
}

/* ---- files ---- */

static bool ends_with(const char *name, const char *ending)
{
    size_t size = strlen(name), end = strlen(ending);

    return size > end && strcmp(name + size - end, ending) == 0;
}

static bool looks_like_json(const char *text, size_t size)
{
    size_t i = 0;

    while (i < size && strchr(" \t\r\n", text[i]) && text[i])
        i++;
    return i < size && (text[i] == '{' || text[i] == '[');
}

static void fail_read(cli_input *input, const char *file, const char *reason)
{
    cli_say("%s: cannot be read: %s", file, reason);
    input->failed = true;
}

static void parse_file(cli_input *input, const char *file, const cli_text *text)
{
    const char *data = text->data ? text->data : "";
    unsigned number = 1;
    taker t = { input, file };
    mp_error err;
    bool json = ends_with(file, ".json"), ok;

    if (!json && !ends_with(file, ".yaml") && !ends_with(file, ".yml"))
        json = looks_like_json(data, text->size);
#ifndef HAVE_YAML
    json = json || looks_like_json(data, text->size);
#endif
    if (json) {
        mp_doc *doc;

        ok = mp_json_read(NULL, data, text->size, NULL, &doc, &err) == MP_OK;
        if (ok)
            take_doc(doc, number, &t);
    } else {
        ok = cli_yaml_read(data, text->size, take_doc, &t, &number, &err);
    }
    if (ok)
        return;
    input->failed = true;
    if (err.line)
        cli_say("%s:%u: line %u, column %u: %s", file, number, (unsigned)err.line,
                (unsigned)err.column, err.text);
    else
        cli_say("%s:%u: %s", file, number, err.text);
}

static void read_stream(cli_input *input, const char *file, FILE *stream)
{
    cli_text text = { 0 };
    char block[16384];
    size_t size;

    while ((size = fread(block, 1, sizeof block, stream)) > 0 && text.size <= MP_READ_SIZE_MAX)
        cli_text_put(&text, block, size);
    if (ferror(stream))
        fail_read(input, file, strerror(errno));
    else if (text.size > MP_READ_SIZE_MAX)
        fail_read(input, file, "larger than 64 MiB");
    else
        parse_file(input, file, &text);
    cli_text_fini(&text);
}

/* Names live as long as the input, since documents point to them. */
static const char *keep_name(cli_input *input, const char *name)
{
    if (input->file_count == input->file_capacity) {
        input->file_capacity = input->file_capacity ? 2 * input->file_capacity : 16;
        input->files = cli_resize(input->files, input->file_capacity, sizeof *input->files);
    }
    return input->files[input->file_count++] = cli_strdup(name);
}

static void read_file(cli_input *input, const char *path)
{
    const char *name = keep_name(input, path);
    FILE *stream = fopen(path, "rb");

    if (!stream) {
        fail_read(input, name, strerror(errno));
        return;
    }
    read_stream(input, name, stream);
    (void)fclose(stream);
}

/* ---- folders ---- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char **list_folder(const char *path, size_t *count)
{
    DIR *folder = opendir(path);
    char **names = NULL;
    size_t capacity = 0;
    struct dirent *entry;

    *count = 0;
    if (!folder)
        return NULL;
    names = cli_resize(NULL, capacity = 16, sizeof *names);
    while ((entry = readdir(folder))) {
        if (entry->d_name[0] == '.')
            continue;
        if (*count == capacity)
            names = cli_resize(names, capacity *= 2, sizeof *names);
        names[(*count)++] = cli_strdup(entry->d_name);
    }
    (void)closedir(folder);
    qsort(names, *count, sizeof *names, compare_names);
    return names;
}

static void read_folder(cli_input *input, const char *path, unsigned depth);

static void read_entry(cli_input *input, const char *folder, const char *name, unsigned depth)
{
    cli_text path = { 0 };
    struct stat info;

    cli_text_printf(&path, "%s%s%s", folder, ends_with(folder, "/") ? "" : "/", name);
    if (stat(path.data, &info) != 0)
        fail_read(input, path.data, strerror(errno));
    else if (S_ISDIR(info.st_mode))
        read_folder(input, path.data, depth + 1);
    else if (S_ISREG(info.st_mode) &&
             (ends_with(name, ".yaml") || ends_with(name, ".yml") || ends_with(name, ".json")))
        read_file(input, path.data);
    cli_text_fini(&path);
}

static void read_folder(cli_input *input, const char *path, unsigned depth)
{
    size_t count;
    char **names;

    if (depth > FOLDER_DEPTH_MAX) { /* a loop of links, as a rule */
        fail_read(input, path, "folders nested more than 32 deep");
        return;
    }
    names = list_folder(path, &count);
    if (!names) {
        fail_read(input, path, strerror(errno));
        return;
    }
    for (size_t i = 0; i < count; i++) {
        read_entry(input, path, names[i], depth);
        free(names[i]);
    }
    free(names);
}

static void read_path(cli_input *input, const char *path)
{
    struct stat info;

    if (strcmp(path, "-") == 0)
        read_stream(input, STDIN_NAME, stdin);
    else if (stat(path, &info) != 0)
        fail_read(input, path, strerror(errno));
    else if (S_ISDIR(info.st_mode))
        read_folder(input, path, 0);
    else
        read_file(input, path);
}

/* ---- identities ---- */

/* The group of an apiVersion such as apps/v1; "" for the core group. */
static size_t group_size(const char *version)
{
    const char *slash = strchr(version, '/');

    return slash ? (size_t)(slash - version) : 0;
}

static int compare_strings(const mp_object *a, const mp_object *b, const char *path)
{
    return strcmp(cli_string(cli_find(a, path)), cli_string(cli_find(b, path)));
}

int cli_compare_identity(const mp_object *a, const mp_object *b)
{
    int order = compare_strings(a, b, "kind");

    if (order == 0)
        order = compare_strings(a, b, "metadata.namespace");
    return order ? order : compare_strings(a, b, "metadata.name");
}

static int compare_objects(const mp_object *a, const mp_object *b)
{
    const char *va = cli_string(cli_get(a, "apiVersion"));
    const char *vb = cli_string(cli_get(b, "apiVersion"));
    size_t size = group_size(va);
    int order = cli_compare_identity(a, b);

    if (order == 0 && size != group_size(vb))
        return size < group_size(vb) ? -1 : 1;
    return order ? order : strncmp(va, vb, size);
}

/* By identity, then by place in the input, so that equal identities are neighbours in input order.
 */
static int compare_documents(const void *a, const void *b)
{
    const cli_document *da = *(cli_document *const *)a, *db = *(cli_document *const *)b;
    int order = compare_objects(da->object, db->object);

    if (order)
        return order;
    return da < db ? -1 : da > db;
}

static void replace_documents(cli_input *input, bool quiet)
{
    cli_document **sorted = input->sorted = cli_resize(NULL, input->count, sizeof *sorted);

    for (size_t i = 0; i < input->count; i++)
        sorted[i] = &input->items[i];
    qsort(sorted, input->count, sizeof *sorted, compare_documents);
    for (size_t i = 1; i < input->count; i++) {
        cli_document *earlier = sorted[i - 1], *later = sorted[i];

        if (!cli_string(cli_find(later->object, "metadata.name"))[0] ||
            compare_objects(earlier->object, later->object) != 0)
            continue;
        earlier->replaced = true;
        if (!cli_get(later->object, "status"))
            (void)mp_object_set_copy(later->object, "status", MP_NTS,
                                     cli_get(earlier->object, "status"));
        if (!quiet && !earlier->observed)
            cli_say("note: %s:%u: %s/%s replaces the one in %s:%u", later->file, later->number,
                    cli_string(cli_get(later->object, "kind")),
                    cli_string(cli_find(later->object, "metadata.name")), earlier->file,
                    earlier->number);
    }
}

static bool is_namespaced(const char *kind)
{
    static const char *const kinds[] = { "ModelDeployment", "ModelReplica", "ModelCache",
                                         "ModelEndpoint", "ModelService" };

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kind, kinds[i]) == 0)
            return true;
    return false;
}

/* Without a namespace, a document goes where kubectl puts it. */
static void default_namespace(mp_object *object)
{
    mp_object *metadata = mp_object_get(object, "metadata", MP_NTS);

    if (!mp_document_known(object) || !is_namespaced(cli_string(cli_get(object, "kind"))) ||
        !mp_object_is_map(metadata) || cli_get(metadata, "namespace"))
        return;
    (void)mp_object_set_string(metadata, "namespace", MP_NTS, "default", MP_NTS);
}

static bool is_kind(const mp_object *object, const char *group, const char *kind)
{
    const char *version = cli_string(cli_get(object, "apiVersion"));
    size_t size = strlen(group);

    return strcmp(cli_string(cli_get(object, "kind")), kind) == 0 &&
           strncmp(version, group, size) == 0;
}

/* The kinds of modelplane, what Crossplane composed of them, and secrets, which may hold a token.
 */
bool cli_kind_used(const mp_object *object)
{
    const mp_object *labels = cli_find(object, "metadata.labels");

    return mp_document_known(object) || is_kind(object, "v1", "Secret") ||
           is_kind(object, "kubernetes.m.crossplane.io/", "Object") ||
           is_kind(object, "infrastructure.modelplane.ai/", "ServingStack") ||
           mp_object_is_string(cli_get(labels, "crossplane.io/composite"));
}

static void note_skipped(const cli_input *input)
{
    for (size_t i = 0; i < input->count; i++) {
        const cli_document *document = &input->items[i];
        const char *kind = cli_string(cli_get(document->object, "kind"));
        const char *name = cli_string(cli_find(document->object, "metadata.name"));

        if (document->replaced || cli_kind_used(document->object))
            continue;
        if (kind[0])
            cli_say("note: %s:%u: skipped %s/%s: not a kind of modelplane", document->file,
                    document->number, kind, name);
        else
            cli_say("note: %s:%u: skipped: no kind", document->file, document->number);
    }
}

void cli_input_read(cli_input *input, const cli_options *options)
{
    *input = (cli_input){ 0 };
    for (size_t i = 0; i < options->observed_count; i++)
        read_path(input, options->observed[i]);
    for (size_t i = 0; i < input->count; i++)
        input->items[i].observed = true;
    for (size_t i = 0; i < options->input_count; i++)
        read_path(input, options->inputs[i]);
    for (size_t i = 0; i < input->count; i++)
        default_namespace(input->items[i].object);
    replace_documents(input, options->quiet);
    if (!options->quiet)
        note_skipped(input);
}

void cli_input_fini(cli_input *input)
{
    for (size_t i = 0; i < input->count; i++)
        free(input->items[i].prefix);
    for (size_t i = 0; i < input->doc_count; i++)
        mp_doc_free(input->docs[i]);
    for (size_t i = 0; i < input->file_count; i++)
        free(input->files[i]);
    free(input->items);
    free(input->sorted);
    free(input->docs);
    free(input->files);
    *input = (cli_input){ 0 };
}

const cli_document *cli_input_find(const cli_input *input, const mp_object *like)
{
    size_t low = 0, high = input->count;

    while (low < high) { /* the first that is not before `like` */
        size_t middle = low + (high - low) / 2;

        if (cli_compare_identity(input->sorted[middle]->object, like) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < input->count; low++) {
        const cli_document *document = input->sorted[low];

        if (cli_compare_identity(document->object, like) != 0)
            return NULL;
        if (!document->replaced && mp_document_known(document->object))
            return document;
    }
    return NULL;
}
