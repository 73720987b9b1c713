package imkit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Kind is why a call failed.
type Kind int

// Kinds of errors.
const (
	KindOther         Kind = iota // none of the following
	KindInvalid                   // the server found fault with what it was sent
	KindUnauthorized              // the server does not accept the API key, or a user's token
	KindForbidden                 // the key may not make this call
	KindKeyNotAllowed             // a server on premises refuses the key a user-level call
	KindNotFound                  // what it is about does not exist; HTTP 404 alone does not say so
	KindConflict                  // it exists already, or belongs to another client
	KindTooLarge                  // the request, or the reply that it asks for
	KindRefused                   // a definite no of another kind, in JSON
	KindRateLimited               // too many requests
	KindServer                    // the server, or a proxy, is out of order
	KindIncomplete                // the reply is empty, cut off, or no JSON
	KindUnexpected                // the reply is JSON that makes no sense
	KindRedirect                  // the server redirects, which is never followed
	KindNoRoute                   // a server that is known to be IMKIT does not have the call
	KindForeign                   // a page from a server that is not known to be: a wrong base URL
	KindUnreachable               // there was no reply at all
	KindUntrusted                 // the certificate is not trusted on this machine
	KindInterrupted               // the caller's context ended
	KindNotSent                   // nothing was sent, because of what became of calls before
)

// errorCodes are the API's codes, with the HTTP status that each goes with: servers send
// some of them under another.
//
// https://docs.imkit.io: errors.
var errorCodes = map[string]int{
	"INVALID_REQUEST":          http.StatusBadRequest,
	"INVALID_QUERY":            http.StatusBadRequest,
	"MISSING_PARAMETER":        http.StatusBadRequest,
	codeRoomNotMuted:           http.StatusBadRequest,
	"INVALID_API_KEY":          http.StatusUnauthorized,
	"MISSING_API_KEY":          http.StatusUnauthorized,
	"UNAUTHORIZED":             http.StatusUnauthorized,
	"INVALID_AUTH":             http.StatusUnauthorized,
	codeInvalidToken:           http.StatusUnauthorized,
	"INSUFFICIENT_PERMISSIONS": http.StatusForbidden,
	"INVALID_CLIENT_KEY":       http.StatusForbidden,
	"PERMISSION_DENIED":        http.StatusForbidden,
	"NOT_ROOM_MEMBER":          http.StatusForbidden,
	codeClientNotFound:         http.StatusNotFound,
	codeTokenNotFound:          http.StatusNotFound,
	"ROOM_NOT_FOUND":           http.StatusNotFound,
	"USER_NOT_FOUND":           http.StatusNotFound,
	"ROOM_OR_USER_NOT_FOUND":   http.StatusNotFound,
	"CONFIG_NOT_FOUND":         http.StatusNotFound,
	"USER_EXISTS":              http.StatusConflict,
	"TOKEN_CONFLICT":           http.StatusConflict,
	"GROUP_ALREADY_EXISTS":     http.StatusConflict,
	"RESULT_TOO_LARGE":         http.StatusRequestEntityTooLarge,
	"RATE_LIMIT_EXCEEDED":      http.StatusTooManyRequests,
}

// Codes that decide by themselves.
const (
	codeClientNotFound = "CLIENT_NOT_FOUND"
	codeTokenNotFound  = "TOKEN_NOT_FOUND"
	codeInvalidToken   = "INVALID_TOKEN"
	codeRoomNotMuted   = "ROOM_NOT_MUTED"
)

// kindOf is the kind of a refusal by its status, before it is known whom the call is
// about and who answers. page tells a reply that is no JSON.
func kindOf(status int, page bool) Kind {
	switch status {
	case http.StatusUnauthorized:
		return KindUnauthorized
	case http.StatusForbidden:
		return KindForbidden
	case http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong, http.StatusRequestHeaderFieldsTooLarge:
		return KindTooLarge
	case http.StatusTooManyRequests:
		return KindRateLimited
	case http.StatusNotFound:
		return kindIf(page, KindNoRoute, KindRefused)
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return kindIf(page, KindNoRoute, KindOther)
	case http.StatusBadRequest:
		return kindIf(page, KindOther, KindInvalid)
	case http.StatusConflict:
		return kindIf(page, KindOther, KindConflict)
	case http.StatusRequestTimeout, http.StatusProxyAuthRequired:
		return KindOther
	}
	if status >= 500 {
		return KindServer
	}
	return kindIf(page, KindOther, KindRefused)
}

func kindIf(page bool, yes, no Kind) Kind {
	if page {
		return yes
	}
	return no
}

// Error is a call that failed. It holds no secret and no body.
type Error struct {
	// Path is a template, such as "/admin/clients/{id}/token".
	Method, Path string
	// Status is the HTTP status, 0 when there was no reply.
	Status int
	// RC is the reply's own result code, 0 when it had none.
	RC int
	// Code is the error's name, such as "CLIENT_NOT_FOUND"; often empty.
	Code string
	// Message is what the server said, or what went wrong; without control characters, and
	// at most about 500 characters long.
	Message string
	// Attempts is the number of requests made.
	Attempts int
	Kind     Kind
	// OutcomeUnknown is set when the call may have done its work nevertheless, in any
	// of its attempts. It is false of calls that only read.
	OutcomeUnknown bool

	// RetryAfter is the wait that the server named, 0 when it named none.
	RetryAfter time.Duration

	page      bool // the reply was no JSON
	namesWait bool // the reply named a wait, even one that is over
	once      bool // the call must not be made twice
	lasting   bool // trying again does not help
	confirmed bool // a second call confirmed that it does not exist
	cause     error
}

