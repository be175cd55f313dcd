/* SPDX-License-Identifier: Apache-2.0 */
/* What a batch of decisions costs in C: schedules, looks at where the replicas are, and frees. */
#include <modelplane/modelplane.h>

int64_t decide(const mp_fleet *fleet, const mp_deployment *const *deployments, size_t count);

int64_t decide(const mp_fleet *fleet, const mp_deployment *const *deployments, size_t count)
{
    int64_t placed = 0;

    for (size_t i = 0; i < count; i++) {
        mp_plan *plan;

        if (mp_schedule(fleet, deployments[i], NULL, &plan, NULL) != MP_OK)
            return -1;
        for (size_t p = 0; p < mp_plan_size(plan); p++) {
            const mp_placement *at = mp_plan_placement(plan, p);

            placed +=
                mp_placement_cluster(at, NULL) != NULL && mp_placement_pool(at, 0, 0, NULL) != NULL;
        }
        mp_plan_free(plan);
    }
    return placed;
}
