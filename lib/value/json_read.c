/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON reader (RFC 8259, strict).
 *
 * The tree under construction is the stack: `parent` is the map or list that is open, and closing
 * it goes back to its own parent.  So depth costs no C stack; the limit on it is for those who use
 * the tree.  Every byte is looked at once, and once more where a string has escapes.
 *
 * Errors point at the first byte that cannot be part of JSON text, and say what could have been.
 */
#include "object_internal.h"

typedef struct reader {
    const char *text;
    size_t size, at;
    size_t line_start; /* offset of the first byte of the line */
    uint32_t line;
    mp_doc *doc;
    mp_object *parent; /* the open map or list, NULL at the top */
    unsigned depth, max_depth;
    mp_error *err;
} reader;

/* ---- errors ---- */

/* Fill in the place of an error at `offset`, which is on the current line. */
static mp_status locate(const reader *r, mp_status st, size_t offset)
{
    char path[MP_ERROR_PATH_SIZE];

    if (r->err == NULL)
        return st;
    r->err->offset = offset;
    r->err->line = r->line;
    r->err->column = (uint32_t)mp__utf8_count(r->text + r->line_start, offset - r->line_start) + 1;
    mp_object_path(r->parent, path, sizeof path);
    mp__error_set_path(r->err, "%s", path);
    return st;
}

/* What is at `offset`, for people. */
static void describe(const reader *r, size_t offset, char out[40])
{
    static const char hex[] = "0123456789ABCDEF";
    size_t pos = offset;
    unsigned char byte;
    uint32_t c;

    if (offset >= r->size) {
        memcpy(out, "the end of the text", 20);
        return;
    }
    byte = (unsigned char)r->text[offset];
    if (byte >= 0x20 && byte < 0x7F) {
        memcpy(out, "'?'", 4);
        out[1] = (char)byte;
    } else if (byte >= 0x80 && mp__utf8_next(r->text, r->size, &pos, &c)) {
        size_t i = 0;

        memcpy(out, "U+", 2);
        for (int shift = c > 0xFFFFF ? 20 : c > 0xFFFF ? 16 : 12; shift >= 0; shift -= 4)
            out[2 + i++] = hex[c >> shift & 15];
        out[2 + i] = '\0';
    } else {
        memcpy(out, "byte 0x..", 10);
        out[7] = hex[byte >> 4];
        out[8] = hex[byte & 15];
    }
}

static mp_status expected(const reader *r, size_t offset, const char *what)
{
    char found[40];

    describe(r, offset, found);
    return locate(r, mp__fail(r->err, MP_EPARSE, "expected %s, found %s", what, found), offset);
}

static mp_status refuse(const reader *r, size_t offset, const char *why)
{
    return locate(r, mp__fail(r->err, MP_EPARSE, "%s", why), offset);
}

/* ---- strings ---- */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Four hexadecimal digits at r->at. */
static mp_status scan_hex(reader *r, uint32_t *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++, r->at++) {
        int digit = r->at < r->size ? hex_value(r->text[r->at]) : -1;

        if (digit < 0)
            return expected(r, r->at, "four hexadecimal digits after \\u");
        *unit = *unit << 4 | (uint32_t)digit;
    }
    return MP_OK;
}

