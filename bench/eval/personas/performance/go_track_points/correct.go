package subject

import (
	"bufio"
	"fmt"
	"os"
)

// Point is a place that a glider has passed.
type Point struct {
	Latitude, Longitude float64
	Metres              int
}

// SaveTrack writes the points of a flight to a new file, one per line. A long flight has some
// hundred thousand.
func SaveTrack(path string, points []Point) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := file.Close(); err == nil {
			err = closeErr
		}
	}()
	out := bufio.NewWriter(file)
	for _, p := range points {
		fmt.Fprintf(out, "%.6f,%.6f,%d\n", p.Latitude, p.Longitude, p.Metres)
	}
	return out.Flush()
}
