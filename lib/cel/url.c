/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URLs, read as Go's net/url reads them and put together again as it does.
 *
 * A text must pass twice: as the target of a request (absolute, or a path from the root, where '#'
 * is an ordinary character), and as a reference with a fragment.
 */
#include "url_internal.h"
#include "net_internal.h"
#include "text_internal.h"

/* Where a text stands decides which characters are written as they are. */
typedef enum part { PART_PATH, PART_HOST, PART_ZONE, PART_USER, PART_QUERY, PART_FRAGMENT } part;

typedef struct reader {
    mp__arena *arena;
    bool request;
    mp__url *url; /* whose `why` is set where the text is refused */
} reader;

/* Says why in the words of net/url. */
static mp_status refuse(const reader *r, const char *why)
{
    r->url->why = mp__str_make(why, MP_NTS);
    return MP_EPARSE;
}

/* The same with a part of the text in quotation marks. */
static mp_status refuse_part(const reader *r, const char *before, mp__str quoted, const char *after)
{
    mp__buf buf;
    char *text;

    mp__buf_init(&buf, &r->arena->alloc);
    mp__buf_puts(&buf, before);
    mp__put_escaped_text(&buf, quoted);
    mp__buf_puts(&buf, after);
    text = buf.failed ? NULL : mp__arena_strdup(r->arena, buf.data, buf.size);
    r->url->why = (mp__str){ text, buf.size };
    mp__buf_fini(&buf);
    return text ? MP_EPARSE : MP_ENOMEM;
}

static bool among(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           among(c, "-_.~");
}

static bool is_escaped(char c, part p)
{
    static const char *const kept[] = {
        [PART_PATH] = "$&+,/:;=@",
        [PART_HOST] = "!$&'()*+,;=:[]<>\"",
        [PART_ZONE] = "!$&'()*+,;=:[]<>\"",
        [PART_USER] = "$&+,;=",
        [PART_QUERY] = "",
        [PART_FRAGMENT] = "$&+,/:;=?@!()*",
    };

    return !is_plain(c) && !among(c, kept[p]);
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static mp__str cut(mp__str s, size_t from, size_t to)
{
    return (mp__str){ s.data + from, to - from };
}

static size_t find(mp__str s, char c)
{
    const char *at = s.size ? memchr(s.data, c, s.size) : NULL;

    return at ? (size_t)(at - s.data) : SIZE_MAX;
}

static size_t find_last(mp__str s, char c)
{
    size_t i = s.size;

    while (i > 0 && s.data[i - 1] != c)
        i--;
    return i - 1;
}

/* Whether the two digits of an escape may stand in the part. */
static bool escape_fits(mp__str s, size_t i, part p)
{
    bool percent = s.data[i + 1] == '2' && s.data[i + 2] == '5';
    int value = hex(s.data[i + 1]) * 16 + hex(s.data[i + 2]);

    if (p == PART_HOST)
        return value >= 0x80 || percent;
    if (p == PART_ZONE)
        return percent || value == ' ' || value >= 0x80 || !is_escaped((char)value, PART_HOST);
    return true;
}

/* MP_EPARSE where an escape is broken, or a character may not stand there. */
static mp_status unescape(const reader *r, mp__str s, part p, mp__str *out)
{
    char *text = mp__arena_alloc(r->arena, s.size);
    size_t size = 0;

    if (!text)
        return MP_ENOMEM;
    for (size_t i = 0; i < s.size; i++) {
        char c = s.data[i];

        if (c == '%') {
            if (s.size - i < 3 || hex(s.data[i + 1]) < 0 || hex(s.data[i + 2]) < 0 ||
                !escape_fits(s, i, p))
                return refuse_part(r, "invalid URL escape ",
                                   cut(s, i, i + 3 < s.size ? i + 3 : s.size), "");
            c = (char)(hex(s.data[i + 1]) * 16 + hex(s.data[i + 2]));
            i += 2;
        } else if ((p == PART_HOST || p == PART_ZONE) && (unsigned char)c < 0x80 &&
                   is_escaped(c, p)) {
            return refuse_part(r, "invalid character ", cut(s, i, i + 1), " in host name");
        } else if (c == '+' && p == PART_QUERY) {
            c = ' ';
        }
        text[size++] = c;
    }
    *out = (mp__str){ text, size };
    return MP_OK;
}

static void put_escaped(mp__buf *buf, mp__str s, part p)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < s.size; i++) {
        unsigned char c = (unsigned char)s.data[i];

        if (is_escaped(s.data[i], p)) {
            mp__buf_putc(buf, '%');
            mp__buf_putc(buf, digits[c >> 4]);
            mp__buf_putc(buf, digits[c & 15]);
        } else {
            mp__buf_putc(buf, s.data[i]);
        }
    }
}

