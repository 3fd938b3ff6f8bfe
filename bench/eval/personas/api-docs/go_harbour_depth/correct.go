// Package subject knows the depths of a harbour.
package subject

import (
	"errors"
	"fmt"
)

// ErrUnknownBerth is wrapped by the error for a berth that the harbour does not have.
var ErrUnknownBerth = errors.New("unknown berth")

// Depths has the depth of each berth at chart datum, in decimetres.
type Depths map[string]int

// Clearance returns how many decimetres of water a ship has below its keel at a berth, given its
// draught and the tide above chart datum, both in decimetres. It is negative if the ship runs
// aground. For an unknown berth it returns an error that wraps ErrUnknownBerth.
func (d Depths) Clearance(berth string, draught, tide int) (int, error) {
	depth, ok := d[berth]
	if !ok {
		return 0, fmt.Errorf("%w: %q", ErrUnknownBerth, berth)
	}
	return depth + tide - draught, nil
}
