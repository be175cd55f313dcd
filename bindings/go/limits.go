// SPDX-License-Identifier: Apache-2.0

package modelplane

// #include "glue.h"
import "C"

// Limits of reading, of quantities, and of what is built by calls.  Past one, ErrLimit.
const (
	ReadDepthMax = C.MP_READ_DEPTH_MAX // nesting of maps and lists, unless ReadOptions say otherwise
	ReadSizeMax  = C.MP_READ_SIZE_MAX  // bytes, unless ReadOptions say otherwise

	QuantitySizeMax     = C.MP_QUANTITY_SIZE_MAX     // bytes
	QuantityExponentMax = C.MP_QUANTITY_EXPONENT_MAX // magnitude of a decimal exponent

	LabelsMax                = C.MP_LABELS_MAX                 // of a deployment, its selector, a cluster
	DeploymentTolerationsMax = C.MP_DEPLOYMENT_TOLERATIONS_MAX // of a deployment
	DeploymentEnginesMax     = C.MP_DEPLOYMENT_ENGINES_MAX     // of a deployment
	DeploymentAffinitiesMax  = C.MP_DEPLOYMENT_AFFINITIES_MAX  // of a deployment
	EngineMembersMax         = C.MP_ENGINE_MEMBERS_MAX         // of an engine
	MemberRequestsMax        = C.MP_MEMBER_REQUESTS_MAX        // of a member
	RequestSelectorsMax      = C.MP_REQUEST_SELECTORS_MAX      // of a request

	ClusterTaintsMax    = C.MP_CLUSTER_TAINTS_MAX    // of a cluster
	PoolLevelsMax       = C.MP_POOL_LEVELS_MAX       // of a pool, below its fabric
	PoolDomainsMax      = C.MP_POOL_DOMAINS_MAX      // lowest ones of a pool
	PoolDevicesMax      = C.MP_POOL_DEVICES_MAX      // kinds of devices of a pool
	DeviceAttributesMax = C.MP_DEVICE_ATTRIBUTES_MAX // attributes and capacities together
)