// Error says what was called and what went wrong, on one line.
func (e *Error) Error() string {
	s := e.Method + " " + e.Path + ": " + e.describe()
	if e.Attempts > 1 {
		s += fmt.Sprintf(" (after %d attempts)", e.Attempts)
	}
	if e.Kind == KindKeyNotAllowed {
		s = "the server does not let the API key make this call: " + s
	}
	return s
}

// describe is Error without the call.
func (e *Error) describe() string {
	var said []string
	if e.Status != 0 {
		said = append(said, fmt.Sprintf("HTTP %d", e.Status))
	}
	if e.RC != 0 {
		said = append(said, fmt.Sprintf("RC %d", e.RC))
	}
	if e.Code != "" {
		said = append(said, e.Code)
	}
	parts := []string{strings.Join(said, ", "), e.Message}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ": ")
}

// Unwrap returns the cause. When the context ended, that is the context's error.
func (e *Error) Unwrap() error { return e.cause }

// as is the error once more was found out about it.
func (e *Error) as(kind Kind) *Error {
	found := *e
	found.Kind = kind
	return &found
}

// What a failed call turned out to mean, when that takes more than its reply to tell.
var (
	ErrRoomHidden  = errors.New("the room exists, but the server does not show it; it may be frozen")
	ErrRoomUnclear = errors.New("either there is no such room, or the server does not let the API key make this call")
	// ErrUnconfirmed goes with an error of [KindNotFound] about a room on a server that
	// has no second call to confirm the absence. A frozen room looks the same there.
	ErrUnconfirmed = errors.New("the server has no call that confirms it")
	// ErrListShort: the server lists fewer than it says that there are, so that what is
	// missing is not known to be gone.
	ErrListShort = errors.New("the list is not complete")
	// ErrListChanging: what matches changed each time it was listed.
	ErrListChanging = errors.New("some may be missing")
	// ErrCannotChange: the server refuses to change a group, or does something else than it
	// was asked.
	ErrCannotChange = errors.New("the server does not change existing groups")
	// ErrConfigExists: a key that was to be created is there.
	ErrConfigExists = errors.New("the key is in the configuration already")
	// ErrConfigLost: other keys than those that were written could not be put back.
	ErrConfigLost    = errors.New("the server may have lost other keys of the configuration")
	ErrMembersHidden = errors.New("the server does not show who is in the room")
	ErrNotShown      = errors.New("the server reported success, but does not show the change yet")
	errUnsettled     = errors.New("it is unknown whether it was done")
)

// KindOf is the kind of an error, [KindOther] of one that is no [*Error].
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return KindOther
}

// IsNotFound reports whether the server said that what the call is about does not
// exist: [KindNotFound].
func IsNotFound(err error) bool { return KindOf(err) == KindNotFound }

// IsConflict reports whether what was to be made exists: [KindConflict].
func IsConflict(err error) bool { return KindOf(err) == KindConflict }

// IsUnsupported reports whether the server does not have the call: [KindNoRoute].
func IsUnsupported(err error) bool { return KindOf(err) == KindNoRoute }

// OutcomeUnknown reports whether a call that failed may have done its work nevertheless: a
// connection lost, a time-out, a 5xx, a reply that makes no sense.
func OutcomeUnknown(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.OutcomeUnknown || errors.Is(err, errUnsettled)
}

// isRefusal reports whether the server gave a definite no to what was asked, as it may
// have given because of one item among many.
func isRefusal(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok || !isObjection(e) && e.Kind != KindTooLarge && e.Kind != KindOther { // the last is a proxy's page
		return false
	}
	status := e.meant()
	return status >= 400 && status < 500 && status != http.StatusRequestTimeout && status != http.StatusProxyAuthRequired
}

// isObjection reports whether the server found fault with what it was asked, and said
// so in JSON.
func isObjection(err error) bool {
	kind := KindOf(err)
	return kind == KindInvalid || kind == KindConflict || kind == KindRefused
}

// interrupted is the error of a call that its caller does not wait for any longer.
func interrupted(method, path string, ended error) *Error {
	return &Error{Method: method, Path: path, Kind: KindInterrupted, Message: endOf(ended), cause: ended}
}

// neverSent is the error of a call whose context ended before anything was sent.
func neverSent(method, path string, ended error) *Error {
	return &Error{Method: method, Path: path, Kind: KindInterrupted, Message: endOf(ended) + " before it was sent", cause: ended}
}

// endOf says in plain words why a context ended.
func endOf(err error) string {
	switch {
	case errors.Is(err, context.Canceled):
		return "interrupted"
	case errors.Is(err, context.DeadlineExceeded):
		return "timed out"
	}
	return err.Error()
}
