/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of URLs.
 */
#include "functions_internal.h"
#include "url_internal.h"

#define FN(name) mp__value mp__fn_##name(mp__machine *m, const mp__value *args)

FN(url)
{
    mp__url *url = MP__NEW(&m->arena, mp__url);
    mp_status st = url ? mp__url_parse(&m->arena, mp__text_of(&args[0]), url) : MP_ENOMEM;
    mp__value v = { 0 };

    if (st == MP_ENOMEM)
        return mp__no_memory(m);
    if (st != MP_OK)
        return mp__error(MP__FAIL_TEXT, MP__STR("URL parse error during conversion from string"));
    v.kind = MP__URL;
    v.as.url = url;
    return v;
}

FN(is_url)
{
    mp__url url;
    mp_status st = mp__url_request(&m->arena, mp__text_of(&args[0]), &url);

    return st == MP_ENOMEM ? mp__no_memory(m) : mp__bool(st == MP_OK);
}

FN(url_scheme)
{
    (void)m;
    return mp__string(args[0].as.url->scheme);
}

FN(url_host)
{
    (void)m;
    return mp__string(args[0].as.url->host);
}

FN(url_hostname)
{
    mp__str name, port;

    (void)m;
    mp__url_split_host(args[0].as.url, &name, &port);
    return mp__string(name);
}

FN(url_port)
{
    mp__str name, port;

    (void)m;
    mp__url_split_host(args[0].as.url, &name, &port);
    return mp__string(port);
}

FN(url_path)
{
    (void)m;
    return mp__string(args[0].as.url->path);
}

/* Every key of the query with its values, in the order they are written. */
FN(url_query)
{
    mp__str rest = args[0].as.url->query, key, value;
    mp__value map = mp__new_map(m), held;
    mp_status st;

    while (map.kind == MP__MAP && mp__url_next_param(&m->arena, &rest, &key, &value, &st)) {
        mp__value name = mp__string(key), one = mp__string(value), *copy;
        bool found;

        held = mp__map_lookup(m, &map, &name, &found);
        copy = MP__NEW(&m->arena, mp__value);
        if (!copy || m->status != MP_OK)
            return mp__no_memory(m);
        *copy = one;
        one = mp__make_list(m, copy, 1);
        if (found && one.kind == MP__LIST)
            one = mp__concat_lists(m, &held, &one);
        map = mp__map_put(m, &map, &name, &one);
    }
    return m->arena.failed ? mp__no_memory(m) : map;
}
