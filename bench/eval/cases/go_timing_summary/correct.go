package subject

import (
	"fmt"
	"sort"
	"strings"
	"time"
)

// Timing sums up how long the calls of one operation took. The zero value has no calls.
type Timing struct {
	calls    int
	failures int
	total    time.Duration
	longest  time.Duration
}

// Observe adds a call to the timing.
func (t *Timing) Observe(elapsed time.Duration, err error) {
	t.calls++
	t.total += elapsed
	if elapsed > t.longest {
		t.longest = elapsed
	}
	if err != nil {
		t.failures++
	}
}

// Merge adds the calls of another timing to this one.
func (t *Timing) Merge(other Timing) {
	t.calls += other.calls
	t.failures += other.failures
	t.total += other.total
	if other.longest > t.longest {
		t.longest = other.longest
	}
}

// Mean returns the mean duration of a call, or 0 if there are no calls.
func (t *Timing) Mean() time.Duration {
	if t.calls == 0 {
		return 0
	}
	return t.total / time.Duration(t.calls)
}

// Summary holds the timings of several operations. It is not safe for use by several goroutines.
type Summary struct {
	timings map[string]*Timing
}

// NewSummary returns an empty summary.
func NewSummary() *Summary {
	return &Summary{timings: make(map[string]*Timing)}
}

// Of returns the timing of an operation; the summary keeps what is added to it.
func (s *Summary) Of(operation string) *Timing {
	timing, ok := s.timings[operation]
	if !ok {
		timing = &Timing{}
		s.timings[operation] = timing
	}
	return timing
}

// Track calls the function, adds the call to the timing of the operation, and returns its error.
func (s *Summary) Track(operation string, now func() time.Time, call func() error) error {
	start := now()
	err := call()
	s.Of(operation).Observe(now().Sub(start), err)
	return err
}

// String returns a line per operation, in alphabetical order.
func (s *Summary) String() string {
	operations := make([]string, 0, len(s.timings))
	for operation := range s.timings {
		operations = append(operations, operation)
	}
	sort.Strings(operations)
	var lines strings.Builder
	for _, operation := range operations {
		timing := s.timings[operation]
		fmt.Fprintf(&lines, "%s: calls %d, failed %d, mean %s, longest %s\n",
			operation, timing.calls, timing.failures, timing.Mean(), timing.longest)
	}
	return lines.String()
}
