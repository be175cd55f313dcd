/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ModelEndpoint: a Service without selector and the EndpointSlice that says where it leads.
 *
 * Names are made by Crossplane.  An ExternalName Service would be less, but Traefik's Gateway
 * provider refuses it.
 */
#include "net_internal.h"
#include "objects_internal.h"

/* ---- reading a URL ---- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t find(mp__str text, size_t from, const char *any)
{
    while (from < text.size && (text.data[from] == '\0' || !strchr(any, text.data[from])))
        from++;
    return from;
}

static mp__str slice(mp__str text, size_t from, size_t to)
{
    return (mp__str){ text.data + from, to - from };
}

/* A letter, then letters, digits, "+", "-" and "." (RFC 3986, 3.1); or nothing. */
static bool is_scheme(mp__str text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = lower(text.data[i]);
        bool letter = c >= 'a' && c <= 'z';

        if (!letter && (i == 0 || (!is_digit(c) && c != '+' && c != '-' && c != '.')))
            return false;
    }
    return true;
}

/* Splits off the scheme, which need not be there; false: no "//" follows. */
static bool split_scheme(mp__str url, mp__str *scheme, mp__str *rest)
{
    size_t end = find(url, 0, ":/?#"), at = end > 0 ? end + 1 : 0;

    if (at + 1 >= url.size || (end > 0 && url.data[end] != ':') ||
        memcmp(url.data + at, "//", 2) != 0)
        return false;
    *scheme = slice(url, 0, end);
    *rest = slice(url, at + 2, url.size);
    return is_scheme(*scheme);
}

static bool is_https(mp__str scheme)
{
    static const char https[] = "https";

    if (scheme.size != sizeof https - 1)
        return false;
    for (size_t i = 0; i < scheme.size; i++) {
        if (lower(scheme.data[i]) != https[i])
            return false;
    }
    return true;
}

/* Decimal digits up to 65535; 0 and an empty text mean the default of the scheme. */
static bool read_port(mp__str text, int64_t *port)
{
    int64_t value = 0;

    for (size_t i = 0; i < text.size; i++) {
        if (!is_digit(text.data[i]))
            return false;
        value = value * 10 + (text.data[i] - '0');
        if (value > 65535)
            return false;
    }
    if (value > 0)
        *port = value;
    return true;
}

/* Where the authority of a URL lies: after "//", before the next "/", "?" or "#", without user. */
static mp__str authority(mp__str rest)
{
    size_t end = find(rest, 0, "/?#");

    for (size_t i = end; i > 0; i--) {
        if (rest.data[i - 1] == '@')
            return slice(rest, i, end);
    }
    return slice(rest, 0, end);
}

static bool split_host(mp__str text, mp__str *host, mp__str *port, bool *bracketed)
{
    size_t end;

    *bracketed = text.size > 0 && text.data[0] == '[';
    if (*bracketed) {
        end = find(text, 1, "]");
        if (end == text.size)
            return false;
        *host = slice(text, 1, end++);
    } else {
        end = find(text, 0, ":");
        *host = slice(text, 0, end);
    }
    if (end == text.size) {
        *port = MP__STR("");
        return true;
    }
    *port = slice(text, end + 1, text.size);
    return text.data[end] == ':';
}

bool mp__url_read(mp_doc *doc, mp__str url, mp__url *out)
{
    mp__str scheme, rest, host, port;
    bool bracketed;
    mp__ip ip;
    char *text;

    if (!split_scheme(url, &scheme, &rest) ||
        !split_host(authority(rest), &host, &port, &bracketed) || host.size == 0 ||
        (bracketed && !mp__ip6_parse(host, &ip)))
        return false;
    out->port = is_https(scheme) ? 443 : 80;
    if (!read_port(port, &out->port))
        return false;
    text = mp__arena_strdup(mp__doc_arena(doc), host.data, host.size);
    if (text == NULL)
        return false;
    for (size_t i = 0; i < host.size; i++)
        text[i] = lower(text[i]);
    out->host = (mp__str){ text, host.size };
    out->form = bracketed ? MP__HOST_IPV6 : mp__ip_parse(host, &ip) ? MP__HOST_IPV4 : MP__HOST_FQDN;
    return true;
}

/* ---- objects ---- */

static mp_object *new_object(mp_doc *doc, mp__str api_version, mp__str kind, mp__str ns)
{
    mp_object *object = mp_object_new_map(doc);

    mp__set_str(object, "apiVersion", api_version);
    mp__set_str(object, "kind", kind);
    mp__set_str(mp__set_map(object, "metadata"), "namespace", ns);
    return object;
}

mp_object *mp__make_endpoint_service(mp_doc *doc, mp__str ns, const mp__url *url)
{
    mp_object *object = new_object(doc, MP__STR("v1"), MP__STR("Service"), ns);
    mp_object *port = mp_object_append_map(mp__set_list(mp__set_map(object, "spec"), "ports"));

    mp__set_int(port, "port", url->port);
    mp__set_lit(port, "protocol", "TCP");
    return object;
}

mp_object *mp__make_endpoint_slice(mp_doc *doc, mp__str ns, mp__str service, const mp__url *url)
{
    static const char *const forms[] = { "FQDN", "IPv4", "IPv6" };
    mp_object *object =
        new_object(doc, MP__STR("discovery.k8s.io/v1"), MP__STR("EndpointSlice"), ns);
    mp_object *at = mp_object_get(object, MP__LIT("metadata"));

    mp__set_str(mp__set_map(at, "labels"), "kubernetes.io/service-name", service);
    mp_object_set_string(object, MP__LIT("addressType"), forms[url->form], MP_NTS);
    at = mp_object_append_map(mp__set_list(object, "ports"));
    mp__set_lit(at, "name", "");
    mp__set_int(at, "port", url->port);
    mp__set_lit(at, "protocol", "TCP");
    at = mp_object_append_map(mp__set_list(object, "endpoints"));
    mp_object_append_string(mp__set_list(at, "addresses"), url->host.data, url->host.size);
    mp__set_bool(mp__set_map(at, "conditions"), "ready", true); /* Traefik skips null */
    return object;
}
