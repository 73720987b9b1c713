package imkit

// Codes of errors that the server names (https://docs.imkit.io).
const (
	CodeClientNotFound = "CLIENT_NOT_FOUND"
	CodeTokenNotFound  = "TOKEN_NOT_FOUND"
	CodeUserExists     = "USER_EXISTS"
	CodeTokenConflict  = "TOKEN_CONFLICT"
	CodeRateLimit      = "RATE_LIMIT_EXCEEDED"
)

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

	cause error
}

// Error says what was called and what went wrong, on one line.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause: the context's error when the context ended.
func (e *Error) Unwrap() error { return e.cause }

// IsNotFound reports whether the server said that the client or the token does
// not exist. An HTTP 404 alone does not say so.
func IsNotFound(err error) bool { return false }

// IsConflict reports whether the server said that the client exists already
// or that the token belongs to another client: HTTP 409 or its codes.
func IsConflict(err error) bool { return false }

// IsUnsupported reports whether the server does not have the route: HTTP 404,
// 405 or 501 without a JSON error.
func IsUnsupported(err error) bool { return false }

// IsUnauthorized reports whether the server refused the API key or what it may
// do: HTTP 401 or 403, or the codes that mean it.
func IsUnauthorized(err error) bool { return false }

// OutcomeUnknown reports whether a call that failed may have done its work
// nevertheless, in any of its attempts: a connection lost, a time-out, a 5xx, a
// reply that makes no sense. It is false when nothing was sent, and when the
// server refused.
func OutcomeUnknown(err error) bool { return false }