/* An escape, r->at behind its backslash: checks it and gives its code point. */
static mp_status scan_escape(reader *r, uint32_t *code_point)
{
    static const char names[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    size_t start = r->at - 1;
    uint32_t low;
    mp_status st;
    char c = '\0';

    if (r->at < r->size)
        c = r->text[r->at];
    for (size_t i = 0; i + 1 < sizeof names && c != '\0'; i += 2) {
        if (names[i] == c) {
            *code_point = (uint32_t)names[i + 1];
            r->at++;
            return MP_OK;
        }
    }
    if (c != 'u')
        return expected(r, r->at, "one of \" \\ / b f n r t u after a backslash");
    r->at++;
    st = scan_hex(r, code_point);
    if (st != MP_OK || *code_point < 0xD800 || *code_point > 0xDFFF)
        return st;
    if (*code_point > 0xDBFF)
        return refuse(r, start, "a low surrogate without a high one before it");
    if (r->size - r->at < 2 || r->text[r->at] != '\\' || r->text[r->at + 1] != 'u')
        return refuse(r, start, "a high surrogate without a low one after it");
    r->at += 2;
    st = scan_hex(r, &low);
    if (st != MP_OK)
        return st;
    if (low < 0xDC00 || low > 0xDFFF)
        return refuse(r, start, "a high surrogate without a low one after it");
    *code_point = 0x10000 + ((*code_point - 0xD800) << 10) + (low - 0xDC00);
    return MP_OK;
}

/* Check the string at r->at, behind its opening quote, up to its closing quote. */
static mp_status scan_string(reader *r, bool *escaped)
{
    *escaped = false;
    for (;;) {
        unsigned char c;
        uint32_t ignored;
        mp_status st;

        if (r->at == r->size)
            return expected(r, r->at, "'\"' at the end of a string");
        c = (unsigned char)r->text[r->at];
        if (c == '"')
            return MP_OK;
        if (c == '\\') {
            *escaped = true;
            r->at++;
            st = scan_escape(r, &ignored);
            if (st != MP_OK)
                return st;
        } else if (c < 0x20) {
            return refuse(r, r->at,
                          c == '\n' ? "a line break inside a string"
                                    : "a control character inside a string");
        } else if (c < 0x80) {
            r->at++;
        } else if (!mp__utf8_next(r->text, r->size, &r->at, &ignored)) {
            return refuse(r, r->at, "invalid UTF-8");
        }
    }
}

/* Write the checked string text[from, to) into `out`, which has room for as many bytes. */
static size_t unescape(reader *r, size_t from, size_t to, char *out)
{
    size_t size = 0, end = r->at;
    uint32_t c = 0;
    char bytes[4];

    for (r->at = from; r->at < to;) {
        const char *stop = memchr(r->text + r->at, '\\', to - r->at);
        size_t run = stop == NULL ? to - r->at : (size_t)(stop - (r->text + r->at));
        size_t count;

        memcpy(out + size, r->text + r->at, run);
        size += run;
        r->at += run;
        if (stop == NULL)
            break;
        r->at++;
        (void)scan_escape(r, &c); /* was checked */
        count = mp__utf8_encode(c, bytes);
        memcpy(out + size, bytes, count);
        size += count;
    }
    r->at = end;
    return size;
}

/* A string at r->at, its quote included, into the document's arena. */
static mp_status read_string(reader *r, mp__str *out)
{
    size_t start = ++r->at;
    bool escaped;
    mp_status st = scan_string(r, &escaped);
    char *copy;

    if (st != MP_OK)
        return st;
    out->size = r->at - start;
    if (!escaped) {
        out->data = mp__arena_strdup(&r->doc->arena, r->text + start, out->size);
    } else {
        out->data = copy = mp__arena_alloc(&r->doc->arena, out->size + 1);
        if (copy != NULL) {
            out->size = unescape(r, start, r->at, copy);
            copy[out->size] = '\0';
        }
    }
    r->at++;
    return out->data == NULL ? mp__fail_nomem(r->err) : MP_OK;
}

/* ---- numbers and words ---- */

static bool at_digit(const reader *r)
{
    return r->at < r->size && r->text[r->at] >= '0' && r->text[r->at] <= '9';
}

static void skip_digits(reader *r)
{
    while (at_digit(r))
        r->at++;
}

/* An integer text, sign included; false if it is beyond int64 and uint64. */
static bool parse_integer(const char *text, size_t size, mp_object *node)
{
    bool negative = text[0] == '-';
    uint64_t value = 0;

    for (size_t i = negative; i < size; i++) {
        uint64_t digit = (uint64_t)(text[i] - '0');

        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (negative) {
        if (value > (uint64_t)INT64_MAX + 1)
            return false;
        node->as.integer = value == 0 ? 0 : -(int64_t)(value - 1) - 1;
    } else if (value <= INT64_MAX) {
        node->as.integer = (int64_t)value;
    } else {
        node->type = MP_OBJECT_UINT;
        node->as.natural = value;
    }
    return true;
}

/* -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)? */
static mp_status read_number(reader *r, mp_object *node)
{
    size_t start = r->at;
    bool whole = true;

    if (r->text[r->at] == '-')
        r->at++;
    if (!at_digit(r))
        return expected(r, r->at, "a digit after '-'");
    if (r->text[r->at] == '0') {
        r->at++;
        if (at_digit(r))
            return refuse(r, r->at, "a number may not begin with a 0 before other digits");
    }
    skip_digits(r);
    if (r->at < r->size && r->text[r->at] == '.') {
        whole = false;
        r->at++;
        if (!at_digit(r))
            return expected(r, r->at, "a digit after the decimal point");
        skip_digits(r);
    }
    if (r->at < r->size && (r->text[r->at] == 'e' || r->text[r->at] == 'E')) {
        whole = false;
        r->at++;
        if (r->at < r->size && (r->text[r->at] == '+' || r->text[r->at] == '-'))
            r->at++;
        if (!at_digit(r))
            return expected(r, r->at, "a digit in the exponent");
        skip_digits(r);
    }
    node->type = MP_OBJECT_INT;
    if (whole && parse_integer(r->text + start, r->at - start, node))
        return MP_OK;
    node->type = MP_OBJECT_DOUBLE;
    (void)mp__double_parse(r->text + start, r->at - start, &node->as.real);
    if (node->as.real - node->as.real != 0)
        return refuse(r, start, "a number beyond the range of a double");
    return MP_OK;
}

/* null, true or false, whose first letter is at r->at. */
static mp_status read_word(reader *r, const char *word)
{
    for (; *word != '\0'; word++, r->at++) {
        if (r->at == r->size || r->text[r->at] != *word)
            return expected(r, r->at, "null, true or false");
    }
    return MP_OK;
}

/* ---- structure ---- */

static void skip_space(reader *r)
{
    for (; r->at < r->size; r->at++) {
        char c = r->text[r->at];

        if (c == '\n') {
            r->line++;
            r->line_start = r->at + 1;
        } else if (c != ' ' && c != '\t' && c != '\r') {
            return;
        }
    }
}

/* The scalar at r->at, into `node`. */
static mp_status read_scalar(reader *r, mp_object *node)
{
    char c = r->at < r->size ? r->text[r->at] : '\0';

    switch (c) {
    case '"':
        node->type = MP_OBJECT_STRING;
        return read_string(r, &node->as.string);
    case 't':
    case 'f':
        node->type = MP_OBJECT_BOOL;
        node->as.boolean = c == 't';
        return read_word(r, c == 't' ? "true" : "false");
    case 'n':
        return read_word(r, "null");
    default:
        if (c == '-' || (c >= '0' && c <= '9'))
            return read_number(r, node);
        if (r->at == 0 && r->size >= 3 && memcmp(r->text, "\xEF\xBB\xBF", 3) == 0)
            return refuse(r, r->at, "a byte order mark, which JSON does not allow");
        return expected(r, r->at,
                        r->parent != NULL && r->parent->type == MP_OBJECT_LIST &&
                                r->parent->as.children.count == 0
                            ? "a value or ']'"
                            : "a value");
    }
}

/* A key and its colon.  A key that is there already is refused. */
static mp_status read_key(reader *r, mp__str *key)
{
    size_t start = r->at;
    mp_status st;

    if (r->at == r->size || r->text[r->at] != '"')
        return expected(r, r->at,
                        r->parent->as.children.count == 0 ? "a key in quotes or '}'"
                                                          : "a key in quotes");
    st = read_string(r, key);
    if (st != MP_OK)
        return st;
    if (mp_object_get(r->parent, key->data, key->size) != NULL)
        return locate(r, mp__fail(r->err, MP_EPARSE, "duplicate key \"%.100s\"", key->data), start);
    skip_space(r);
    if (r->at == r->size || r->text[r->at] != ':')
        return expected(r, r->at, "':' after a key");
    r->at++;
    skip_space(r);
    return MP_OK;
}

/* The beginning of a value: a scalar, or the bracket of a map or list, which becomes the parent. */
static mp_status read_value(reader *r, mp__str key)
{
    mp_object *node = mp__object_make(r->doc, MP_OBJECT_NULL);
    char c = r->at < r->size ? r->text[r->at] : '\0';
    bool opens = c == '{' || c == '[';

    if (node == NULL)
        return mp__fail_nomem(r->err);
    mp_object_set_source(node, r->at, r->line);
    if (opens) {
        if (r->depth == r->max_depth)
            return locate(r,
                          mp__fail(r->err, MP_ELIMIT,
                                   "more than %u maps and lists inside "
                                   "each other",
                                   r->max_depth),
                          r->at);
        node->type = c == '{' ? MP_OBJECT_MAP : MP_OBJECT_LIST;
        r->at++;
    } else {
        mp_status st = read_scalar(r, node);

        if (st != MP_OK)
            return st;
    }
    if (r->parent == NULL)
        r->doc->root = node;
    else if (!mp__object_attach(r->parent, key.data, key.size, node))
        return mp__fail_nomem(r->err);
    if (opens) {
        r->parent = node;
        r->depth++;
    }
    return MP_OK;
}

/* After a value: close what ends here, and take the comma before the next.  *more is false when the
 * outermost value is complete. */
static mp_status read_ends(reader *r, bool *more)
{
    *more = true;
    for (;;) {
        bool is_map, is_empty;
        char c;

        skip_space(r);
        if (r->parent == NULL) {
            *more = false;
            return MP_OK;
        }
        is_map = r->parent->type == MP_OBJECT_MAP;
        is_empty = r->parent->as.children.count == 0;
        c = r->at < r->size ? r->text[r->at] : '\0';
        if (c == (is_map ? '}' : ']')) {
            r->at++;
            r->parent = r->parent->parent;
            r->depth--;
            continue;
        }
        if (is_empty)
            return MP_OK; /* the first child is due */
        if (c != ',')
            return expected(r, r->at, is_map ? "',' or '}'" : "',' or ']'");
        r->at++;
        skip_space(r);
        return MP_OK;
    }
}

static mp_status read_text(reader *r)
{
    bool more = true;

    skip_space(r);
    while (more) {
        mp__str key = { NULL, 0 };
        mp_status st = MP_OK;

        if (mp_object_is_map(r->parent))
            st = read_key(r, &key);
        if (st == MP_OK)
            st = read_value(r, key);
        if (st == MP_OK)
            st = read_ends(r, &more);
        if (st != MP_OK)
            return st;
    }
    if (r->at != r->size)
        return expected(r, r->at, "the end of the text");
    return MP_OK;
}

mp_status mp_json_read(const mp_allocator *alloc, const char *text, size_t size,
                       const mp_read_opts *opts, mp_doc **out, mp_error *err)
{
    static const mp_read_opts defaults = MP_READ_OPTS_INIT;
    mp__str source = mp__str_make(text, size);
    reader r = { .text = source.data, .size = source.size, .line = 1, .err = err };
    size_t max_size;
    mp_status st;

    mp__error_clear(err);
    if (out == NULL)
        return mp__fail(err, MP_EINVAL, "no place for the document");
    *out = NULL;
    if (opts == NULL)
        opts = &defaults;
    if (opts->version != 1)
        return mp__fail(err, MP_EINVAL, "mp_read_opts of unknown version %d", opts->version);
    r.max_depth = opts->max_depth != 0 ? opts->max_depth : MP_READ_DEPTH_MAX;
    max_size = opts->max_size != 0 ? opts->max_size : MP_READ_SIZE_MAX;
    if (source.size > max_size)
        return mp__fail(err, MP_ELIMIT, "the text has %zu bytes, the limit is %zu", source.size,
                        max_size);
    st = mp_doc_new(alloc, &r.doc, err);
    if (st != MP_OK)
        return st;
    st = read_text(&r);
    if (st != MP_OK) {
        mp_doc_free(r.doc);
        return st;
    }
    *out = r.doc;
    return MP_OK;
}
