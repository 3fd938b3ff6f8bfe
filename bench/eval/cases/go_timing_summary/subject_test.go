package subject

import (
	"errors"
	"testing"
	"time"
)

func TestSummary(t *testing.T) {
	now := time.Unix(0, 0)
	clock := func() time.Time { return now }
	failure := errors.New("failure")
	summary := NewSummary()
	call := func(elapsed time.Duration, err error) error {
		return summary.Track("read", clock, func() error {
			now = now.Add(elapsed)
			return err
		})
	}
	if call(2*time.Second, nil) != nil || !errors.Is(call(4*time.Second, failure), failure) {
		t.Fatal("errors")
	}
	var other Timing
	if other.Mean() != 0 {
		t.Fatal("mean without calls")
	}
	other.Observe(9*time.Second, nil)
	summary.Of("read").Merge(other)
	summary.Of("copy").Observe(time.Second, nil)
	want := "copy: calls 1, failed 0, mean 1s, longest 1s\nread: calls 3, failed 1, mean 5s, longest 9s\n"
	if got := summary.String(); got != want {
		t.Fatalf("got %q", got)
	}
}
