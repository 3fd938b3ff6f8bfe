package subject

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// ReadEmails returns the addresses in r, one a line. Empty lines and lines that
// start with # are skipped. If r cannot be read to its end, the error is returned.
func ReadEmails(r io.Reader) ([]string, error) {
	var emails []string
	scanner := bufio.NewScanner(r)
	for number := 1; scanner.Scan(); number++ {
		line := strings.TrimSpace(scanner.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if !strings.Contains(line, "@") {
			return nil, fmt.Errorf("line %d: %q is not an address", number, line)
		}
		emails = append(emails, line)
	}
	return emails, scanner.Err()
}
