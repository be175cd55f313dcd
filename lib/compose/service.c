/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ModelService: a route that shares requests among endpoints by weight.
 *
 * An entry's weight is shared by its endpoints, and an HTTPRoute takes whole numbers only.  So all
 * weights are first multiplied by the least number that gives every endpoint 1 or more.
 */
#include "objects_internal.h"

/* The endpoints of one entry begin at `start`; how many are they? */
static size_t group_size(const mp__backend *backends, size_t count, size_t start)
{
    size_t end = start;

    while (end < count && backends[end].group == backends[start].group)
        end++;
    return end - start;
}

static int64_t find_scale(const mp__backend *backends, size_t count)
{
    int64_t scale = 1;

    for (size_t i = 0, n; i < count; i += n) {
        int64_t weight = backends[i].weight, need;

        n = group_size(backends, count, i);
        need = ((int64_t)n + weight - 1) / weight;
        if (need > scale)
            scale = need;
    }
    return scale;
}

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* x rounded to the nearest whole number, half to even; 0 <= x <= MP__WEIGHT_MAX. */
static int64_t round_even(double x)
{
    int64_t down = (int64_t)x;
    double rest = x - (double)down;

    return rest > 0.5 || (rest >= 0.5 && down % 2 != 0) ? down + 1 : down;
}

/* Products stay below 2^63: a weight is at most 10^6, and a count of endpoints in memory below
 * 2^40. */
void mp__backend_weigh(mp__backend *backends, size_t count)
{
    int64_t scale = find_scale(backends, count), divisor = 0, largest = 0;

    for (size_t i = 0, n; i < count; i += n) {
        int64_t total = backends[i].weight * scale;

        n = group_size(backends, count, i);
        for (size_t k = 0; k < n; k++) {
            int64_t size = (int64_t)n, share = total / size + ((int64_t)k < total % size);

            backends[i + k].weight = share;
            divisor = common_divisor(share, divisor);
            largest = share > largest ? share : largest;
        }
    }
    for (size_t i = 0; i < count; i++)
        backends[i].weight /= divisor;
    if (count == 0 || largest / divisor <= MP__WEIGHT_MAX)
        return;
    largest /= divisor;
    for (size_t i = 0; i < count; i++) {
        double share = (double)backends[i].weight / (double)largest * MP__WEIGHT_MAX;
        int64_t rounded = round_even(share);

        backends[i].weight = rounded > 1 ? rounded : 1;
    }
}

static void put_backend(mp_object *list, const mp__backend *backend)
{
    mp_object *ref = mp_object_append_map(list);

    mp__set_str(ref, "name", backend->name);
    mp__set_int(ref, "port", backend->port);
    mp__set_int(ref, "weight", backend->weight);
    if (backend->rewrite.size > 0)
        mp__put_rewrite(ref, backend->rewrite);
}

mp_object *mp__make_service_route(mp_doc *doc, mp__str ns, mp__str name,
                                  const mp__backend *backends, size_t count)
{
    mp_object *object = mp_object_new_map(doc), *spec, *rule, *at;

    mp__set_lit(object, "apiVersion", "gateway.networking.k8s.io/v1");
    mp__set_lit(object, "kind", "HTTPRoute");
    mp__set_str(mp__set_map(object, "metadata"), "namespace", ns);
    spec = mp__set_map(object, "spec");
    at = mp_object_append_map(mp__set_list(spec, "parentRefs"));
    mp__set_lit(at, "name", "modelplane");
    mp__set_lit(at, "namespace", "modelplane-system");
    rule = mp_object_append_map(mp__set_list(spec, "rules"));
    mp__put_prefix(doc, rule, ns, name);
    if (count == 0)
        return object;
    at = mp__set_list(rule, "backendRefs");
    for (size_t i = 0; i < count; i++)
        put_backend(at, &backends[i]);
    return object;
}
