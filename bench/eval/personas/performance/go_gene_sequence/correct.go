package subject

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

// ReadSequence returns the bases of the first record of a FASTA file, in upper case. A record has
// a line that starts with ">", and then up to some million short lines.
func ReadSequence(r io.Reader) (string, error) {
	scanner := bufio.NewScanner(r)
	if !scanner.Scan() || !strings.HasPrefix(scanner.Text(), ">") {
		return "", errors.Join(errors.New("there is no record"), scanner.Err())
	}
	var bases strings.Builder
	for scanner.Scan() {
		line := scanner.Text()
		if strings.HasPrefix(line, ">") {
			break
		}
		bases.WriteString(strings.ToUpper(line))
	}
	return bases.String(), scanner.Err()
}
