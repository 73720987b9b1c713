package imkit

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Codes of errors that the server names (https://docs.imkit.io).
const (
	CodeInvalidAPIKey           = "INVALID_API_KEY" //nolint:gosec // a code, not a credential
	CodeMissingAPIKey           = "MISSING_API_KEY"
	CodeUnauthorized            = "UNAUTHORIZED"
	CodeInsufficientPermissions = "INSUFFICIENT_PERMISSIONS"
	CodeInvalidRequest          = "INVALID_REQUEST"
	CodeInvalidQuery            = "INVALID_QUERY"
	CodeResultTooLarge          = "RESULT_TOO_LARGE"
	CodeUserExists              = "USER_EXISTS"
	CodeClientNotFound          = "CLIENT_NOT_FOUND"
	CodeTokenNotFound           = "TOKEN_NOT_FOUND"
	CodeTokenConflict           = "TOKEN_CONFLICT"
	CodeRateLimitExceeded       = "RATE_LIMIT_EXCEEDED"
	CodeInvalidToken            = "INVALID_TOKEN"
	CodeInvalidClientKey        = "INVALID_CLIENT_KEY"
	CodeInvalidAuth             = "INVALID_AUTH"
	CodePermissionDenied        = "PERMISSION_DENIED"
	CodeNotRoomMember           = "NOT_ROOM_MEMBER"
	CodeMissingParameter        = "MISSING_PARAMETER"
	CodeRoomNotFound            = "ROOM_NOT_FOUND"
	CodeUserNotFound            = "USER_NOT_FOUND"
	CodeRoomOrUserNotFound      = "ROOM_OR_USER_NOT_FOUND"
	CodeRoomNotMuted            = "ROOM_NOT_MUTED"
	CodeGroupExists             = "GROUP_ALREADY_EXISTS"
	CodeConfigNotFound          = "CONFIG_NOT_FOUND"
)

// codeStatus is the HTTP status that a code goes with, for servers that send
// the code under another.
var codeStatus = map[string]int{
	CodeInvalidAPIKey:           http.StatusUnauthorized,
	CodeMissingAPIKey:           http.StatusUnauthorized,
	CodeUnauthorized:            http.StatusUnauthorized,
	CodeInsufficientPermissions: http.StatusForbidden,
	CodeInvalidRequest:          http.StatusBadRequest,
	CodeInvalidQuery:            http.StatusBadRequest,
	CodeResultTooLarge:          http.StatusRequestEntityTooLarge,
	CodeUserExists:              http.StatusConflict,
	CodeClientNotFound:          http.StatusNotFound,
	CodeTokenNotFound:           http.StatusNotFound,
	CodeTokenConflict:           http.StatusConflict,
	CodeRateLimitExceeded:       http.StatusTooManyRequests,
	CodeInvalidToken:            http.StatusUnauthorized,
	CodeInvalidClientKey:        http.StatusForbidden,
	CodeInvalidAuth:             http.StatusUnauthorized,
	CodePermissionDenied:        http.StatusForbidden,
	CodeNotRoomMember:           http.StatusForbidden,
	CodeMissingParameter:        http.StatusBadRequest,
	CodeRoomNotFound:            http.StatusNotFound,
	CodeUserNotFound:            http.StatusNotFound,
	CodeRoomOrUserNotFound:      http.StatusNotFound,
	CodeRoomNotMuted:            http.StatusBadRequest,
	CodeGroupExists:             http.StatusConflict,
	CodeConfigNotFound:          http.StatusNotFound,
}

// Error is a call that failed. It holds no secret and no body.
type Error struct {
	// Method and Path say what was called; Path is a template, such as
	// "/admin/clients/{id}/token".
	Method, Path string
	// Status is the HTTP status, 0 when there was no reply.
	Status int
	// RC is the reply's own result code, 0 when it had none.
	RC int
	// Code is the error's name, such as "CLIENT_NOT_FOUND"; often empty.
	Code string
	// Message is what the server said, or what went wrong; cleaned of control
	// characters and at most about 500 characters long.
	Message string
	// Attempts is the number of requests made.
	Attempts int

	cause       error
	retry       bool          // another attempt may succeed
	unknown     bool          // an attempt may have done its work
	unsupported bool          // the route does not exist
	foreign     bool          // nor does anything else of this API
	shape       shape         // of the reply
	notAsked    bool          // because others got no answer
	notFound    bool          // there is no code, but the message says so
	there       bool          // what the code says is not found is something else
	wait        time.Duration // the wait that the server named; 0: none
}

// Error says what was called and what went wrong, on one line.
func (e *Error) Error() string {
	s := e.Method + " " + e.Path + ": " + e.describe()
	if e.Attempts > 1 {
		s += fmt.Sprintf(" (after %d attempts)", e.Attempts)
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
	parts := []string{}
	if len(said) > 0 {
		parts = append(parts, strings.Join(said, ", "))
	}
	if e.Message != "" {
		parts = append(parts, e.Message)
	}
	return strings.Join(parts, ": ")
}

// GoString is [Error.Error], for %#v.
func (e *Error) GoString() string { return e.Error() }

// Unwrap returns the cause. When the context ended, that is the context's
// error.
func (e *Error) Unwrap() error { return e.cause }

// class is the HTTP status that the error amounts to: the RC or the code may
// be more precise than the status it came with.
func (e *Error) class() int {
	switch {
	case e.Status >= 300 && e.Status < 500:
		return e.Status
	case e.RC >= 400 && e.RC < 600:
		return e.RC
	case codeStatus[e.Code] != 0:
		return codeStatus[e.Code]
	}
	return e.Status
}

// IsNotFound reports whether the server said that the client or the token does
// not exist: by its code or, where the server names no code, by RC 404 with a
// message to that effect. An HTTP 404 alone does not say so. Of an error of a call
// about a room it reports whether the room does not exist.
func IsNotFound(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && !e.there && (e.Code == CodeClientNotFound || e.Code == CodeTokenNotFound || e.notFound)
}

// IsConflict reports whether the server said that the client exists already
// or that the token belongs to another client: status 409 or a code that means
// it.
func IsConflict(err error) bool { return isClass(err, http.StatusConflict) }

// IsUnsupported reports whether the server does not have the route: HTTP 404,
// 405 or 501 without a JSON error. Because any web server says so of a wrong
// address, it is only true of one that has shown that it is a chat server of
// IMKIT; see [IsForeign].
func IsUnsupported(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.unsupported
}

// IsForeign reports whether the call was answered as [IsUnsupported] has it, by
// somebody who has shown nothing of this API, in answer to GET /me neither: the
// base URL is most likely wrong, and nothing can be concluded from the answer.
func IsForeign(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.foreign
}

// IsUnauthorized reports whether the server refused the API key or what it may
// do: status 401 or 403 or a code that means it.
func IsUnauthorized(err error) bool {
	return isClass(err, http.StatusUnauthorized) || isClass(err, http.StatusForbidden)
}

// IsKeyRefused reports whether the server does not know the API key: status 401 or a code
// that means it, on a call that it lets the right key make.
func IsKeyRefused(err error) bool {
	return isClass(err, http.StatusUnauthorized) && !IsKeyNotAllowed(err)
}

// IsInvalidRequest reports whether the server found fault with what it was
// sent: status 400 or a code that means it.
func IsInvalidRequest(err error) bool { return isClass(err, http.StatusBadRequest) }

// IsUntrusted reports whether the server, or a proxy in its place, showed a
// certificate that this machine does not trust.
func IsUntrusted(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok
}

func isClass(err error, status int) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.class() == status || codeStatus[e.Code] == status)
}

