package subject

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"sync"
	"time"
)

const (
	cookieName = "reading_room"
	lifetime   = 8 * time.Hour
)

type session struct {
	reader  int64
	expires time.Time
}

// Sessions keeps track of the readers who have signed in.
type Sessions struct {
	mu     sync.Mutex
	byName map[string]session
	now    func() time.Time
}

// NewSessions returns a table without sessions.
func NewSessions() *Sessions {
	return &Sessions{byName: map[string]session{}, now: time.Now}
}

// Start signs a reader in: it makes a session and puts its name into a cookie.
func (s *Sessions) Start(w http.ResponseWriter, reader int64) error {
	random := make([]byte, 32)
	if _, err := rand.Read(random); err != nil {
		return err
	}
	name := base64.RawURLEncoding.EncodeToString(random)
	s.mu.Lock()
	s.removeExpired()
	s.byName[name] = session{reader: reader, expires: s.now().Add(lifetime)}
	s.mu.Unlock()
	http.SetCookie(w, &http.Cookie{
		Name:     cookieName,
		Value:    name,
		Path:     "/",
		MaxAge:   int(lifetime / time.Second),
		Secure:   true,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	})
	return nil
}

// Reader returns the number of the reader who sent a request, and whether there is one.
func (s *Sessions) Reader(r *http.Request) (int64, bool) {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return 0, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.byName[cookie.Value]
	if !ok || !s.now().Before(found.expires) {
		return 0, false
	}
	return found.reader, true
}

// End signs the reader who sent a request out.
func (s *Sessions) End(r *http.Request) {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byName, cookie.Value)
}

// removeExpired makes room; the caller holds the lock.
func (s *Sessions) removeExpired() {
	now := s.now()
	for name, old := range s.byName {
		if !now.Before(old.expires) {
			delete(s.byName, name)
		}
	}
}
