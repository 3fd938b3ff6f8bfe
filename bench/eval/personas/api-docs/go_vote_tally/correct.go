// Package subject counts the ballots of an assembly.
package subject

import (
	"errors"
	"sort"
)

// ErrUnknownCandidate is returned for a vote for somebody who does not stand for election.
var ErrUnknownCandidate = errors.New("unknown candidate")

// Standing is a candidate with their votes.
type Standing struct {
	// Candidate is the name of the candidate.
	Candidate string
	// Votes is how many votes the candidate has got.
	Votes int
}

// Tally counts the votes for the candidates of an election. It must not be used by several
// goroutines at the same time. Use NewTally to make one.
type Tally struct {
	votes   map[string]int
	invalid int
}

// NewTally returns a tally with no votes for each of the candidates.
func NewTally(candidates ...string) *Tally {
	t := &Tally{votes: make(map[string]int, len(candidates))}
	for _, candidate := range candidates {
		t.votes[candidate] = 0
	}
	return t
}

// Add counts a vote. A vote for somebody else is counted as invalid, and ErrUnknownCandidate is
// returned for it.
func (t *Tally) Add(candidate string) error {
	if _, known := t.votes[candidate]; !known {
		t.invalid++
		return ErrUnknownCandidate
	}
	t.votes[candidate]++
	return nil
}

// Invalid returns the number of invalid votes.
func (t *Tally) Invalid() int {
	return t.invalid
}

// Standings returns all candidates, those with the most votes first; candidates with equally many
// are sorted by name.
func (t *Tally) Standings() []Standing {
	standings := make([]Standing, 0, len(t.votes))
	for candidate, votes := range t.votes {
		standings = append(standings, Standing{candidate, votes})
	}
	sort.Slice(standings, func(i, j int) bool {
		if standings[i].Votes != standings[j].Votes {
			return standings[i].Votes > standings[j].Votes
		}
		return standings[i].Candidate < standings[j].Candidate
	})
	return standings
}
