package subject

import (
	"testing"
	"time"
)

func TestSessionStore(t *testing.T) {
	now := time.Unix(1000, 0)
	store := NewSessionStore(time.Minute, func() time.Time { return now })
	store.Put("a", 7)
	if _, ok := store.Get("b"); ok {
		t.Fatal("unknown token")
	}
	if session, ok := store.Get("a"); !ok || session.UserID != 7 {
		t.Fatal("valid session")
	}
	now = now.Add(time.Minute)
	if _, ok := store.Get("a"); ok {
		t.Fatal("expired session")
	}
	if store.Sweep() != 1 || store.Sweep() != 0 {
		t.Fatal("sweep")
	}
}
