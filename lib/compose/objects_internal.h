/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Child objects on the control plane, for lib/reconcile: pure composition, no conditions and no
 * status.  What is made belongs to the document given and has no parent yet; it is NULL, or
 * incomplete, when that document ran out of memory (mp_doc_status()).
 */
#ifndef MP_COMPOSE_OBJECTS_INTERNAL_H
#define MP_COMPOSE_OBJECTS_INTERNAL_H

#include "compose_internal.h"

/* ---- endpoint.c: ModelEndpoint ---- */

typedef enum mp__host_form { MP__HOST_FQDN, MP__HOST_IPV4, MP__HOST_IPV6 } mp__host_form;

/* Where a URL leads. */
typedef struct mp__url {
    mp__str host; /* lower-cased, without the brackets of an IPv6 address; in the document */
    mp__host_form form;
    int64_t port; /* 0..65535; never 0 */
} mp__url;

/* False, and `out` unspecified, without a host or with a port that is none; also when out of
 * memory. */
bool mp__url_read(mp_doc *doc, mp__str url, mp__url *out);

/* Key "service". */
mp_object *mp__make_endpoint_service(mp_doc *doc, mp__str ns, const mp__url *url);
/* Key "endpointslice"; `service` is the name that the observed Service got. */
mp_object *mp__make_endpoint_slice(mp_doc *doc, mp__str ns, mp__str service, const mp__url *url);

/* ---- service.c: ModelService ---- */

#define MP__WEIGHT_MAX 1000000

/* One ready endpoint of a ModelService. */
typedef struct mp__backend {
    mp__str name; /* status.routing.backendName */
    mp__str rewrite;
    int64_t port;
    size_t group;   /* number of its entry in spec.endpoints; backends come in this order */
    int64_t weight; /* in: of the entry, 1..MP__WEIGHT_MAX; out: its own */
} mp__backend;

/* Share the weight of each entry among its endpoints. */
void mp__backend_weigh(mp__backend *backends, size_t count);
/* Key "httproute". */
mp_object *mp__make_service_route(mp_doc *doc, mp__str ns, mp__str name,
                                  const mp__backend *backends, size_t count);

/* ---- backing.c: the cluster behind an InferenceCluster ---- */

#define MP__SYSTEM_NAMESPACE "modelplane-system"

/* Where a cluster comes from; for one that exists already the last three are NULL. */
typedef struct mp__source {
    const char *name, *block;  /* in spec.cluster: of `source`, of the field that describes it */
    const char *key, *kind;    /* of the object behind it */
    const char *storage_class; /* for shared volumes, unless the object says; NULL: has none */
} mp__source;

/* By spec.cluster.source of an InferenceCluster; NULL if that is unknown. */
const mp__source *mp__source_of(const mp_object *cluster);
/* Without pools yet; `block` is that of spec.cluster, or NULL. */
mp_object *mp__make_backing(mp_doc *doc, mp__str cluster, const mp__source *source,
                            const mp_object *block);
/* `pool` is of spec.nodePools, `nodes` what its class says for this source. */
void mp__put_backing_pool(mp_object *backing, const mp__source *source, const mp_object *pool,
                          const mp_object *nodes);

/* ---- cluster.c: InferenceCluster ---- */

/* A Secret in namespace modelplane-system; `name` is empty for none. */
typedef struct mp__secret_ref {
    mp__str type, name, key;
} mp__secret_ref;

/* How a provider reaches a cluster, named after the owner and what it is. */
mp_object *mp__make_config(mp_doc *doc, mp__str api_version, mp__str owner, mp__str what,
                           const mp__secret_ref *kubeconfig, const mp__secret_ref *identity);
/* Key "cluster-provider-config-kubernetes": how objects reach the cluster.  `identity` proves who
 * asks where the kubeconfig does not. */
mp_object *mp__make_provider_config(mp_doc *doc, mp__str cluster, const mp__secret_ref *kubeconfig,
                                    const mp__secret_ref *identity);
/* Key "serving-stack". */
mp_object *mp__make_serving_stack(mp_doc *doc, mp__str cluster, const mp__secret_ref *kubeconfig,
                                  const mp__secret_ref *identity);
/* Key "usage-replicas": keeps the cluster while replicas are scheduled to it. */
mp_object *mp__make_cluster_usage(mp_doc *doc, mp__str cluster);

/* ---- stack.c: ServingStack ---- */

typedef struct mp__chart {
    mp__str name, repository, version, ns;
} mp__chart;

/* A chart installed by provider-helm; `provider` is its configuration. */
mp_object *mp__make_release(const mp__composer *c, mp__str provider, const mp__chart *chart);
/* A listener for routes of every namespace; HTTP if `protocol` is NULL. */
void mp__put_listener(mp_object *list, const mp_object *name, int64_t port,
                      const mp_object *protocol, const char *default_name);
/* On a ServingStack: the fabric whose driver it installs. */
#define MP__FABRIC_LABEL "modelplane.ai/fabric"
/* All components, by response key, into c->objects. */
void mp__compose_stack(const mp__composer *c, const mp_object *document, mp__str helm);

/* ---- crd.c ---- */

/* Keys "gaie-crd-NAME": the inference extension's, wrapped. */
void mp__add_inference_crds(const mp__composer *c);
/* Keys "gateway-api-crd-NAME": the Gateway API's, for the control plane. */
void mp__add_gateway_crds(const mp__composer *c);

/* ---- gateway.c: InferenceGateway ---- */

void mp__compose_gateway(const mp__composer *c, const mp_object *document);

#endif
