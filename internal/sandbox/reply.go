package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"time"
)

// reply is an answer that has not been sent yet.
type reply struct {
	status  int // 0: the connection is cut instead
	header  http.Header
	body    []byte
	cut     bool          // after half the body
	trickle time.Duration // pause after each byte
}

// jsonReply is a reply with a JSON body.
func jsonReply(status int, body any) reply {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		panic("sandbox: a stored value cannot be encoded: " + err.Error())
	}
	return reply{
		status: status,
		header: http.Header{"Content-Type": {"application/json; charset=utf-8"}},
		body:   bytes.TrimSuffix(buf.Bytes(), []byte("\n")),
	}
}

// success is a result in the envelope.
func success(result any) reply { return successSaying("OK", result) }

// successSaying is success in other words than usual.
func successSaying(message string, result any) reply {
	return jsonReply(http.StatusOK, map[string]any{"RC": 0, "RM": message, "result": result})
}

// write sends the reply, or cuts the connection where it says so.
func (r reply) write(ctx context.Context, w http.ResponseWriter) {
	if r.status == 0 {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), r.header)
	w.Header().Set("Content-Length", strconv.Itoa(len(r.body)))
	w.WriteHeader(r.status)
	switch {
	case r.cut:
		_, _ = w.Write(r.body[:len(r.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case r.trickle > 0:
		r.writeSlowly(ctx, w)
	default:
		_, _ = w.Write(r.body) // a caller that went away is no concern of the server
	}
}

// writeSlowly sends the body byte by byte until it is done or the caller goes away.
func (r reply) writeSlowly(ctx context.Context, w http.ResponseWriter) {
	for i := range r.body {
		if _, err := w.Write(r.body[i : i+1]); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush()
		if !wait(ctx, r.trickle) {
			return
		}
	}
}
