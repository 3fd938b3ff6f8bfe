package limit

import (
	"testing"
	"time"
)

var start = time.Unix(1700000000, 0)

func TestUsersAreApart(t *testing.T) {
	l := New(1, 1)
	if !l.Allow("a", start) || !l.Allow("b", start) || l.Allow("a", start) {
		t.Error("each user has one request")
	}
}

func TestRefill(t *testing.T) {
	l := New(1, 2)
	l.Allow("a", start)
	if !l.Allow("a", start.Add(500*time.Millisecond)) {
		t.Error("half a second brings a token")
	}
}

func TestLongPause(t *testing.T) {
	l := New(2, 1)
	l.Allow("a", start)
	later := start.Add(time.Hour)
	count := 0
	for i := 0; i < 10; i++ {
		if l.Allow("a", later) {
			count++
		}
	}
	if count != 2 {
		t.Errorf("after a long pause %d requests are allowed at once, want 2", count)
	}
}
