/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file modelplane.h
 * Everything: includes every public header of libmodelplane.
 */
#ifndef MODELPLANE_MODELPLANE_H
#define MODELPLANE_MODELPLANE_H

#include <modelplane/cel.h>
#include <modelplane/compose.h>
#include <modelplane/deployment.h>
#include <modelplane/document.h>
#include <modelplane/fleet.h>
#include <modelplane/function.h>
#include <modelplane/object.h>
#include <modelplane/quantity.h>
#include <modelplane/reconcile.h>
#include <modelplane/schedule.h>
#include <modelplane/semver.h>
#include <modelplane/status.h>
#include <modelplane/version.h>

#endif
