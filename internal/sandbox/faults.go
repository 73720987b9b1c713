package sandbox

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
	"time"
)

// Fault is something that goes wrong with some requests.
//
// Without any of Status, Body, Cut, CutBody, Trickle, Rewrite, Oversize, Header and ContentType a fault only
// delays; every such fault that fits a request adds to its delay. Of the other faults the first injected
// that fits is the one that happens.
type Fault struct {
	// Method and Route (a template, such as "/admin/clients/{id}/token") say which requests fail; "" is any.
	Method, Route string
	// Match, when set, has the last word. It gets the request and its body, and must not call the server.
	Match func(r *http.Request, body []byte) bool
	// Times is how many requests fail; 0 means all until ClearFaults.
	Times int
	// Skip lets that many requests pass first.
	Skip int

	// After does the work first, before the delay, and then fails; otherwise a request that fails has done
	// nothing. Faults that send the normal reply, changed or not whole, always do the work.
	After bool
	// Delay is a pause before the reply. When the caller goes away meanwhile, it ends and nothing more is done.
	Delay time.Duration

	// Cut closes the connection instead of a reply.
	Cut bool
	// Status and Body replace the normal reply. With only a Body the status is 200.
	Status int
	Body   string
	// Header is added to the reply. ContentType is that of the reply, "application/json" for a Body.
	Header      http.Header
	ContentType string

	// Rewrite changes the body of the reply.
	Rewrite func(body []byte) []byte
	// Oversize makes the body larger than 16 MiB, still meaning the same JSON.
	Oversize bool
	// CutBody closes the connection after half of the body.
	CutBody bool
	// Trickle sends the body byte by byte with this pause after each.
	Trickle time.Duration
}

// Inject adds a fault.
func (s *Server) Inject(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.Header = f.Header.Clone()
	s.faults = append(s.faults, &f)
}

// ClearFaults removes every fault.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// faults are what happens to one request.
type faults struct {
	happens   *Fault // nil: the normal reply
	delay     time.Duration
	workFirst bool // before the delay
}

// takeFaults finds what happens to a request, and counts it.
func (s *Server) takeFaults(c *call) faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found faults
	s.faults = slices.DeleteFunc(s.faults, func(f *Fault) bool {
		if found.happens != nil && !f.onlyDelays() || !f.fits(c) {
			return false
		}
		if f.Skip > 0 {
			f.Skip--
			return false
		}
		found.delay += f.Delay
		found.workFirst = found.workFirst || f.After
		if !f.onlyDelays() {
			found.happens = f
		}
		if f.Times == 0 {
			return false
		}
		f.Times--
		return f.Times == 0
	})
	return found
}

// fits reports whether a fault is meant for a request.
func (f *Fault) fits(c *call) bool {
	return (f.Method == "" || f.Method == c.Method) &&
		(f.Route == "" || f.Route == c.route) &&
		(f.Match == nil || f.Match(c.Request, c.body))
}

// onlyDelays reports whether the normal reply comes, just later.
func (f *Fault) onlyDelays() bool {
	return !f.Cut && !f.replaces() && !f.Oversize && !f.CutBody &&
		f.Trickle == 0 && f.Rewrite == nil && len(f.Header) == 0 && f.ContentType == ""
}

// replaces reports whether the fault brings its own reply.
func (f *Fault) replaces() bool { return f.Status != 0 || f.Body != "" }

// oversize is more than any caller should be willing to read.
const oversize = 16<<20 + 1

// needsWork reports whether the normal reply is needed. No fault is nil.
func (f *Fault) needsWork() bool {
	return f == nil || !f.Cut && !f.replaces()
}

// apply turns the normal reply into the one that the fault makes of it. No fault is nil.
func (f *Fault) apply(normal reply) reply {
	switch {
	case f == nil:
		return normal
	case f.Cut:
		return reply{}
	}
	rep := normal
	if f.replaces() {
		rep = reply{status: f.Status, header: http.Header{}, body: []byte(f.Body)}
		if rep.status == 0 {
			rep.status = http.StatusOK
		}
		rep.header.Set("Content-Type", "application/json")
	}
	maps.Copy(rep.header, f.Header)
	if f.ContentType != "" {
		rep.header.Set("Content-Type", f.ContentType)
	}
	if f.Rewrite != nil {
		rep.body = f.Rewrite(rep.body)
	}
	if f.Oversize {
		rep.body = append(bytes.Repeat([]byte(" "), oversize), rep.body...)
	}
	rep.cut, rep.trickle = f.CutBody, f.Trickle
	return rep
}
