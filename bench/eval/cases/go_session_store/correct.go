package subject

import (
	"sync"
	"time"
)

// Session belongs to a signed-in user.
type Session struct {
	UserID    int64
	ExpiresAt time.Time
}

// SessionStore keeps sessions in memory. It may be used by several goroutines.
type SessionStore struct {
	mu       sync.RWMutex
	lifetime time.Duration
	now      func() time.Time
	sessions map[string]Session
}

// NewSessionStore returns an empty store whose sessions are valid for the given lifetime.
func NewSessionStore(lifetime time.Duration, now func() time.Time) *SessionStore {
	return &SessionStore{lifetime: lifetime, now: now, sessions: make(map[string]Session)}
}

// Put starts a session under the given token.
func (s *SessionStore) Put(token string, userID int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[token] = Session{UserID: userID, ExpiresAt: s.now().Add(s.lifetime)}
}

// Get returns the session with the given token; ok is false if there is none or it has expired.
func (s *SessionStore) Get(token string) (session Session, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	session, ok = s.sessions[token]
	if !ok || !s.now().Before(session.ExpiresAt) {
		return Session{}, false
	}
	return session, true
}

// Sweep removes the expired sessions and returns how many these were.
func (s *SessionStore) Sweep() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, removed := s.now(), 0
	for token, session := range s.sessions {
		if !now.Before(session.ExpiresAt) {
			delete(s.sessions, token)
			removed++
		}
	}
	return removed
}