/* Moves what a buffer holds into the arena. */
static mp_status take(mp__arena *arena, mp__buf *buf, mp__str *out)
{
    out->data = buf->failed ? NULL : mp__arena_strdup(arena, buf->size ? buf->data : "", buf->size);
    out->size = out->data ? buf->size : 0;
    mp__buf_fini(buf);
    return out->data ? MP_OK : MP_ENOMEM;
}

/* A path or fragment as it is written: as it came, if nothing in it had to be escaped. */
static mp_status write_escaped(const reader *r, mp__str raw, part p, mp__str *out)
{
    bool fine = true;
    mp__str decoded;
    mp__buf buf;
    mp_status st = unescape(r, raw, p, &decoded);

    if (st != MP_OK)
        return st;
    for (size_t i = 0; i < raw.size; i++)
        fine = fine && (among(raw.data[i], "!$&'()*+,;=:@[]%") || !is_escaped(raw.data[i], p));
    *out = raw;
    if (fine)
        return MP_OK;
    mp__buf_init(&buf, &r->arena->alloc);
    put_escaped(&buf, decoded, p);
    return take(r->arena, &buf, out);
}

/* ---- the parts ---- */

static bool is_port(mp__str s)
{
    if (s.size > 0 && s.data[0] != ':')
        return false;
    for (size_t i = 1; i < s.size; i++)
        if (s.data[i] < '0' || s.data[i] > '9')
            return false;
    return true;
}

/* A version 6 address, with a zone or without. */
static bool is_address(mp__str s)
{
    size_t zone = find(s, '%');
    mp__ip ip;

    if (zone != SIZE_MAX) {
        if (zone + 1 == s.size)
            return false;
        s.size = zone;
    }
    return mp__ip6_parse(s, &ip);
}

/* [address]:port, the zone's escapes apart. */
static mp_status read_literal(const reader *r, mp__str host, mp__str *out)
{
    size_t close = find_last(host, ']'), zone = SIZE_MAX, size;
    mp__str inner, port, name, tail = { "", 0 };
    mp_status st;
    char *text;
    mp__ip ip;

    if (close == SIZE_MAX)
        return refuse(r, "missing ']' in host");
    port = cut(host, close + 1, host.size);
    inner = cut(host, 1, close);
    if (!is_port(port))
        return refuse_part(r, "invalid port ", port, " after host");
    for (size_t i = 0; i + 3 <= inner.size && zone == SIZE_MAX; i++)
        if (memcmp(inner.data + i, "%25", 3) == 0)
            zone = i;
    st = unescape(r, cut(inner, 0, zone == SIZE_MAX ? inner.size : zone), PART_HOST, &name);
    if (st == MP_OK && zone != SIZE_MAX)
        st = unescape(r, cut(inner, zone, inner.size), PART_ZONE, &tail);
    if (st != MP_OK)
        return st;
    text = mp__arena_printf(r->arena, &size, "[%.*s%.*s]%.*s", (int)name.size, name.data,
                            (int)tail.size, tail.data, (int)port.size, port.data);
    if (!text)
        return MP_ENOMEM;
    *out = (mp__str){ text, size };
    inner = cut(*out, 1, size - port.size - 1);
    if (is_address(inner))
        return MP_OK;
    if (mp__ip_parse(inner, &ip))
        return refuse(r, "invalid IP-literal");
    return refuse_part(r, "invalid host: ParseAddr(", inner, "): unable to parse IP");
}

static mp_status read_host(const reader *r, mp__str scheme, mp__str host, mp__str *out)
{
    size_t open = find_last(host, '['), colon = find(host, ':');
    bool web = mp__str_equal(scheme, MP__STR("http")) || mp__str_equal(scheme, MP__STR("https"));

    if (open != SIZE_MAX)
        return open > 0 ? refuse(r, "invalid IP-literal") : read_literal(r, host, out);
    /* Elsewhere than on the web, a list of hosts with ports is let through. */
    if (colon != SIZE_MAX && !web)
        colon = find_last(host, ':');
    if (colon != SIZE_MAX && !is_port(cut(host, colon, host.size)))
        return refuse_part(r, "invalid port ", cut(host, colon, host.size), " after host");
    return unescape(r, host, PART_HOST, out);
}

static bool user_fits(mp__str s)
{
    for (size_t i = 0; i < s.size; i++)
        if (!is_plain(s.data[i]) && !among(s.data[i], ":!$&'()*+,;=%@"))
            return false;
    return true;
}

