/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document: any JSON is checked in every shape, and read as a deployment, a cluster and an
 * observed replica.  What is valid can be read; what is refused says where, on one line.
 */
#include <modelplane/document.h>
#include <modelplane/fleet.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool check_violation(const mp_violation *violation, void *user)
{
    size_t *count = user;

    ++*count;
    REQUIRE(violation->path && violation->node && violation->message);
    REQUIRE(violation->message[0] != '\0' && strchr(violation->message, '\n') == NULL);
    return true;
}

static mp_status check(const mp_object *document, mp_shape shape)
{
    size_t heard = 0, count;
    mp_error err;
    mp_status st = mp_validate(NULL, document, shape, check_violation, &heard, &count, &err);

    REQUIRE(st == MP_OK || st == MP_EDOC || st == MP_ENOENT);
    REQUIRE(heard == count && (st == MP_EDOC) == (count != 0) && err.status == st);
    REQUIRE((st == MP_ENOENT) == !mp_document_known(document));
    heard = 0;
    REQUIRE(mp_document_unknown(NULL, document, shape, check_violation, &heard, &count, NULL) ==
            (st == MP_ENOENT ? MP_ENOENT : MP_OK));
    REQUIRE(heard == count);
    return st;
}

static bool is_kind(const mp_object *document, const char *kind)
{
    return mp_object_string_is(mp_object_get(document, "kind", MP_NTS), kind, MP_NTS);
}

static bool has_name(const mp_object *document)
{
    const mp_object *metadata = mp_object_get(document, "metadata", MP_NTS);

    return mp_object_get(metadata, "name", MP_NTS) != NULL;
}

static void read_deployment(const mp_object *document, bool valid)
{
    mp_deployment *d;
    mp_error err;
    mp_status st = mp_deployment_read(NULL, document, &d, &err);

    REQUIRE((st == MP_OK) == (d != NULL) && st != MP_ENOMEM && err.status == st);
    REQUIRE(st == MP_OK || err.text[0] != '\0');
    if (valid && is_kind(document, "ModelDeployment") && has_name(document))
        REQUIRE(st == MP_OK || st == MP_EPARSE || st == MP_ECOMPILE || st == MP_ELIMIT);
    mp_deployment_free(d);
}

static void read_fleet(const mp_object *document, bool valid)
{
    mp_fleet *fleet;
    mp_error err;
    mp_status st;

    REQUIRE(mp_fleet_new(NULL, &fleet, NULL) == MP_OK);
    st = mp_fleet_read_cluster(fleet, document, &err);
    REQUIRE(mp_fleet_cluster_count(fleet) == (st == MP_OK) && st != MP_ENOMEM);
    if (valid && is_kind(document, "InferenceCluster") && has_name(document))
        REQUIRE(st == MP_OK || st == MP_ELIMIT);
    st = mp_fleet_read_replica(fleet, document, &err);
    REQUIRE(mp_fleet_replica_count(fleet) == (st == MP_OK) && st != MP_ENOMEM);
    if (st != MP_OK)
        REQUIRE(strcmp(err.path, "metadata.name") == 0 || !mp_object_is_map(document) ||
                strcmp(err.path, "name") == 0);
    mp_fleet_free(fleet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const mp_object *document;
    mp_doc *doc;
    bool valid;

    if (mp_json_read(NULL, (const char *)data, size, NULL, &doc, NULL) != MP_OK)
        return 0;
    document = mp_doc_root(doc);
    valid = check(document, MP_SHAPE_AUTO) == MP_OK;
    (void)check(document, MP_SHAPE_V1);
    (void)check(document, MP_SHAPE_V2);
    read_deployment(document, valid);
    read_fleet(document, valid);
    mp_doc_free(doc);
    return 0;
}
