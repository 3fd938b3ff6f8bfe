// Package limit limits the requests of each user.
package limit

import (
	"time"

	"example.org/limit/bucket"
)

// Limiter has a bucket for each user.
type Limiter struct {
	size, rate float64
	users      map[string]*bucket.Bucket
}

// New returns a limiter that lets each user have size requests at once and rate a second.
func New(size, rate float64) *Limiter {
	return &Limiter{size: size, rate: rate, users: map[string]*bucket.Bucket{}}
}

// Allow reports whether a user may send a request.
func (l *Limiter) Allow(user string, now time.Time) bool {
	found, known := l.users[user]
	if !known {
		found = bucket.New(l.size, l.rate, now)
		l.users[user] = found
	}
	return found.Take(now)
}
