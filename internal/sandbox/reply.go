package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
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

// apiError is a request that the server refuses.
type apiError struct {
	status     int
	code       string
	message    string
	retryAfter int // seconds; 0: not said
}

func refuse(status int, code, message string) *apiError {
	return &apiError{status: status, code: code, message: message}
}

func invalidRequest(message string) *apiError {
	return refuse(http.StatusBadRequest, "INVALID_REQUEST", message)
}

func invalidQuery(message string) *apiError {
	return refuse(http.StatusBadRequest, "INVALID_QUERY", message)
}

// errorReply words an error in the shape the server is set to.
func (s *Server) errorReply(e *apiError) reply {
	shape := s.opts.ErrorShape
	if e.retryAfter > 0 && shape == ErrorEnveloped {
		shape = ErrorFlat // the one error that the documentation shows in no other shape
	}
	body := map[string]any{}
	switch shape {
	case ErrorEnveloped:
		body["RC"], body["RM"] = e.status, http.StatusText(e.status)
		body["error"] = map[string]any{"code": e.code, "message": e.message}
	case ErrorFlat:
		body["error"], body["message"] = e.code, e.message
	case ErrorCodeOnly:
		body["RC"], body["RM"] = e.status, e.message
	}
	if e.retryAfter > 0 {
		body["retryAfter"] = e.retryAfter
	}
	if s.opts.ErrorsUnder200 {
		body["RC"] = e.status
		return jsonReply(http.StatusOK, body)
	}
	return jsonReply(e.status, body)
}

// unknownRoute is what Express answers when nothing serves a request, whether for its path or its method.
func unknownRoute(c *call) reply {
	const page = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Error</title>
</head>
<body>
<pre>Cannot %s %s</pre>
</body>
</html>
`
	return notFoundPage(fmt.Sprintf(page, html.EscapeString(c.Method), html.EscapeString(c.URL.EscapedPath())))
}

// foreignPage is what a web server says that has nothing to do with chat.
func foreignPage() reply {
	return notFoundPage(`<html>
<head><title>Page not found - Parcel Tracking</title></head>
<body><h1>Page not found</h1><p>Try our <a href="/">front page</a>.</p></body>
</html>
`)
}

func notFoundPage(text string) reply {
	return reply{
		status: http.StatusNotFound,
		header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		body:   []byte(text),
	}
}
