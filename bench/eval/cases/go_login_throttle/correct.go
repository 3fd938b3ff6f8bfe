package subject

import (
	"sync"
	"time"
)

// Notifier is told about accounts that were locked. It may take its time, for it sends mails.
type Notifier func(account string, until time.Time)

// attempts are the failed logins of an account since it was last locked or logged in to.
type attempts struct {
	failed      int
	lockedUntil time.Time
}

// Throttle locks accounts for a while after too many failed logins. It may be used by several goroutines.
type Throttle struct {
	limit    int
	lockTime time.Duration
	now      func() time.Time
	notify   Notifier

	mu       sync.Mutex
	accounts map[string]*attempts
}

// NewThrottle returns a throttle that locks an account for the given time after so many failed logins.
func NewThrottle(limit int, lockTime time.Duration, now func() time.Time, notify Notifier) *Throttle {
	return &Throttle{
		limit:    limit,
		lockTime: lockTime,
		now:      now,
		notify:   notify,
		accounts: make(map[string]*attempts),
	}
}

// Locked reports whether nobody can log in to the account at the moment.
func (t *Throttle) Locked(account string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.isLocked(account)
}

// Failed counts a failed login. The one that reaches the limit locks the account and is notified about;
// the mutex is not held meanwhile. Logins to a locked account are not counted.
func (t *Throttle) Failed(account string) {
	t.mu.Lock()
	if t.isLocked(account) {
		t.mu.Unlock()
		return
	}
	entry := t.accounts[account]
	if entry == nil {
		entry = &attempts{}
		t.accounts[account] = entry
	}
	entry.failed++
	if entry.failed < t.limit {
		t.mu.Unlock()
		return
	}
	until := t.now().Add(t.lockTime)
	entry.failed = 0
	entry.lockedUntil = until
	t.mu.Unlock()

	t.notify(account, until)
}

// Succeeded forgets the failed logins of an account.
func (t *Throttle) Succeeded(account string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.accounts, account)
}

// LockedAccounts returns how many accounts are locked at the moment.
func (t *Throttle) LockedAccounts() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	locked := 0
	for account := range t.accounts {
		if t.isLocked(account) {
			locked++
		}
	}
	return locked
}

// isLocked reports whether the account is locked. The caller holds the mutex.
func (t *Throttle) isLocked(account string) bool {
	entry, ok := t.accounts[account]
	return ok && t.now().Before(entry.lockedUntil)
}