// IsTemporary reports whether the same call may succeed later: the server was
// out of order, or busy, or not reached, after all retries.
func IsTemporary(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.retry
}

// IsUnreachable reports whether the last attempt got no reply at all, while its
// caller was still waiting for one.
func IsUnreachable(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == 0 && e.Attempts > 0 && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}

// IsNotAsked reports whether nothing was sent, because the calls before got no
// answer: one in all of its attempts, and then three that were tried once each. The
// error names the first of them. Any answer that comes after all sets that back.
func IsNotAsked(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.notAsked
}

// OutcomeUnknown reports whether a call that failed may have done its work
// nevertheless, in any of its attempts: a connection lost, a time-out, a 5xx, a
// reply that makes no sense. It is false when nothing was sent, and when the
// server refused.
func OutcomeUnknown(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.unknown
}

// notAwaited is the error of a call that its caller does not wait for any
// longer, because the context ended.
func notAwaited(method, path string, ended error) error {
	return &Error{Method: method, Path: path, Message: endOf(ended), cause: ended}
}

// neverSent is the error of a call whose context ended before anything was sent.
func neverSent(method, path string, ended error) *Error {
	return &Error{Method: method, Path: path, Message: endOf(ended) + " before it was sent", cause: ended}
}

// endOf says in plain words why a context ended.
func endOf(err error) string {
	switch {
	case errors.Is(err, context.Canceled):
		return "interrupted"
	case errors.Is(err, context.DeadlineExceeded):
		return "no time left"
	}
	return err.Error()
}

// concernsEveryCall reports whether another call to the same route would fail
// for the same reason: the server was not reached, or it refused the key or the
// route, or it redirects.
func concernsEveryCall(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	switch class := e.class(); class {
	case 0:
		return !e.unknown
	case http.StatusNotFound:
		return !IsNotFound(err)
	case http.StatusMethodNotAllowed, http.StatusProxyAuthRequired, http.StatusNotImplemented:
		return true
	default:
		return class >= 300 && class < 400 || IsUnauthorized(err)
	}
}

// isRefusal reports whether the server gave a definite no to what was asked,
// as it may have given because of one item among many.
func isRefusal(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok || concernsEveryCall(err) {
		return false
	}
	class := e.class()
	return class >= 400 && class < 500 && class != http.StatusRequestTimeout && class != http.StatusTooManyRequests
}

// refusedInPassing reports whether nothing was done, certainly, and the same call
// may be made again: the server was too busy to look at it, or was not reached.
func (e *Error) refusedInPassing() bool {
	return !e.unknown && (e.class() == http.StatusTooManyRequests || e.class() == 0)
}

// hidden is a cause that [errors.Is] and [errors.As] find, but whose text,
// which may hold a secret, does not show.
type hidden struct{ err error }

func (h hidden) Error() string        { return "request failed" }
func (h hidden) GoString() string     { return h.Error() }
func (h hidden) Is(target error) bool { return errors.Is(h.err, target) }
func (h hidden) As(target any) bool   { return errors.As(h.err, target) }
