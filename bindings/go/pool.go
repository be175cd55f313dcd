// SPDX-License-Identifier: Apache-2.0

package modelplane

// #include "glue.h"
import "C"

import "runtime"

// A Tier says what becomes of nodes of a pool that are not free to be used.
type Tier int

// The tiers.
const (
	TierCordoned  Tier = C.MP_TIER_CORDONED  // there, but cordoned or unhealthy
	TierReserved  Tier = C.MP_TIER_RESERVED  // there, but held back
	TierCreatable Tier = C.MP_TIER_CREATABLE // not there yet: how many more the pool may grow by
)

// A Claim says what matching a device leads to.
type Claim int

// A device is matched and claimed, or matched only.
const (
	ClaimDRA       Claim = C.MP_CLAIM_DRA
	ClaimSynthetic Claim = C.MP_CLAIM_SYNTHETIC
)

// A Pool is a named set of identical nodes of one cluster.
type Pool struct {
	c *Cluster
	p *C.mp_pool
}

// AddPool adds a pool of so many nodes.
func (c *Cluster) AddPool(name string, nodes int64) (*Pool, error) {
	if c.ptr() == nil {
		return nil, ErrClosed
	}
	p := &Pool{c: c}
	n := lend(name)
	err := try(func(e *C.mp_error) C.mp_status {
		p.p = C.mp_cluster_add_pool(c.p, n.p, n.n, C.int64_t(nodes), e)
		return made(p.p != nil, e)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// FindPool is the pool of that name, or nil.
func (c *Cluster) FindPool(name string) *Pool {
	if c.ptr() == nil {
		return nil
	}
	n := lend(name)
	defer runtime.KeepAlive(c)
	if p := C.mp_cluster_find_pool(c.p, n.p, n.n); p != nil {
		return &Pool{c, p}
	}
	return nil
}

// Pools in published order.
func (c *Cluster) Pools() []*Pool {
	if c.ptr() == nil {
		return nil
	}
	defer runtime.KeepAlive(c)
	out := make([]*Pool, int(C.mp_cluster_pool_count(c.p)))
	for i := range out {
		out[i] = &Pool{c, C.mp_cluster_pool(c.p, C.size_t(i))}
	}
	return out
}

// SetNodes resizes the pool, unless it has domains.
func (p *Pool) SetNodes(nodes int64) error {
	return p.c.set(func() C.mp_status { return C.mp_pool_set_nodes(p.p, C.int64_t(nodes)) })
}

// SetTier says how many nodes are of a tier, unless the pool has domains.
func (p *Pool) SetTier(tier Tier, nodes int64) error {
	return p.c.set(func() C.mp_status { return C.mp_pool_set_tier(p.p, C.mp_tier(tier), C.int64_t(nodes)) })
}

// SetCost says what a node costs, for PoolsCheapest.
func (p *Pool) SetCost(cost int64) error {
	return p.c.set(func() C.mp_status { return C.mp_pool_set_cost(p.p, C.int64_t(cost)) })
}

// SetFabric names the interconnect that joins the pool's nodes; pools of a cluster with one name share
// it.
func (p *Pool) SetFabric(name string) error {
	n := lend(name)
	return p.c.set(func() C.mp_status { return C.mp_pool_set_fabric(p.p, n.p, n.n) })
}

// Name of the pool.
func (p *Pool) Name() string {
	var n C.size_t
	if p.c.ptr() == nil {
		return ""
	}
	defer runtime.KeepAlive(p)
	return borrowed(C.mp_pool_name(p.p, &n), n)
}

// Fabric is the name of the pool's fabric, or "".
func (p *Pool) Fabric() string {
	var n C.size_t
	if p.c.ptr() == nil {
		return ""
	}
	defer runtime.KeepAlive(p)
	return borrowed(C.mp_pool_fabric(p.p, &n), n)
}

// Nodes of the pool.
func (p *Pool) Nodes() int64 {
	if p.c.ptr() == nil {
		return 0
	}
	defer runtime.KeepAlive(p)
	return int64(C.mp_pool_nodes(p.p))
}

// Tier is how many nodes are of a tier.
func (p *Pool) Tier(tier Tier) int64 {
	if p.c.ptr() == nil {
		return 0
	}
	defer runtime.KeepAlive(p)
	return int64(C.mp_pool_tier(p.p, C.mp_tier(tier)))
}

// Cluster that the pool is of.
func (p *Pool) Cluster() *Cluster { return p.c }

// ---- levels of closeness ----

// A Domain is nodes of a pool that are close to each other.
type Domain struct {
	c *Cluster
	p *C.mp_domain
}

// AddLevel names the next finer level of the pool, the coarsest first, before the first domain.
func (p *Pool) AddLevel(name string) error {
	if p.c.ptr() == nil {
		return ErrClosed
	}
	n := lend(name)
	defer runtime.KeepAlive(p)
	return try(func(e *C.mp_error) C.mp_status { return C.mp_pool_add_level(p.p, n.p, n.n, e) })
}

// AddDomain adds nodes in one lowest domain, whose path has a name for each level: "b1/r3".
func (p *Pool) AddDomain(path string, nodes int64) (*Domain, error) {
	if p.c.ptr() == nil {
		return nil, ErrClosed
	}
	d := &Domain{c: p.c}
	t := lend(path)
	defer runtime.KeepAlive(p)
	err := try(func(e *C.mp_error) C.mp_status {
		d.p = C.mp_pool_add_domain(p.p, t.p, t.n, C.int64_t(nodes), e)
		return made(d.p != nil, e)
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Domains of the pool, the lowest ones.
func (p *Pool) Domains() []*Domain {
	if p.c.ptr() == nil {
		return nil
	}
	defer runtime.KeepAlive(p)
	out := make([]*Domain, int(C.mp_pool_domain_count(p.p)))
	for i := range out {
		out[i] = &Domain{p.c, C.mp_pool_domain(p.p, C.size_t(i))}
	}
	return out
}

// Path of the domain.
func (d *Domain) Path() string {
	var n C.size_t
	if d.c.ptr() == nil {
		return ""
	}
	defer runtime.KeepAlive(d)
	return borrowed(C.mp_domain_path(d.p, &n), n)
}

// SetNodes resizes the domain, and with it the pool.
func (d *Domain) SetNodes(nodes int64) error {
	return d.c.set(func() C.mp_status { return C.mp_domain_set_nodes(d.p, C.int64_t(nodes)) })
}

// SetTier says how many nodes of the domain are of a tier.
func (d *Domain) SetTier(tier Tier, nodes int64) error {
	return d.c.set(func() C.mp_status { return C.mp_domain_set_tier(d.p, C.mp_tier(tier), C.int64_t(nodes)) })
}

// ---- devices ----

// A PoolDevice is one kind of device on every node of a pool.
type PoolDevice struct {
	c *Cluster
	p *C.mp_device
}

// DeviceSpec says what kind of device to add.
type DeviceSpec struct {
	Name        string
	Driver      string
	DeviceClass string // name of the DeviceClass; may be "" for a synthetic device
	Claim       Claim
	Count       int64             // on every node
	Attributes  map[string]any    // as of PoolDevice.Set
	Capacity    map[string]string // as of PoolDevice.SetCapacity
}

// AddDevice adds a kind of device to every node of the pool.
func (p *Pool) AddDevice(spec DeviceSpec) (*PoolDevice, error) {
	if p.c.ptr() == nil {
		return nil, ErrClosed
	}
	d := &PoolDevice{c: p.c}
	n, driver, class := lend(spec.Name), lend(spec.Driver), lend(spec.DeviceClass)
	err := try(func(e *C.mp_error) C.mp_status {
		d.p = C.mp_pool_add_device(p.p, n.p, n.n, driver.p, driver.n, class.p, class.n,
			C.mp_claim(spec.Claim), C.int64_t(spec.Count), e)
		return made(d.p != nil, e)
	})
	runtime.KeepAlive(p)
	if err != nil {
		return nil, err
	}
	for _, name := range sortedKeys(spec.Attributes) {
		if err := d.Set(name, spec.Attributes[name]); err != nil {
			return nil, err
		}
	}
	for _, name := range sortedKeys(spec.Capacity) {
		if err := d.SetCapacity(name, spec.Capacity[name]); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// Devices in published order.
func (p *Pool) Devices() []*PoolDevice {
	if p.c.ptr() == nil {
		return nil
	}
	defer runtime.KeepAlive(p)
	out := make([]*PoolDevice, int(C.mp_pool_device_count(p.p)))
	for i := range out {
		out[i] = &PoolDevice{p.c, C.mp_pool_device(p.p, C.size_t(i))}
	}
	return out
}

// Set gives the device an attribute: a string, bool, int, int64 or VersionText, or nil for one without a
// value.
func (d *PoolDevice) Set(name string, value any) error {
	n := lend(name)
	return d.c.set(func() C.mp_status {
		switch v := value.(type) {
		case nil:
			return C.mp_device_set_invalid(d.p, n.p, n.n)
		case string:
			t := lend(v)
			return C.mp_device_set_string(d.p, n.p, n.n, t.p, t.n)
		case VersionText:
			t := lend(string(v))
			return C.mp_device_set_version(d.p, n.p, n.n, t.p, t.n)
		case bool:
			return C.mp_device_set_bool(d.p, n.p, n.n, C.bool(v))
		case int:
			return C.mp_device_set_int(d.p, n.p, n.n, C.int64_t(v))
		case int64:
			return C.mp_device_set_int(d.p, n.p, n.n, C.int64_t(v))
		}
		return C.MP_EINVAL
	})
}

// SetCapacity gives the device a capacity, a quantity such as "141Gi".
func (d *PoolDevice) SetCapacity(name, quantity string) error {
	n, t := lend(name), lend(quantity)
	return d.c.set(func() C.mp_status { return C.mp_device_set_capacity(d.p, n.p, n.n, t.p, t.n) })
}

// Name of the device entry.
func (d *PoolDevice) Name() string {
	var n C.size_t
	if d.c.ptr() == nil {
		return ""
	}
	defer runtime.KeepAlive(d)
	return borrowed(C.mp_device_name(d.p, &n), n)
}

// Count of devices of this entry on every node.
func (d *PoolDevice) Count() int64 {
	if d.c.ptr() == nil {
		return 0
	}
	defer runtime.KeepAlive(d)
	return int64(C.mp_device_count(d.p))
}

// CEL is what selectors see of the device.  It belongs to the fleet, and needs no Close.
func (d *PoolDevice) CEL() *Device { return &Device{owner: d} }
