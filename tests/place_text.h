/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fleets, deployments and plans as short texts, so that the tests of placement are tables.
 *
 * A fleet, a line for each thing; pools belong to the cluster above:
 *
 *     cluster NAME [label=KEY:VALUE] [taint=KEY:VALUE:NoSchedule|NoExecute] [unready] [nogateway]
 *         [cost=NUMBER]
 *     pool NAME NODES [DEVICE/D|S/COUNT/ATTRIBUTE=VALUE[/CLASS]]...      D: DRA, S: synthetic
 *     replica NS.NAME OWNER CLUSTER INDEX [KEY=VALUE]... [ENGINE*COPIES
 * [ROLE:POOL:NODES:claims|none]...]...
 *
 * About the pool above: fabric NAME, cost NUMBER, level NAME, domain PATH NODES; about it or its
 * last domain: tier cordoned|reserved|creatable NODES.
 *
 * A deployment; members belong to the engine above, ROLE is standalone, leader or worker:
 *
 *     deployment NS.NAME REPLICAS
 *     select KEY VALUE
 *     tolerate KEY|- Exists|Equal VALUE|- NoSchedule|NoExecute|-
 *     engine NAME*COPIES
 *     member ROLE[*NODES] [REQUEST/COUNT/ATTRIBUTE=VALUE[,ATTRIBUTE=VALUE]...]...
 *
 *     together LEVEL required|preferred      (the replica)
 *     group NAME LEVEL required|preferred
 *     prefer KEY VALUE
 *     near|away cluster|fabric KEY VALUE
 *
 * About the engine above: span pool|fabric, within LEVEL required|preferred, of GROUP.
 *
 * An ATTRIBUTE whose VALUE is a number is an integer; a request may also ask for ATTRIBUTE>VALUE.
 *
 * A plan: each placement, then the verdict.  `!` marks a retained one; in parentheses are the
 * claims, with the class of the device that each got:
 *
 *     east/0! a:pool1(gpu@class),pool1(); west/0 a:pool2(gpu@class),pool2(); placed
 */
#ifndef PLACE_TEXT_H
#define PLACE_TEXT_H

#include <modelplane/schedule.h>

/* The driver of every device, and so the domain of its attributes. */
#define PLACE_DRIVER "d"

/* MP_OK, or what the first refused builder call answered; a malformed text aborts.  With an error,
 * what was built is freed. */
mp_status place_fleet(const mp_allocator *alloc, const char *text, mp_fleet **out);
mp_status place_deployment(const mp_allocator *alloc, const char *text, mp_deployment **out);

/* Adds lines to a fleet. */
mp_status place_extend(mp_fleet *fleet, const char *text);

/* From malloc(). */
char *place_plan(const mp_plan *plan);

#endif
