// Package bucket limits how often something is done.
package bucket

import "time"

// Bucket holds tokens. Each action takes one, and time brings new ones.
type Bucket struct {
	size   float64
	rate   float64
	tokens float64
	last   time.Time
}

// New returns a full bucket of the given size that gets rate tokens a second.
func New(size, rate float64, now time.Time) *Bucket {
	return &Bucket{size: size, rate: rate, tokens: size, last: now}
}

// fill adds the tokens of the time that has passed; there are never more than the size.
func (b *Bucket) fill(now time.Time) {
	b.tokens += now.Sub(b.last).Seconds() * b.rate
	if b.tokens > b.size {
		b.tokens = b.size
	}
	b.last = now
}

// Take reports whether there is a token, and takes it.
func (b *Bucket) Take(now time.Time) bool {
	b.fill(now)
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
