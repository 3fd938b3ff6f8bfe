package bucket

import (
	"testing"
	"time"
)

func TestNeverMoreThanItsSize(t *testing.T) {
	now := time.Unix(1700000000, 0)
	b := New(3, 10, now)
	now = now.Add(time.Minute)
	for i := 0; i < 3; i++ {
		if !b.Take(now) {
			t.Fatalf("take %d", i)
		}
	}
	if b.Take(now) {
		t.Error("a fourth one")
	}
	if !b.Take(now.Add(100 * time.Millisecond)) {
		t.Error("refill")
	}
}
