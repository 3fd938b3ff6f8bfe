package subject

import (
	"fmt"
	"sort"
	"sync"
)

// Usage is what one tenant has used of one resource in a month.
type Usage struct {
	Tenant   string
	Resource string
	Units    int64
}

// key identifies a counter.
type key struct {
	tenant   string
	resource string
}

// Ledger counts what the tenants use in the current month. It may be used by several goroutines.
type Ledger struct {
	mu     sync.Mutex
	units  map[key]int64
	limits map[string]int64
}

// NewLedger returns an empty ledger. The limits hold the units of each resource that a tenant may use in a month;
// resources without a limit may be used freely.
func NewLedger(limits map[string]int64) *Ledger {
	copied := make(map[string]int64, len(limits))
	for resource, limit := range limits {
		copied[resource] = limit
	}
	return &Ledger{units: make(map[key]int64), limits: copied}
}

// Add counts units of a resource. It returns an error, and counts nothing, if the limit would be exceeded.
func (l *Ledger) Add(tenant, resource string, units int64) error {
	if units < 0 {
		return fmt.Errorf("%s: cannot use %d units of %s", tenant, units, resource)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	counter := key{tenant, resource}
	if limit, ok := l.limits[resource]; ok && units > limit-l.units[counter] {
		return fmt.Errorf("%s: the limit of %d units of %s is reached", tenant, limit, resource)
	}
	l.units[counter] += units
	return nil
}

// Used returns the units of a resource that a tenant has used in this month.
func (l *Ledger) Used(tenant, resource string) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.units[key{tenant, resource}]
}

// CloseMonth returns the usage of the month, ordered by tenant and resource, and starts a new month, in which
// nothing has been used yet.
func (l *Ledger) CloseMonth() []Usage {
	l.mu.Lock()
	finished := l.units
	l.units = make(map[key]int64)
	l.mu.Unlock()

	report := make([]Usage, 0, len(finished))
	for counter, units := range finished {
		report = append(report, Usage{Tenant: counter.tenant, Resource: counter.resource, Units: units})
	}
	sort.Slice(report, func(i, j int) bool {
		if report[i].Tenant != report[j].Tenant {
			return report[i].Tenant < report[j].Tenant
		}
		return report[i].Resource < report[j].Resource
	})
	return report
}

// TotalUnits returns the sum of a resource over all tenants in a report.
func TotalUnits(report []Usage, resource string) int64 {
	var total int64
	for _, usage := range report {
		if usage.Resource == resource {
			total += usage.Units
		}
	}
	return total
}