/* name[:password], as it is written again. */
static mp_status read_user(const reader *r, mp__str user, mp__url *url)
{
    size_t colon = find(user, ':');
    mp__str name, password = { "", 0 };
    mp__buf buf;
    mp_status st;

    if (!user_fits(user))
        return refuse(r, "net/url: invalid userinfo");
    st = unescape(r, cut(user, 0, colon == SIZE_MAX ? user.size : colon), PART_USER, &name);
    if (st == MP_OK && colon != SIZE_MAX)
        st = unescape(r, cut(user, colon + 1, user.size), PART_USER, &password);
    if (st != MP_OK)
        return st;
    url->has_user = true;
    mp__buf_init(&buf, &r->arena->alloc);
    put_escaped(&buf, name, PART_USER);
    if (colon != SIZE_MAX)
        mp__buf_putc(&buf, ':');
    put_escaped(&buf, password, PART_USER);
    return take(r->arena, &buf, &url->user);
}

static mp_status read_authority(const reader *r, mp__str authority, mp__url *url)
{
    size_t at = find_last(authority, '@');
    mp__str host = at == SIZE_MAX ? authority : cut(authority, at + 1, authority.size);
    mp_status st = read_host(r, url->scheme, host, &url->host);

    return st == MP_OK && at != SIZE_MAX ? read_user(r, cut(authority, 0, at), url) : st;
}

/* Cuts the scheme off; false where a colon comes first. */
static bool read_scheme(mp__str *s, mp__str *scheme)
{
    *scheme = (mp__str){ "", 0 };
    for (size_t i = 0; i < s->size; i++) {
        char c = s->data[i];

        if (c == ':') {
            *scheme = cut(*s, 0, i);
            *s = cut(*s, i + 1, s->size);
            return i > 0;
        }
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
            continue;
        if (i == 0 || !((c >= '0' && c <= '9') || among(c, "+-.")))
            return true;
    }
    return true;
}

static mp_status lower(mp__arena *arena, mp__str *s)
{
    char *text = mp__arena_strdup(arena, s->data, s->size);

    if (!text)
        return MP_ENOMEM;
    for (size_t i = 0; i < s->size; i++)
        if (text[i] >= 'A' && text[i] <= 'Z')
            text[i] = (char)(text[i] - 'A' + 'a');
    s->data = text;
    return MP_OK;
}

static void read_query(mp__str *rest, mp__url *url)
{
    size_t mark = find(*rest, '?');

    if (mark == SIZE_MAX)
        return;
    url->force_query = mark + 1 == rest->size;
    url->query = cut(*rest, mark + 1, rest->size);
    *rest = cut(*rest, 0, mark);
}

/* What is no path from the root: opaque behind a scheme, or relative where that may be. */
static mp_status read_rootless(const reader *r, mp__str rest, const mp__url *url)
{
    size_t slash = find(rest, '/'), colon = find(rest, ':');

    if (url->scheme.size > 0)
        return MP_OK;
    if (r->request)
        return refuse(r, "invalid URI for request");
    return colon != SIZE_MAX && colon < slash
               ? refuse(r, "first path segment in URL cannot contain colon")
               : MP_OK;
}

static bool starts(mp__str s, const char *with)
{
    return s.size >= strlen(with) && memcmp(s.data, with, strlen(with)) == 0;
}

static mp_status read_parts(const reader *r, mp__str rest, mp__url *url)
{
    mp_status st;

    for (size_t i = 0; i < rest.size; i++)
        if ((unsigned char)rest.data[i] < ' ' || rest.data[i] == 0x7F)
            return refuse(r, "net/url: invalid control character in URL");
    if (rest.size == 0 && r->request)
        return refuse(r, "empty url");
    if (mp__str_equal(rest, MP__STR("*"))) {
        url->path = rest;
        return MP_OK;
    }
    if (!read_scheme(&rest, &url->scheme))
        return refuse(r, "missing protocol scheme");
    st = lower(r->arena, &url->scheme);
    read_query(&rest, url);
    if (st == MP_OK && !starts(rest, "/")) {
        st = read_rootless(r, rest, url);
        if (url->scheme.size > 0) {
            url->opaque = rest;
            return st;
        }
    }
    if (st == MP_OK && starts(rest, "//") &&
        (url->scheme.size > 0 || (!r->request && !starts(rest, "///")))) {
        mp__str authority = cut(rest, 2, rest.size);
        size_t slash = find(authority, '/');

        slash = slash == SIZE_MAX ? authority.size : slash;
        rest = cut(authority, slash, authority.size);
        st = read_authority(r, cut(authority, 0, slash), url);
    } else {
        url->no_host = url->scheme.size > 0;
    }
    return st == MP_OK ? write_escaped(r, rest, PART_PATH, &url->path) : st;
}

