/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Print composed objects as a stream of YAML documents, for validators.
 *
 *     compose_dump replica v1|v2|pool|dynamo FILE...
 *                                          the provider Objects of ModelReplicas, named
 *     compose_dump objects v2              an endpoint, a service and what a cluster needs, with
 *                                          names where the control plane would make them
 *     compose_dump plan v1|v2              ModelReplicas and ModelEndpoints of the sample plan
 */
#include "compose_sample.h"
#include "mp_test.h"
#include "objects_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mp_status put(const char *data, size_t size, void *user)
{
    return fwrite(data, 1, size, user) == size ? MP_OK : MP_EIO;
}

static mp_status dump(const mp_doc *objects)
{
    mp_status st = MP_OK;

    for (const mp_object *at = mp_object_first(mp_doc_root(objects)); st == MP_OK && at != NULL;
         at = mp_object_next(at))
        st = mp_yaml_write(at, MP_YAML_DOCUMENT, put, stdout, NULL);
    return st;
}

static mp_status dump_replica(const char *path, const mp_compose_opts *opts, mp_error *err)
{
    mp_doc *doc, *out = NULL;
    size_t size = 0;
    char *text = mp_test_read(path, &size);
    mp_status st = mp_json_read(NULL, text ? text : "", size, NULL, &doc, err);

    if (st == MP_OK)
        st = mp_compose_replica(NULL, mp_doc_root(doc), opts, &out, err);
    if (st == MP_OK)
        st = dump(out);
    mp_doc_free(out);
    mp_doc_free(doc);
    free(text);
    return st;
}

static mp_status dump_plan(const mp_compose_opts *opts, mp_error *err)
{
    compose_sample s;
    mp_doc *out = NULL;
    mp_status st = compose_sample_init(&s, NULL, NULL, err);

    if (st == MP_OK)
        st = mp_compose(s.plan, opts, &out, err);
    if (st == MP_OK)
        st = dump(out);
    mp_doc_free(out);
    compose_sample_fini(&s);
    return st;
}

static void put_named(mp_doc *doc, mp_object *object)
{
    mp_object *metadata = mp_object_get(object, MP__LIT("metadata"));

    if (metadata == NULL)
        metadata = mp__set_map(object, "metadata");
    if (mp_object_get(metadata, MP__LIT("name")) == NULL)
        mp__set_lit(metadata, "name", "made");
    mp_object_append(mp_doc_root(doc), object);
}

static mp_status dump_objects(mp_error *err)
{
    static const char *const urls[] = { "https://api.example/", "http://203.0.113.7:81/",
                                        "http://[2001:db8::1]/" };
    const mp__secret_ref kubeconfig = { { NULL, 0 }, MP__STR("kc"), MP__STR("kubeconfig") };
    const mp__secret_ref identity = { MP__STR("AWSWebIdentityCredentials"), MP__STR("id"),
                                      MP__STR("private_key") };
    const mp__str ns = MP__STR("team-a"), name = MP__STR("chat");
    const mp__backend backends[] = { { MP__STR("b-1"), MP__STR("/team-a/r/"), 80, 0, 3 },
                                     { MP__STR("b-2"), MP__STR(""), 443, 1, 1 } };
    mp_doc *doc;
    mp__url url;
    mp_status st = mp_doc_new(NULL, &doc, err);

    if (st != MP_OK)
        return st;
    mp_doc_set_root(doc, mp_object_new_list(doc));
    for (size_t i = 0; i < MP__COUNT(urls); i++) {
        if (!mp__url_read(doc, mp__str_make(urls[i], MP_NTS), &url))
            st = MP_EDOC;
        put_named(doc, mp__make_endpoint_service(doc, ns, &url));
        put_named(doc, mp__make_endpoint_slice(doc, ns, name, &url));
    }
    put_named(doc, mp__make_service_route(doc, ns, name, backends, MP__COUNT(backends)));
    put_named(doc, mp__make_service_route(doc, ns, name, NULL, 0));
    put_named(doc, mp__make_provider_config(doc, name, &kubeconfig, &identity));
    put_named(doc, mp__make_serving_stack(doc, name, &kubeconfig, &identity));
    put_named(doc, mp__make_cluster_usage(doc, name));
    if (st == MP_OK)
        st = mp_doc_status(doc) == MP_OK ? dump(doc) : MP_ENOMEM;
    mp_doc_free(doc);
    return st;
}

int main(int argc, char **argv)
{
    mp_compose_opts opts = MP_COMPOSE_OPTS_INIT;
    mp_error err = { 0 };
    mp_status st = MP_OK;

    if (argc < 3)
        return 2;
    opts.shape = strcmp(argv[2], "v1") == 0 ? MP_SHAPE_V1 : MP_SHAPE_V2;
    opts.routing = strcmp(argv[2], "pool") == 0 ? MP_ROUTING_POOL : MP_ROUTING_AUTO;
    opts.stack = strcmp(argv[2], "dynamo") == 0 ? MP_STACK_DYNAMO : MP_STACK_STANDARD;
    opts.replica_ready = compose_sample_ready;
    opts.provider_config = "cfg";
    opts.provider_config_size = MP_NTS;
    opts.named = true;
    if (strcmp(argv[1], "plan") == 0)
        st = dump_plan(&opts, &err);
    if (strcmp(argv[1], "objects") == 0)
        st = dump_objects(&err);
    for (int i = 3; i < argc && st == MP_OK; i++)
        st = dump_replica(argv[i], &opts, &err);
    if (st != MP_OK)
        fprintf(stderr, "%s: %s: %s\n", mp_status_name(st), err.path, err.text);
    return st == MP_OK ? 0 : 1;
}
