/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "place_text.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 64
#define LINE_MAX_ 512

/* ---- words ---- */

typedef struct words {
    char line[LINE_MAX_];
    char *at[WORDS_MAX];
    size_t count;
} words;

static void malformed(const char *what)
{
    fprintf(stderr, "test text: %s\n", what);
    abort();
}

/* Splits the first line off *text; false at the end. */
static bool next_line(const char **text, words *w)
{
    char *save = NULL;
    size_t size;

    do {
        *text += strspn(*text, " \n");
        if (**text == '\0')
            return false;
        size = strcspn(*text, "\n");
        if (size >= sizeof w->line)
            malformed(*text);
        memcpy(w->line, *text, size);
        w->line[size] = '\0';
        *text += size;
        w->count = 0;
        for (char *word = strtok_r(w->line, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
            if (w->count == WORDS_MAX)
                malformed("too many words");
            w->at[w->count++] = word;
        }
    } while (w->count == 0);
    return true;
}

static char *word(const words *w, size_t i)
{
    if (i >= w->count)
        malformed(w->at[0]);
    return w->at[i];
}

/* Cuts `text` at the first `mark` and gives what follows it, or NULL. */
static char *cut(char *text, char mark)
{
    char *at = text ? strchr(text, mark) : NULL;

    if (!at)
        return NULL;
    *at = '\0';
    return at + 1;
}

static char *must_cut(char *text, char mark)
{
    char *rest = cut(text, mark);

    if (!rest)
        malformed(text);
    return rest;
}

static int64_t number(const char *text)
{
    char *end;
    int64_t value = strtoll(text, &end, 10);

    if (end == text || *end != '\0')
        malformed(text);
    return value;
}

static bool is_number(const char *text)
{
    return *text != '\0' && text[strspn(text, "-0123456789")] == '\0';
}

static const char *no_dash(const char *text)
{
    return strcmp(text, "-") == 0 ? "" : text;
}

static mp_role role(const char *text)
{
    if (strcmp(text, "leader") == 0)
        return MP_ROLE_LEADER;
    if (strcmp(text, "worker") == 0)
        return MP_ROLE_WORKER;
    if (strcmp(text, "standalone") != 0)
        malformed(text);
    return MP_ROLE_STANDALONE;
}

static mp_taint_effect effect(const char *text)
{
    if (strcmp(text, "NoSchedule") == 0)
        return MP_EFFECT_NO_SCHEDULE;
    if (strcmp(text, "NoExecute") == 0)
        return MP_EFFECT_NO_EXECUTE;
    if (strcmp(text, "-") != 0)
        malformed(text);
    return MP_EFFECT_ANY;
}

/* ---- fleets ---- */

static mp_status cluster_line(mp_fleet *fleet, const words *w, mp_cluster **out)
{
    mp_error err;
    mp_cluster *c = mp_fleet_add_cluster(fleet, word(w, 1), MP_NTS, &err);
    mp_status st;
    bool ready = true, gateway = true;

    if (!c)
        return err.status;
    for (size_t i = 2; i < w->count; i++) {
        char *value = cut(w->at[i], '=');

        st = MP_OK;
        if (strcmp(w->at[i], "unready") == 0) {
            ready = false;
        } else if (strcmp(w->at[i], "nogateway") == 0) {
            gateway = false;
        } else if (strcmp(w->at[i], "cost") == 0) {
            st = mp_cluster_set_cost(c, number(value));
        } else if (strcmp(w->at[i], "label") == 0) {
            char *label = must_cut(value, ':');

            st = mp_cluster_set_label(c, value, MP_NTS, label, MP_NTS);
        } else if (strcmp(w->at[i], "taint") == 0) {
            char *taint = must_cut(value, ':'), *what = must_cut(taint, ':');

            st = mp_cluster_add_taint(c, value, MP_NTS, taint, MP_NTS, effect(what));
        } else {
            malformed(w->at[i]);
        }
        if (st != MP_OK)
            return st;
    }
    *out = c;
    st = mp_cluster_set_ready(c, ready);
    return st == MP_OK && gateway ? mp_cluster_set_gateway(c, "gw", MP_NTS) : st;
}

static mp_status device_word(mp_pool *pool, char *text)
{
    char *claim = must_cut(text, '/'), *count = must_cut(claim, '/');
    char *attribute = must_cut(count, '/'), *class_name = cut(attribute, '/');
    char *value = must_cut(attribute, '=');
    mp_error err;
    mp_device *d = mp_pool_add_device(
        pool, text, MP_NTS, PLACE_DRIVER, MP_NTS, class_name ? class_name : "", MP_NTS,
        *claim == 'D' ? MP_CLAIM_DRA : MP_CLAIM_SYNTHETIC, number(count), &err);

    if (!d)
        return err.status;
    return is_number(value) ? mp_device_set_int(d, attribute, MP_NTS, number(value))
                            : mp_device_set_string(d, attribute, MP_NTS, value, MP_NTS);
}

static mp_status pool_line(mp_cluster *c, const words *w)
{
    mp_error err;
    mp_pool *p = mp_cluster_add_pool(c, word(w, 1), MP_NTS, number(word(w, 2)), &err);
    mp_status st = p ? MP_OK : err.status;

    for (size_t i = 3; st == MP_OK && i < w->count; i++)
        st = device_word(p, w->at[i]);
    return st;
}

static mp_tier tier(const char *text)
{
    if (strcmp(text, "cordoned") == 0)
        return MP_TIER_CORDONED;
    if (strcmp(text, "reserved") == 0)
        return MP_TIER_RESERVED;
    if (strcmp(text, "creatable") != 0)
        malformed(text);
    return MP_TIER_CREATABLE;
}

/* Lines about the pool above, or about its last domain. */
static mp_status place_line(mp_pool *p, const words *w)
{
    size_t domains = mp_pool_domain_count(p);
    mp_error err;

    if (strcmp(w->at[0], "tier") == 0 && domains > 0)
        return mp_domain_set_tier(mp_pool_domain(p, domains - 1), tier(word(w, 1)),
                                  number(word(w, 2)));
    if (strcmp(w->at[0], "tier") == 0)
        return mp_pool_set_tier(p, tier(word(w, 1)), number(word(w, 2)));
    if (strcmp(w->at[0], "fabric") == 0)
        return mp_pool_set_fabric(p, word(w, 1), MP_NTS);
    if (strcmp(w->at[0], "cost") == 0)
        return mp_pool_set_cost(p, number(word(w, 1)));
    if (strcmp(w->at[0], "level") == 0)
        return mp_pool_add_level(p, word(w, 1), MP_NTS, &err);
    if (strcmp(w->at[0], "domain") != 0)
        malformed(w->at[0]);
    return mp_pool_add_domain(p, word(w, 1), MP_NTS, number(word(w, 2)), &err) ? MP_OK : err.status;
}

static mp_status replica_line(mp_fleet *fleet, const words *w)
{
    char *ns = word(w, 1), *name = must_cut(ns, '.');
    mp_error err;
    mp_replica *r = mp_fleet_add_replica(fleet, ns, MP_NTS, name, MP_NTS, word(w, 2), MP_NTS,
                                         no_dash(word(w, 3)), MP_NTS, number(word(w, 4)), &err);
    mp_replica_engine *e = NULL;

    if (!r)
        return err.status;
    for (size_t i = 5; i < w->count; i++) {
        char *text = w->at[i], *copies = cut(text, '*'), *pool, *nodes, *claims;
        char *value = cut(text, '=');
        mp_status st;

        if (value) {
            st = mp_replica_set_label(r, text, MP_NTS, value, MP_NTS);
            if (st != MP_OK)
                return st;
            continue;
        }

        if (copies) {
            e = mp_replica_add_engine(r, text, MP_NTS, number(copies), &err);
            if (!e)
                return err.status;
            continue;
        }
        pool = must_cut(text, ':');
        nodes = must_cut(pool, ':');
        claims = must_cut(nodes, ':');
        st = mp_replica_add_member(e, role(text), no_dash(pool), MP_NTS, number(nodes),
                                   strcmp(claims, "claims") == 0, &err);
        if (st != MP_OK)
            return st;
    }
    return MP_OK;
}

mp_status place_extend(mp_fleet *fleet, const char *text)
{
    mp_cluster *c = NULL;
    mp_status st = MP_OK;
    words w;

    while (st == MP_OK && next_line(&text, &w)) {
        if (strcmp(w.at[0], "cluster") == 0)
            st = cluster_line(fleet, &w, &c);
        else if (strcmp(w.at[0], "pool") == 0)
            st = pool_line(c, &w);
        else if (strcmp(w.at[0], "replica") == 0)
            st = replica_line(fleet, &w);
        else
            st = place_line(mp_cluster_pool(c, mp_cluster_pool_count(c) - 1), &w);
    }
    return st;
}

mp_status place_fleet(const mp_allocator *alloc, const char *text, mp_fleet **out)
{
    mp_status st = mp_fleet_new(alloc, out, NULL);

    if (st == MP_OK)
        st = place_extend(*out, text);
    if (st != MP_OK) {
        mp_fleet_free(*out);
        *out = NULL;
    }
    return st;
}

/* ---- deployments ---- */

static mp_status add_selector(mp_request *r, char *text)
{
    size_t size = strcspn(text, "=>");
    char cel[LINE_MAX_];
    mp_error err;
    const char *value = text + size + 1;

    if (text[size] == '\0')
        malformed(text);
    snprintf(cel, sizeof cel, is_number(value) ? "%s%.*s %s %s" : "%s%.*s %s \"%s\"",
             "device.attributes[\"" PLACE_DRIVER "\"].", (int)size, text,
             text[size] == '=' ? "==" : ">", value);
    return mp_request_add_selector(r, cel, MP_NTS, &err);
}

static mp_status request_word(mp_member *m, char *text)
{
    char *count = must_cut(text, '/'), *selectors = cut(count, '/');
    mp_error err;
    mp_request *r = mp_member_add_request(m, text, MP_NTS, number(count), &err);
    mp_status st = r ? MP_OK : err.status;

    while (st == MP_OK && selectors) {
        char *next = cut(selectors, ',');

        st = add_selector(r, selectors);
        selectors = next;
    }
    return st;
}

static mp_status member_line(mp_engine *e, const words *w)
{
    char *nodes = cut(word(w, 1), '*');
    mp_error err;
    mp_member *m = mp_engine_add_member(e, role(w->at[1]), &err);
    mp_status st = m ? MP_OK : err.status;

    if (st == MP_OK && nodes)
        st = mp_member_set_nodes(m, number(nodes));
    for (size_t i = 2; st == MP_OK && i < w->count; i++)
        st = request_word(m, w->at[i]);
    return st;
}

static mp_status first_line(const mp_allocator *alloc, const words *w, mp_deployment **d)
{
    char *ns = word(w, 1), *name = must_cut(ns, '.');
    mp_status st = mp_deployment_new(alloc, ns, MP_NTS, name, MP_NTS, d, NULL);

    return st == MP_OK ? mp_deployment_set_replicas(*d, number(word(w, 2))) : st;
}

static mp_strength strength(const char *text)
{
    if (strcmp(text, "required") == 0)
        return MP_STRENGTH_REQUIRED;
    if (strcmp(text, "preferred") != 0)
        malformed(text);
    return MP_STRENGTH_PREFERRED;
}

/* Lines about closeness; `e` is the engine above, if any.  False: of another kind. */
static bool closeness_line(mp_deployment *d, mp_engine *e, const words *w, mp_status *st)
{
    const char *what = w->at[0];

    if (strcmp(what, "together") == 0)
        *st = mp_deployment_set_level(d, word(w, 1), MP_NTS, strength(word(w, 2)));
    else if (strcmp(what, "group") == 0)
        *st = mp_deployment_set_group_level(d, word(w, 1), MP_NTS, word(w, 2), MP_NTS,
                                            strength(word(w, 3)));
    else if (strcmp(what, "prefer") == 0)
        *st = mp_deployment_prefer_cluster(d, word(w, 1), MP_NTS, word(w, 2), MP_NTS);
    else if (strcmp(what, "near") == 0 || strcmp(what, "away") == 0)
        *st = mp_deployment_add_affinity(
            d, word(w, 2), MP_NTS, word(w, 3), MP_NTS,
            strcmp(word(w, 1), "fabric") == 0 ? MP_SCOPE_FABRIC : MP_SCOPE_CLUSTER, *what == 'a');
    else if (strcmp(what, "span") == 0 && e)
        *st = mp_engine_set_span(e,
                                 strcmp(word(w, 1), "fabric") == 0 ? MP_SPAN_FABRIC : MP_SPAN_POOL);
    else if (strcmp(what, "within") == 0 && e)
        *st = mp_engine_set_level(e, word(w, 1), MP_NTS, strength(word(w, 2)));
    else if (strcmp(what, "of") == 0 && e)
        *st = mp_engine_set_group(e, word(w, 1), MP_NTS);
    else
        return false;
    return true;
}

static mp_status deployment_line(mp_deployment *d, mp_engine **e, const words *w)
{
    mp_status st;

    if (closeness_line(d, *e, w, &st))
        return st;
    if (strcmp(w->at[0], "select") == 0)
        return mp_deployment_select_cluster(d, word(w, 1), MP_NTS, word(w, 2), MP_NTS);
    if (strcmp(w->at[0], "tolerate") == 0)
        return mp_deployment_add_toleration(d, no_dash(word(w, 1)), MP_NTS,
                                            strcmp(word(w, 2), "Exists") == 0 ? MP_TOLERATION_EXISTS
                                                                              : MP_TOLERATION_EQUAL,
                                            no_dash(word(w, 3)), MP_NTS, effect(word(w, 4)));
    if (strcmp(w->at[0], "engine") == 0) {
        char *copies = must_cut(word(w, 1), '*');
        mp_error err;

        *e = mp_deployment_add_engine(d, w->at[1], MP_NTS, number(copies), &err);
        return *e ? MP_OK : err.status;
    }
    if (strcmp(w->at[0], "member") != 0 || !*e)
        malformed(w->at[0]);
    return member_line(*e, w);
}

mp_status place_deployment(const mp_allocator *alloc, const char *text, mp_deployment **out)
{
    mp_engine *e = NULL;
    mp_status st;
    words w;

    *out = NULL;
    if (!next_line(&text, &w) || strcmp(w.at[0], "deployment") != 0)
        malformed("no deployment line");
    st = first_line(alloc, &w, out);
    while (st == MP_OK && next_line(&text, &w))
        st = deployment_line(*out, &e, &w);
    if (st != MP_OK) {
        mp_deployment_free(*out);
        *out = NULL;
    }
    return st;
}

/* ---- plans ---- */

/* Where pods are: the pool; with more than one place, all of them with their pods. */
static void put_shares(FILE *f, const mp_placement *p, size_t engine, size_t member)
{
    size_t count = mp_placement_share_count(p, engine, member);
    mp_share s;

    for (size_t i = 0; mp_placement_share(p, engine, member, i, &s); i++) {
        fprintf(f, "%s%s%s%s", i ? "+" : "", s.pool, s.domain_size ? "/" : "", "");
        fprintf(f, "%.*s", (int)s.domain_size, s.domain);
        if (count > 1)
            fprintf(f, "*%" PRId64, s.pods);
    }
}

static void put_member(FILE *f, const mp_placement *p, size_t engine, size_t member)
{
    put_shares(f, p, engine, member);
    fprintf(f, "(");
    for (size_t i = 0; i < mp_placement_claim_count(p, engine, member); i++) {
        const char *class_name;
        const mp_request *r = mp_placement_claim(p, engine, member, i, &class_name, NULL);

        fprintf(f, "%s%s%s%s", i ? "+" : "", mp_request_name(r, NULL), *class_name ? "@" : "",
                class_name);
    }
    fprintf(f, ")");
}

char *place_plan(const mp_plan *plan)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);

    if (!f)
        abort();
    for (size_t i = 0; i < mp_plan_size(plan); i++) {
        const mp_placement *p = mp_plan_placement(plan, i);

        fprintf(f, "%s/%" PRId64 "%s", mp_placement_cluster(p, NULL), mp_placement_index(p),
                mp_placement_retained(p) ? "!" : "");
        for (size_t e = 0; e < mp_placement_engine_count(p); e++) {
            const mp_engine *engine = mp_placement_engine(p, e);

            fprintf(f, " %s:", mp_engine_name(engine, NULL));
            for (size_t m = 0; m < mp_engine_member_count(engine); m++) {
                if (m)
                    fprintf(f, ",");
                put_member(f, p, e, m);
            }
        }
        fprintf(f, "; ");
    }
    fprintf(f, "%s", mp_verdict_name(mp_plan_verdict(plan)));
    fclose(f);
    return text;
}