/* ---- the whole ---- */

static void put(mp__buf *buf, mp__str s)
{
    mp__buf_put(buf, s.data, s.size);
}

static void put_host(mp__buf *buf, const mp__url *url)
{
    bool host = url->host.size > 0 || url->has_user;

    if ((url->scheme.size == 0 && !host) || (url->no_host && !host))
        return;
    if (host || url->path.size > 0)
        mp__buf_puts(buf, "//");
    if (url->has_user) {
        put(buf, url->user);
        mp__buf_putc(buf, '@');
    }
    put_escaped(buf, url->host, PART_HOST);
}

static void put_path(mp__buf *buf, const mp__url *url)
{
    size_t slash = find(url->path, '/'), colon = find(url->path, ':');

    if (url->path.size > 0 && url->path.data[0] != '/' && url->host.size > 0)
        mp__buf_putc(buf, '/');
    if (buf->size == 0 && colon != SIZE_MAX && colon < slash)
        mp__buf_puts(buf, "./");
    put(buf, url->path);
}

/* The text that equality goes by. */
static mp_status write_text(mp__arena *arena, mp__url *url)
{
    mp__buf buf;

    mp__buf_init(&buf, &arena->alloc);
    if (url->scheme.size > 0) {
        put(&buf, url->scheme);
        mp__buf_putc(&buf, ':');
    }
    if (url->opaque.size > 0) {
        put(&buf, url->opaque);
    } else {
        put_host(&buf, url);
        put_path(&buf, url);
    }
    if (url->force_query || url->query.size > 0)
        mp__buf_putc(&buf, '?');
    put(&buf, url->query);
    if (url->fragment.size > 0)
        mp__buf_putc(&buf, '#');
    put(&buf, url->fragment);
    return take(arena, &buf, &url->text);
}

static void init(mp__url *url)
{
    static const mp__str nothing = { "", 0 };

    memset(url, 0, sizeof *url);
    url->scheme = url->opaque = url->user = url->host = nothing;
    url->path = url->query = url->fragment = nothing;
}

mp_status mp__url_request(mp__arena *arena, mp__str text, mp__url *url)
{
    reader r = { arena, true, url };

    init(url);
    return read_parts(&r, text, url);
}

mp_status mp__url_parse(mp__arena *arena, mp__str text, mp__url *url)
{
    size_t hash = find(text, '#');
    reader r = { arena, false, url };
    mp_status st = mp__url_request(arena, text, url);

    if (st != MP_OK)
        return st;
    init(url);
    st = read_parts(&r, cut(text, 0, hash == SIZE_MAX ? text.size : hash), url);
    if (st == MP_OK && hash != SIZE_MAX)
        st = write_escaped(&r, cut(text, hash + 1, text.size), PART_FRAGMENT, &url->fragment);
    return st == MP_OK ? write_text(arena, url) : st;
}

bool mp__url_equal(const mp__url *a, const mp__url *b)
{
    return mp__str_equal(a->text, b->text);
}

void mp__url_split_host(const mp__url *url, mp__str *name, mp__str *port)
{
    size_t colon = find_last(url->host, ':');

    *name = url->host;
    *port = (mp__str){ "", 0 };
    if (colon != SIZE_MAX && is_port(cut(url->host, colon, url->host.size))) {
        *name = cut(url->host, 0, colon);
        *port = cut(url->host, colon + 1, url->host.size);
    }
    if (name->size > 1 && name->data[0] == '[' && name->data[name->size - 1] == ']')
        *name = cut(*name, 1, name->size - 1);
}

bool mp__url_next_param(mp__arena *arena, mp__str *rest, mp__str *key, mp__str *value,
                        mp_status *st)
{
    mp__url scratch;
    reader r = { arena, false, &scratch };

    *st = MP_OK;
    while (rest->size > 0) {
        size_t end = find(*rest, '&'), equals;
        mp__str pair = cut(*rest, 0, end == SIZE_MAX ? rest->size : end);
        mp__str none = { "", 0 };

        *rest = cut(*rest, end == SIZE_MAX ? rest->size : end + 1, rest->size);
        equals = find(pair, '=');
        if (pair.size == 0 || find(pair, ';') != SIZE_MAX)
            continue;
        *st = unescape(&r, cut(pair, 0, equals == SIZE_MAX ? pair.size : equals), PART_QUERY, key);
        if (*st == MP_OK)
            *st = unescape(&r, equals == SIZE_MAX ? none : cut(pair, equals + 1, pair.size),
                           PART_QUERY, value);
        if (*st != MP_EPARSE)
            return *st == MP_OK;
        *st = MP_OK; /* a pair that makes no sense is left out */
    }
    return false;
}
