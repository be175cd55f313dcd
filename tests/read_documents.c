/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents into deployments, clusters and observed replicas: the two shapes, defaults, numbers
 * that crossed a boundary as doubles, what a status may lack, and what is said of a document that
 * cannot be read.
 */
#include "fleet_internal.h"
#include "mp_test.h"
#include <inttypes.h>
#include <modelplane/fleet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads JSON in which ' stands for ". */
static mp_doc *read_text(const char *quoted)
{
    char *text = malloc(strlen(quoted) + 1);
    mp_error err;
    mp_doc *doc;

    (void)strcpy(text, quoted);
    for (char *c = text; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    ck_assert_msg(mp_json_read(NULL, text, strlen(text), NULL, &doc, &err) == MP_OK, "%zu: %s",
                  err.offset, err.text);
    free(text);
    return doc;
}

/* ---- deployments, written out ---- */

static void put_member(mp__buf *out, const mp_member *m)
{
    mp__buf_printf(out, " %s x%" PRId64 "%s%s", mp_role_name(mp_member_role(m)), mp_member_nodes(m),
                   mp_member_has_nodes(m) ? "!" : "", mp_member_template(m) ? " t" : "");
    for (size_t i = 0; i < mp_member_request_count(m); i++) {
        const mp_request *r = mp_member_request(m, i);

        mp__buf_printf(out, " %s=%" PRId64, mp_request_name(r, NULL), mp_request_count(r));
        for (size_t j = 0; j < mp_request_selector_count(r); j++)
            mp__buf_printf(out, "[%s]", mp_cel_source(mp_request_selector(r, j), NULL));
    }
}

static void put_deployment(mp__buf *out, const mp_deployment *d)
{
    const char *cache = mp_deployment_cache(d, NULL);

    mp__buf_printf(out, "%s/%s x%" PRId64 " mode %d", mp_deployment_namespace(d, NULL),
                   mp_deployment_name(d, NULL), mp_deployment_replicas(d),
                   (int)mp_deployment_serving(d));
    if (cache)
        mp__buf_printf(out, " cache %s", cache);
    for (size_t i = 0; i < d->labels.count; i++)
        mp__buf_printf(out, " label %s=%s", d->labels.items[i].key.data,
                       d->labels.items[i].value.data);
    for (size_t i = 0; i < d->cluster_selector.count; i++)
        mp__buf_printf(out, " select %s=%s", d->cluster_selector.items[i].key.data,
                       d->cluster_selector.items[i].value.data);
    for (size_t i = 0; i < d->toleration_count; i++)
        mp__buf_printf(out, " tolerate %s %d %s %d", d->tolerations[i].key.data,
                       (int)d->tolerations[i].op, d->tolerations[i].value.data,
                       (int)d->tolerations[i].effect);
    for (size_t i = 0; i < mp_deployment_engine_count(d); i++) {
        const mp_engine *e = mp_deployment_engine(d, i);

        mp__buf_printf(out, "; %s x%" PRId64 " %s:", mp_engine_name(e, NULL), mp_engine_copies(e),
                       mp_phase_name(mp_engine_phase(e)));
        for (size_t j = 0; j < mp_engine_member_count(e); j++)
            put_member(out, mp_engine_member(e, j));
    }
}

#define HEAD "{'apiVersion':'modelplane.ai/v1alpha1','kind':'ModelDeployment',"
#define META "'metadata':{'name':'m','namespace':'ns'},"
#define V1_OF(engines) HEAD META "'spec':{'engines':" engines "}}"
#define V2_OF(spec) HEAD META "'spec':{'template':{'spec':" spec "}}}"
#define MEMBER_OF(request)                                                                         \
    V1_OF("[{'name':'a','members':[{'nodeSelector':{'devices':[" request "]}}]}]")

static const struct {
    const char *text, *want;
} deployments[] = {
    /* the older shape and the newer one, all defaults */
    { V1_OF("[{'name':'a','members':[{}]}]"), "ns/m x1 mode 0; a x1 : Standalone x1" },
    { V2_OF("{'engines':[{'name':'a','members':[{}]}]}"), "ns/m x1 mode 0; a x1 : Standalone x1" },
    { HEAD "'metadata':{'name':'m'},'spec':{'engines':[]}}", "/m x1 mode 0" },
    /* everything */
    { HEAD META
      "'spec':{'replicas':3,'clusterSelector':{'matchLabels':{'r':'us','z':'1'}},"
      "'modelCacheRef':{'name':'w'},'engines':[{'name':'a','copies':2,'members':["
      "{'role':'Leader','template':{'spec':{}},'nodeSelector':{'devices':["
      "{'name':'gpu','count':8,'selectors':[{'cel':'true'},{'cel':'false'}]},"
      "{'name':'nic','selectors':[{'cel':'true'}]}]}},"
      "{'role':'Worker','worker':{'nodes':3}}]},{'name':'b','members':[{'role':'Worker'}]}]}}",
      "ns/m x3 mode 0 cache w select r=us select z=1; a x2 : Leader x1 t gpu=8[true][false] "
      "nic=1[true] Worker x3!; b x1 : Worker x1" },
    { HEAD META "'spec':{'replicas':0,'template':{'metadata':{'labels':{'team':'ml'}},'spec':{"
                "'serving':{'mode':'PrefillDecode'},'tolerations':[{'key':'k','value':'v'},"
                "{'operator':'Exists'},{'operator':'Equal','key':'x','effect':'NoExecute'},"
                "{'key':'y','effect':'NoSchedule'}],"
                "'engines':[{'name':'p','phase':'Prefill','members':[]},"
                "{'name':'d','phase':'Decode','members':[]}]}}}}",
      "ns/m x0 mode 2 label team=ml tolerate k 0 v 0 tolerate  1  0 tolerate x 0  2 tolerate y 0  "
      "1; p x1 Prefill:; d x1 Decode:" },
    /* serving: absent, without a mode, Unified */
    { V2_OF("{'serving':{},'engines':[]}"), "ns/m x1 mode 1" },
    { V2_OF("{'serving':{'mode':'Unified'},'engines':[]}"), "ns/m x1 mode 1" },
    /* with a template the rest of spec is not looked at */
    { HEAD META "'spec':{'engines':[{'name':'old','members':[]}],'template':{'spec':{'engines':"
                "[{'name':'new','members':[]}]}}}}",
      "ns/m x1 mode 0; new x1 :" },
    /* numbers as doubles: cut towards zero */
    { HEAD META "'spec':{'replicas':2.0,'engines':[{'name':'a','copies':3.9,'members':["
                "{'role':'Worker','worker':{'nodes':2.5}}]}]}}",
      "ns/m x2 mode 0; a x3 : Worker x2!" },
    /* null is absent */
    { HEAD META "'spec':{'replicas':null,'modelCacheRef':null,'clusterSelector':null,'template':"
                "null,'engines':[{'name':'a','copies':null,'members':[{'role':null,'worker':null,"
                "'template':null,'nodeSelector':null}]}]}}",
      "ns/m x1 mode 0; a x1 : Standalone x1" },
    /* an empty selector is none; the worker block of another role does not count */
    { MEMBER_OF("{'name':'g','selectors':[{'cel':''},{},{'cel':'true'},{'cel':null}]}"),
      "ns/m x1 mode 0; a x1 : Standalone x1 g=1[true]" },
    { V1_OF("[{'name':'a','members':[{'role':'Leader','worker':{'nodes':9}}]}]"),
      "ns/m x1 mode 0; a x1 : Leader x1" },
    { V1_OF("[{'name':'a','members':[{'role':'Worker','worker':{}}]}]"),
      "ns/m x1 mode 0; a x1 : Worker x1!" },
};

START_TEST(deployment)
{
    mp_doc *doc = read_text(deployments[_i].text);
    mp_deployment *d;
    mp_error err;
    mp__buf out;

    mp__buf_init(&out, NULL);
    ck_assert_msg(mp_deployment_read(NULL, mp_doc_root(doc), &d, &err) == MP_OK, "%s: %s", err.path,
                  err.text);
    mp_doc_free(doc); /* the deployment keeps nothing of it */
    put_deployment(&out, d);
    ck_assert_str_eq(out.data, deployments[_i].want);
    mp_deployment_free(d);
    mp__buf_fini(&out);
}
END_TEST

START_TEST(templates_are_kept_as_they_are)
{
    mp_doc *doc = read_text(V1_OF("[{'name':'a','members':[{'template':{'x':[1,2.5,null],'spec':{"
                                  "'volumes':[{'name':'v'}]}}}]}]"));
    mp_doc *want = read_text("{'x':[1,2.5,null],'spec':{'volumes':[{'name':'v'}]}}");
    mp_deployment *d;
    const mp_member *m;

    ck_assert_int_eq(mp_deployment_read(NULL, mp_doc_root(doc), &d, NULL), MP_OK);
    mp_doc_free(doc);
    m = mp_engine_member(mp_deployment_engine(d, 0), 0);
    ck_assert(mp_object_identical(mp_member_template(m), mp_doc_root(want)));
    mp_doc_free(want);
    mp_deployment_free(d);
}
END_TEST

/* ---- what cannot be read ---- */

#define DEVICES "spec.engines[0].members[0].nodeSelector.devices"
static const struct {
    const char *text;
    mp_status want;
    const char *path, *message; /* the message begins with this */
} bad[] = {
    { "[]", MP_EDOC, "", "must be a map; is a list" },
    { "{}", MP_EDOC, "metadata", "is required" },
    { "{'metadata':[]}", MP_EDOC, "metadata", "must be a map; is a list" },
    { "{'metadata':{}}", MP_EDOC, "metadata.name", "is required" },
    { "{'metadata':{'name':''}}", MP_EDOC, "metadata.name", "is required" },
    { "{'metadata':{'name':7}}", MP_EDOC, "metadata.name", "must be a string; is 7" },
    { "{'metadata':{'name':'m'}}", MP_EDOC, "spec", "is required" },
    { "{'metadata':{'name':'m'},'spec':{}}", MP_EDOC, "spec.engines", "is required" },
    { "{'metadata':{'name':'m'},'spec':{'template':{}}}", MP_EDOC, "spec.template.spec",
      "is required" },
    { "{'metadata':{'name':'m'},'spec':{'template':{'spec':{}}}}", MP_EDOC,
      "spec.template.spec.engines", "is required" },
    { "{'metadata':{'name':'m'},'spec':{'replicas':-1}}", MP_EDOC, "spec.replicas",
      "must be 0 or more; is -1" },
    { "{'metadata':{'name':'m'},'spec':{'replicas':'2'}}", MP_EDOC, "spec.replicas",
      "must be an integer; is \"2\"" },
    { "{'metadata':{'name':'m'},'spec':{'replicas':1e300}}", MP_EDOC, "spec.replicas",
      "must be an integer; is a number" },
    { "{'metadata':{'name':'m'},'spec':{'clusterSelector':{'matchLabels':{'a':1}}}}", MP_EDOC,
      "spec.clusterSelector.matchLabels.a", "must be a string; is 1" },
    { V2_OF("{'serving':{'mode':'Split'}}"), MP_EDOC, "spec.template.spec.serving.mode",
      "must be Unified, PrefillDecode or EncodePrefillDecode; is \"Split\"" },
    { V2_OF("{'tolerations':[{'operator':true}]}"), MP_EDOC,
      "spec.template.spec.tolerations[0].operator", "must be a string; is true" },
    { V2_OF("{'tolerations':[{'effect':'Never'}]}"), MP_EDOC,
      "spec.template.spec.tolerations[0].effect", "must be NoSchedule or NoExecute; is \"Never\"" },
    { V2_OF("{'tolerations':['x']}"), MP_EDOC, "spec.template.spec.tolerations[0]",
      "must be a map; is \"x\"" },
    { V1_OF("{}"), MP_EDOC, "spec.engines", "must be a list; is a map" },
    { V1_OF("[null]"), MP_EDOC, "spec.engines[0]", "must be a map; is null" },
    { V1_OF("[{'members':[]}]"), MP_EDOC, "spec.engines[0].name", "is required" },
    { V1_OF("[{'name':'a'}]"), MP_EDOC, "spec.engines[0].members", "is required" },
    { V1_OF("[{'name':'a','copies':0,'members':[]}]"), MP_EDOC, "spec.engines[0]",
      "an engine needs at least one copy" },
    { V1_OF("[{'name':'a','members':[]},{'name':'a','members':[]}]"), MP_EDOC, "spec.engines[1]",
      "engine \"a\" exists already" },
    { V1_OF("[{'name':'a','members':[{'role':'Boss'}]}]"), MP_EDOC,
      "spec.engines[0].members[0].role", "must be Standalone, Leader or Worker; is \"Boss\"" },
    { V1_OF("[{'name':'a','members':[{'role':'Worker','worker':{'nodes':0}}]}]"), MP_EDOC,
      "spec.engines[0].members[0].worker.nodes", "must be 1 or more; is 0" },
    { MEMBER_OF("{}"), MP_EDOC, DEVICES "[0].name", "is required" },
    { MEMBER_OF("{'name':'g','count':0}"), MP_EDOC, DEVICES "[0]",
      "a request needs at least one device" },
    { MEMBER_OF("{'name':'g','selectors':['x']}"), MP_EDOC, DEVICES "[0].selectors[0]",
      "must be a map; is \"x\"" },
    { MEMBER_OF("{'name':'g','selectors':[{'cel':1}]}"), MP_EDOC, DEVICES "[0].selectors[0].cel",
      "must be a string; is 1" },
    /* selectors: not well-formed, not valid; the first one in order is told */
    { MEMBER_OF("{'name':'g','selectors':[{'cel':'true'},{'cel':'1 +'}]}"), MP_EPARSE,
      DEVICES "[0].selectors[1].cel", "" },
    { MEMBER_OF("{'name':'g','selectors':[{'cel':'devise.driver == 1'}]}"), MP_ECOMPILE,
      DEVICES "[0].selectors[0].cel", "" },
    { V1_OF("[{'name':'a','members':[{'nodeSelector':{'devices':[{'name':'g','selectors':["
            "{'cel':'true'}]}]}},{'nodeSelector':{'devices':[{'name':'x','selectors':[{'cel':"
            "'true'}]},{'name':'y','selectors':[{'cel':'('}]}]}}]},{'name':'b','members':[{"
            "'nodeSelector':{'devices':[{'name':'g','selectors':[{'cel':')'}]}]}}]}]"),
      MP_EPARSE, "spec.engines[0].members[1].nodeSelector.devices[1].selectors[0].cel", "" },
};

START_TEST(bad_deployment)
{
    mp_doc *doc = read_text(bad[_i].text);
    mp_deployment *d = (mp_deployment *)doc;
    mp_error err;
    mp_status st = mp_deployment_read(NULL, mp_doc_root(doc), &d, &err);

    ck_assert_msg(st == bad[_i].want, "%s: %s: %s", mp_status_name(st), err.path, err.text);
    ck_assert(d == NULL && err.status == st);
    ck_assert_str_eq(err.path, bad[_i].path);
    ck_assert_msg(strncmp(err.text, bad[_i].message, strlen(bad[_i].message)) == 0 && err.text[0],
                  "%s", err.text);
    ck_assert(err.offset != MP_NO_OFFSET);
    ck_assert_int_eq(mp_deployment_read(NULL, mp_doc_root(doc), &d, NULL), st);
    mp_doc_free(doc);
}
END_TEST

/* ---- clusters, written out ---- */

static void put_device(mp__buf *out, const mp_device *d)
{
    mp__buf_printf(out, " (%s %s %s %s x%" PRId64, d->kind->name.data, d->kind->driver.data,
                   d->kind->device_class.data, d->kind->claim == MP_CLAIM_DRA ? "DRA" : "Synthetic",
                   d->count);
    for (size_t i = 0; i < d->shape->attribute_count; i++)
        mp__buf_printf(out, " %s:%d:%s:%" PRId64, d->shape->attributes[i].name.data,
                       (int)d->shape->attributes[i].kind,
                       d->shape->attributes[i].text.data ? d->shape->attributes[i].text.data : "",
                       d->shape->attributes[i].number);
    mp__buf_puts(out, ")");
}

static void put_cluster(mp__buf *out, const mp_cluster *c)
{
    mp__buf_printf(out, "%s%s", c->name.data, c->ready ? " ready" : "");
    if (c->gateway.size)
        mp__buf_printf(out, " at %s", c->gateway.data);
    for (size_t i = 0; i < c->labels.count; i++)
        mp__buf_printf(out, " %s=%s", c->labels.items[i].key.data, c->labels.items[i].value.data);
    for (size_t i = 0; i < c->taint_count; i++)
        mp__buf_printf(out, " taint %s %s %d", c->taints[i].key.data, c->taints[i].value.data,
                       (int)c->taints[i].effect);
    for (size_t i = 0; i < c->pool_count; i++) {
        mp__buf_printf(out, "; %s x%" PRId64, c->pools[i]->name.data, c->pools[i]->nodes);
        for (size_t j = 0; j < c->pools[i]->device_count; j++)
            put_device(out, c->pools[i]->devices[j]);
    }
}

#define STATUS_OF(status) "{'metadata':{'name':'c'},'status':" status "}"
#define POOL_OF(pool) STATUS_OF("{'gpuPools':[" pool "]}")
#define DEVICE_OF(device)                                                                          \
    POOL_OF("{'name':'p','nodes':1,'devices':[{'name':'g','driver':'d'," device "}]}")
static const struct {
    const char *text, *want;
} clusters[] = {
    { "{'metadata':{'name':'c'}}", "c" },
    { "{'metadata':{'name':'c','labels':{'a':'b'}},'spec':{'taints':[{'key':'k','value':'v',"
      "'effect':'NoSchedule'},{'key':'k','effect':'NoExecute'},{'key':'k','effect':"
      "'PreferNoSchedule'}]},'status':{}}",
      "c a=b taint k v 1 taint k  2" },
    { STATUS_OF("{'gateway':{'address':'203.0.113.7'},'conditions':[{'type':'Synced','status':"
                "'True'},{'type':'Ready','status':'False'},{'type':'Ready','status':'True'}]}"),
      "c ready at 203.0.113.7" },
    { STATUS_OF("{'conditions':[{'type':'Ready','status':true},{'type':'ClusterReady','status':"
                "'True'},7]}"),
      "c" },
    { STATUS_OF("{'gateway':{'address':''}}"), "c" },
    /* counts that are absent, negative, or not whole */
    { POOL_OF("{'name':'a'},{'name':'b','nodes':-3},{'name':'c','nodes':0},{'name':'d','nodes':"
              "2.0},{'name':'e','nodes':2.9},{'name':'f','nodes':null}"),
      "c; a x0; b x0; c x0; d x2; e x2; f x0" },
    /* the first of two pools of one name stands */
    { POOL_OF("{'name':'a','nodes':1},{'name':'b','nodes':2},{'name':'a','nodes':3}"),
      "c; a x1; b x2" },
    /* devices: claim absent is DRA; a count absent or negative is 0 */
    { DEVICE_OF("'deviceClassName':'k','count':8"), "c; p x1 (g d k DRA x8)" },
    { DEVICE_OF("'claim':'DRA'"), "c; p x1 (g d  DRA x0)" },
    { DEVICE_OF("'claim':'Synthetic','count':-1"), "c; p x1 (g d  Synthetic x0)" },
    /* attributes: the version first, then string, bool, int; none is invalid */
    { DEVICE_OF("'attributes':{'s':{'string':'x'},'v':{'version':'1.2.3'},'b':{'bool':true},"
                "'i':{'int':-9223372036854775808},'f':{'int':2.0}}"),
      "c; p x1 (g d  DRA x0 b:1::1 f:2::2 i:2::-9223372036854775808 s:0:x:0 v:3:1.2.3:0)" },
    { DEVICE_OF("'attributes':{'a':{'int':1,'bool':true,'string':'s','version':'1.0.0'},"
                "'b':{'int':1,'bool':false,'string':''},'c':{'int':1,'bool':false},'d':{},"
                "'e':{'version':null}}"),
      "c; p x1 (g d  DRA x0 a:3:1.0.0:0 b:0::0 c:1::0 d:4::0 e:4::0)" },
    /* a malformed version or quantity is the selectors' affair */
    { DEVICE_OF("'attributes':{'v':{'version':'x'}},'capacity':{'m':{'value':'80 GB'}}"),
      "c; p x1 (g d  DRA x0 v:3:x:0 m:5:80 GB:0)" },
    /* a capacity without a value is passed over */
    { DEVICE_OF("'capacity':{'memory':{'value':'80Gi'},'none':{},'null':{'value':null}}"),
      "c; p x1 (g d  DRA x0 memory:5:80Gi:0)" },
};

START_TEST(cluster)
{
    mp_doc *doc = read_text(clusters[_i].text);
    mp_fleet *fleet;
    mp_error err;
    mp__buf out;

    mp__buf_init(&out, NULL);
    ck_assert_int_eq(mp_fleet_new(NULL, &fleet, NULL), MP_OK);
    ck_assert_msg(mp_fleet_read_cluster(fleet, mp_doc_root(doc), &err) == MP_OK, "%s: %s", err.path,
                  err.text);
    mp_doc_free(doc);
    ck_assert_uint_eq(mp_fleet_cluster_count(fleet), 1);
    put_cluster(&out, mp_fleet_cluster(fleet, 0));
    ck_assert_str_eq(out.data, clusters[_i].want);
    mp_fleet_free(fleet);
    mp__buf_fini(&out);
}
END_TEST

static const struct {
    const char *text, *path;
} bad_clusters[] = {
    { "7", "" },
    { "{'metadata':{}}", "metadata.name" },
    { "{'metadata':{'name':'c','labels':{'a':[]}}}", "metadata.labels.a" },
    { "{'metadata':{'name':'c'},'spec':{'taints':[7]}}", "spec.taints[0]" },
    { STATUS_OF("[]"), "status" },
    { STATUS_OF("{'gateway':{'address':1}}"), "status.gateway.address" },
    { STATUS_OF("{'gpuPools':{}}"), "status.gpuPools" },
    { POOL_OF("{}"), "status.gpuPools[0].name" },
    { POOL_OF("{'name':'p','nodes':'4'}"), "status.gpuPools[0].nodes" },
    { DEVICE_OF("'count':[]"), "status.gpuPools[0].devices[0].count" },
    { DEVICE_OF("'attributes':{'example.com/x':7}"),
      "status.gpuPools[0].devices[0].attributes[\"example.com/x\"]" },
    { DEVICE_OF("'attributes':{'x':{'int':'1'}}"),
      "status.gpuPools[0].devices[0].attributes.x.int" },
    { DEVICE_OF("'capacity':{'memory':{'value':80}}"),
      "status.gpuPools[0].devices[0].capacity.memory.value" },
};

START_TEST(bad_cluster)
{
    mp_doc *doc = read_text(bad_clusters[_i].text);
    mp_fleet *fleet;
    mp_error err;

    ck_assert_int_eq(mp_fleet_new(NULL, &fleet, NULL), MP_OK);
    ck_assert_int_eq(mp_fleet_read_cluster(fleet, mp_doc_root(doc), &err), MP_EDOC);
    ck_assert_str_eq(err.path, bad_clusters[_i].path);
    ck_assert(err.text[0] != '\0' && err.offset != MP_NO_OFFSET);
    ck_assert_uint_eq(mp_fleet_cluster_count(fleet), 0);
    mp_doc_free(doc);
    mp_fleet_free(fleet);
}
END_TEST

START_TEST(cluster_twice)
{
    mp_doc *doc = read_text("{'metadata':{'name':'c'}}");
    mp_fleet *fleet;
    mp_error err;

    ck_assert_int_eq(mp_fleet_new(NULL, &fleet, NULL), MP_OK);
    ck_assert_int_eq(mp_fleet_read_cluster(fleet, mp_doc_root(doc), &err), MP_OK);
    ck_assert_int_eq(mp_fleet_read_cluster(fleet, mp_doc_root(doc), &err), MP_EDOC);
    ck_assert_str_eq(err.path, "metadata.name");
    ck_assert_uint_eq(mp_fleet_cluster_count(fleet), 1);
    mp_doc_free(doc);
    mp_fleet_free(fleet);
}
END_TEST

/* ---- replicas ---- */

static void put_replica(mp__buf *out, const mp_replica *r)
{
    mp__buf_printf(out, "#%" PRId64, r->index);
    for (size_t i = 0; i < r->engine_count; i++) {
        const mp_replica_engine *e = r->engines[i];

        mp__buf_printf(out, "; %s x%" PRId64 ":", e->name.data, e->copies);
        for (size_t j = 0; j < e->member_count; j++)
            mp__buf_printf(out, " %s@%s x%" PRId64 "%s", mp_role_name(e->members[j].role),
                           e->members[j].pool.data, e->members[j].nodes,
                           e->members[j].claims ? " claims" : "");
    }
}

#define REPLICA(spec)                                                                              \
    "{'metadata':{'name':'r','namespace':'ns','labels':{'modelplane.ai/deployment':'d',"           \
    "'modelplane.ai/replica-index':'3'}},'spec':" spec "}"
static const struct {
    const char *text, *want;
} replicas[] = {
    { REPLICA("{'clusterName':'c','engines':[{'name':'a','copies':2,'members':["
              "{'role':'Leader','nodePoolName':'p','deviceRequests':[{}]},"
              "{'role':'Worker','nodePoolName':'p','worker':{'nodes':3}}]},"
              "{'name':'b','members':[{'nodePoolName':'q','deviceRequests':[]}]}]}"),
      "#3; a x2: Leader@p x1 claims Worker@p x3; b x1: Standalone@q x1" },
    /* whatever it looks like, it runs: what makes no sense reads as its default */
    { REPLICA("null"), "#3" },
    { REPLICA("{'clusterName':7,'engines':{'x':1}}"), "#3;  x1:" },
    { REPLICA("{'clusterName':'c','engines':[7,{'copies':-1,'members':[null,{'role':'Boss',"
              "'nodePoolName':[],'deviceRequests':{},'worker':{'nodes':9}},{'role':'Worker',"
              "'worker':{'nodes':'9'}},{'role':'Worker','worker':{'nodes':2.5}}]},"
              "{'name':'a'},{'name':'a','copies':2.0}]}"),
      "#3;  x1:;  x1: Standalone@ x1 Standalone@ x1 Worker@ x1 Worker@ x2; a x1:; a x2:" },
};

START_TEST(replica)
{
    mp_doc *doc = read_text(replicas[_i].text);
    mp_fleet *fleet;
    mp_error err;
    mp__buf out;

    mp__buf_init(&out, NULL);
    ck_assert_int_eq(mp_fleet_new(NULL, &fleet, NULL), MP_OK);
    ck_assert_msg(mp_fleet_read_replica(fleet, mp_doc_root(doc), &err) == MP_OK, "%s: %s", err.path,
                  err.text);
    ck_assert_int_eq(mp_fleet_read_replica(fleet, mp_doc_root(doc), &err), MP_EDOC);
    mp_doc_free(doc);
    ck_assert_uint_eq(mp_fleet_replica_count(fleet), 1);
    put_replica(&out, mp_fleet_find_replica(fleet, "ns", 2, "r", 1));
    ck_assert_str_eq(out.data, replicas[_i].want);
    ck_assert(mp__fleet_owner(fleet, MP__STR("ns"), MP__STR("d")) != NULL);
    mp_fleet_free(fleet);
    mp__buf_fini(&out);
}
END_TEST

/* As Python's int(), and 0 for what that refuses or int64 cannot hold. */
static const struct {
    const char *label;
    int64_t want;
} indexes[] = {
    { "'0'", 0 },
    { "'7'", 7 },
    { "'007'", 7 },
    { "'1_0'", 10 },
    { "'1_2_3'", 123 },
    { "' 12 '", 12 },
    { "'\\t\\n\\r\\f\\u000b5'", 5 },
    { "'+4'", 4 },
    { "'-4'", -4 },
    { "'-0'", 0 },
    { "'922337203685477579'", INT64_C(922337203685477579) },
    { "''", 0 },
    { "' '", 0 },
    { "'+'", 0 },
    { "'1.0'", 0 },
    { "'1__0'", 0 },
    { "'_1'", 0 },
    { "'1_'", 0 },
    { "'+_1'", 0 },
    { "'- 1'", 0 },
    { "'1 2'", 0 },
    { "'0x10'", 0 },
    { "'1e3'", 0 },
    { "'99999999999999999999'", 0 },
    { "7", 0 },
    { "null", 0 },
    { "[]", 0 },
};

START_TEST(replica_index)
{
    char text[256];
    mp_fleet *fleet;
    mp_doc *doc;

    (void)snprintf(text, sizeof text,
                   "{'metadata':{'name':'r','labels':{'modelplane.ai/replica-index':%s}}}",
                   indexes[_i].label);
    doc = read_text(text);
    ck_assert_int_eq(mp_fleet_new(NULL, &fleet, NULL), MP_OK);
    ck_assert_int_eq(mp_fleet_read_replica(fleet, mp_doc_root(doc), NULL), MP_OK);
    ck_assert_msg(mp_fleet_find_replica(fleet, "", 0, "r", 1)->index == indexes[_i].want, "%s",
                  indexes[_i].label);
    mp_doc_free(doc);
    mp_fleet_free(fleet);
}
END_TEST

START_TEST(replica_without_a_name)
{
    mp_doc *doc = read_text("{'metadata':{'namespace':'ns'}}");
    mp_fleet *fleet;
    mp_error err;

    ck_assert_int_eq(mp_fleet_new(NULL, &fleet, NULL), MP_OK);
    ck_assert_int_eq(mp_fleet_read_replica(fleet, mp_doc_root(doc), &err), MP_EDOC);
    ck_assert_str_eq(err.path, "metadata.name");
    ck_assert_int_eq(mp_fleet_read_replica(fleet, NULL, &err), MP_EDOC);
    ck_assert_uint_eq(mp_fleet_replica_count(fleet), 0);
    mp_doc_free(doc);
    mp_fleet_free(fleet);
}
END_TEST

/* ---- memory ---- */

static mp_doc *load_samples(void)
{
    size_t size;
    char *text = mp_test_read(mp_test_path("data/validate/every-field.json"), &size);
    mp_doc *doc;

    ck_assert(text && mp_json_read(NULL, text, size, NULL, &doc, NULL) == MP_OK);
    free(text);
    return doc;
}

static mp_status read_one(const mp_allocator *alloc, mp_fleet *fleet, const mp_object *document,
                          mp_error *err)
{
    const mp_object *kind = mp__get(document, "kind");
    mp_deployment *d;
    mp_status st = MP_OK;

    if (mp_object_string_is(kind, MP__LIT("ModelDeployment"))) {
        st = mp_deployment_read(alloc, document, &d, err);
        ck_assert((st == MP_OK) == (d != NULL));
        mp_deployment_free(d);
    } else if (mp_object_string_is(kind, MP__LIT("InferenceCluster"))) {
        st = mp_fleet_read_cluster(fleet, document, err);
        mp_fleet_remove_cluster(fleet, mp_fleet_cluster(fleet, 0));
    } else if (mp_object_string_is(kind, MP__LIT("ModelReplica"))) {
        st = mp_fleet_read_replica(fleet, document, err);
        mp_fleet_remove_replica(fleet, mp_fleet_find_replica(fleet, "team", 4, "every-field", 11));
    }
    return st;
}

static mp_status read_all(const mp_allocator *alloc, void *user)
{
    const mp_object *sample = mp_object_first(mp_doc_root(user));
    mp_fleet *fleet;
    mp_status st = mp_fleet_new(alloc, &fleet, NULL);

    for (; sample && st == MP_OK; sample = mp_object_next(sample)) {
        st = read_one(alloc, fleet, mp__get(sample, "document"), NULL);
        if (st != MP_OK)
            ck_assert(mp_fleet_cluster_count(fleet) == 0 && mp_fleet_replica_count(fleet) == 0);
    }
    mp_fleet_free(fleet);
    return st;
}

START_TEST(out_of_memory)
{
    mp_doc *samples = load_samples();

    ck_assert_uint_gt(mp_test_sweep(read_all, samples), 50);
    mp_doc_free(samples);
}
END_TEST

/* ---- any type anywhere ---- */

/* Takes each node out of its map in turn, or puts another value in its place. */
static void spoil(mp_doc *doc, mp_fleet *fleet, mp_object *document, const mp_object *others,
                  mp_object *node, size_t *refused)
{
    mp_object *map = mp_object_parent(node);
    size_t size;
    const char *key = mp_object_key(node, &size);
    mp_object *kept = mp_object_copy(doc, node);
    mp_error err;

    if (!key || node == document)
        return;
    for (const mp_object *o = mp_object_first(others); o; o = mp_object_next(o)) {
        (void)mp_object_set(map, key, size, mp_object_copy(doc, o));
        if (read_one(NULL, fleet, document, &err) != MP_OK) {
            ck_assert(err.text[0] != '\0');
            ++*refused;
        }
    }
    (void)mp_object_set(map, key, size, kept);
}

static void spoil_below(mp_doc *doc, mp_fleet *fleet, mp_object *document, const mp_object *others,
                        mp_object *node, size_t *refused)
{
    size_t count = mp_object_size(node);

    for (size_t i = 0; i < count; i++) {
        spoil_below(doc, fleet, document, others, mp_object_at(node, i), refused);
        spoil(doc, fleet, document, others, mp_object_at(node, i), refused);
    }
}

START_TEST(any_type_anywhere)
{
    mp_doc *doc = load_samples();
    mp_doc *others = read_text("[null,true,-1,18446744073709551615,1e300,'','text',[],[[0]],{},"
                               "{'':{}},[null,{}]]");
    size_t refused = 0;
    mp_fleet *fleet;

    ck_assert_int_eq(mp_fleet_new(NULL, &fleet, NULL), MP_OK);
    for (mp_object *s = mp_object_first(mp_doc_root(doc)); s; s = mp_object_next(s)) {
        mp_object *document = mp__get(s, "document");

        spoil_below(doc, fleet, document, mp_doc_root(others), document, &refused);
        ck_assert_int_eq(read_one(NULL, fleet, document, NULL), MP_OK);
    }
    ck_assert_uint_gt(refused, 1000);
    mp_fleet_free(fleet);
    mp_doc_free(others);
    mp_doc_free(doc);
}
END_TEST

#define LOOP(test, table) tcase_add_loop_test(tc, test, 0, (int)(sizeof(table) / sizeof *(table)))

int main(void)
{
    Suite *s = suite_create("read");
    TCase *tc = tcase_create("documents");

    tcase_set_timeout(tc, 300);
    LOOP(deployment, deployments);
    tcase_add_test(tc, templates_are_kept_as_they_are);
    LOOP(bad_deployment, bad);
    LOOP(cluster, clusters);
    LOOP(bad_cluster, bad_clusters);
    tcase_add_test(tc, cluster_twice);
    LOOP(replica, replicas);
    LOOP(replica_index, indexes);
    tcase_add_test(tc, replica_without_a_name);
    tcase_add_test(tc, out_of_memory);
    tcase_add_test(tc, any_type_anywhere);
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}
