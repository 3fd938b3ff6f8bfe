// Package subject writes the audit log of a court's file archive.
package subject

import (
	"io"
	"log"
	"net"
	"net/http"
)

// maxLogged is how many characters of a text from outside are logged.
const maxLogged = 64

// Audit writes one line for each thing that must be traceable.
type Audit struct {
	logger *log.Logger
}

// NewAudit returns a log that writes to w.
func NewAudit(w io.Writer) *Audit {
	return &Audit{logger: log.New(w, "", log.LstdFlags|log.LUTC)}
}

// LoginFailed notes a wrong password for a name, as it was typed into the form.
func (a *Audit) LoginFailed(r *http.Request, name string) {
	a.logger.Printf("login failed: name %.*q, from %s", maxLogged, name, address(r))
}

// LoggedIn notes that a clerk has signed in.
func (a *Audit) LoggedIn(r *http.Request, clerk int64) {
	a.logger.Printf("logged in: clerk %d, from %s", clerk, address(r))
}

// FileOpened notes that a clerk has read a file.
func (a *Audit) FileOpened(clerk int64, reference string) {
	a.logger.Printf("file opened: clerk %d, file %.*q", clerk, maxLogged, reference)
}

// FileSealed notes that a clerk has closed a file for good, and the reason that they gave.
func (a *Audit) FileSealed(clerk int64, reference, reason string) {
	a.logger.Printf("file sealed: clerk %d, file %.*q, reason %q", clerk, maxLogged, reference, reason)
}

// address returns the host that a request comes from, without the port.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
