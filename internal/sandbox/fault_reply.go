package sandbox

import (
	"bytes"
	"maps"
	"net/http"
)

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
