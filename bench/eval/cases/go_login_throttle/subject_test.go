package subject

import (
	"testing"
	"time"
)

func TestThrottle(t *testing.T) {
	now := time.Unix(1000, 0)
	var notified []string
	var throttle *Throttle
	throttle = NewThrottle(2, time.Minute, func() time.Time { return now }, func(account string, until time.Time) {
		if !throttle.mu.TryLock() {
			t.Fatal("notified with the mutex locked")
		}
		throttle.mu.Unlock()
		if !until.Equal(now.Add(time.Minute)) {
			t.Fatal("until")
		}
		notified = append(notified, account)
	})
	fail := func(account string) {
		throttle.Failed(account)
		if !throttle.mu.TryLock() {
			t.Fatal("the mutex is still locked")
		}
		throttle.mu.Unlock()
	}
	fail("ada")
	fail("bob")
	if throttle.Locked("ada") || len(notified) != 0 {
		t.Fatal("locked too early")
	}
	fail("ada")
	fail("ada")
	if !throttle.Locked("ada") || throttle.Locked("bob") || throttle.LockedAccounts() != 1 || len(notified) != 1 {
		t.Fatal("ada must be locked")
	}
	throttle.Succeeded("bob")
	fail("bob")
	if throttle.Locked("bob") {
		t.Fatal("bob's failures must be forgotten")
	}
	now = now.Add(time.Minute)
	if throttle.Locked("ada") {
		t.Fatal("the lock must end")
	}
}
