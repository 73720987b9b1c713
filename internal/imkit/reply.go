package imkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// reply is a whole reply of the server.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// shape is what kind of content a reply has.
type shape int

const (
	shapeUnknown shape = iota // it was not read
	shapePage                 // no JSON, nor said to be
	shapeGarbled              // said to be JSON, but no object
	shapeObject               // a JSON object
	shapeOwn                  // a JSON object with an RC, or with a code of this API
)

// shape tells what kind of content a reply has; top is nil when it is not a
// JSON object.
func (r reply) shape(top map[string]any) shape {
	switch {
	case top == nil && r.claimsJSON():
		return shapeGarbled
	case top == nil:
		return shapePage
	}
	code, _ := codeAndMessage(top)
	if _, err := integer(top["RC"]); err == nil || codeStatus[code] != 0 {
		return shapeOwn
	}
	return shapeObject
}

// answer is the content of a reply that reports success.
type answer struct {
	// enveloped tells {"RC":0,"RM":"OK","result":...} from a flat reply.
	enveloped bool
	// result is the envelope's result, nil when it has none, or the whole of a
	// flat reply.
	result any
	shape  shape
	// repeated tells that an attempt before may have done the work as well.
	repeated bool
}

// object returns the result as an object.
func (a answer) object() (map[string]any, error) {
	o, ok := a.result.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the result is %s, not an object", kind(a.result))
	}
	return o, nil
}

// answer decodes a reply: success needs a 2xx status, and RC 0 or absent, and
// no error. Errors come in several shapes:
//
//	{"RC":401,"RM":"...","error":{"code":"...","message":"..."}}
//	{"error":"CODE","message":"..."}
//	{"RC":401,"RM":"..."}
//	HTML or plain text
//
// https://docs.imkit.io: errors.
func (r reply) answer(now time.Time) (answer, *Error) {
	top, err := decodeObject(r.body)
	if r.status < 200 || r.status > 299 {
		return answer{}, r.refused(top, now)
	}
	if err != nil {
		return answer{}, r.unreadable(r.shape(nil), err.Error())
	}
	rc, enveloped := top["RC"]
	if enveloped {
		if _, err := integer(rc); err != nil {
			return answer{}, r.unreadable(r.shape(top), "RC "+err.Error())
		}
	}
	if !succeeded(top) {
		return answer{}, r.refused(top, now)
	}
	if enveloped {
		return answer{enveloped: true, result: top["result"], shape: shapeOwn}, nil
	}
	return answer{result: top, shape: shapeObject}, nil
}

// succeeded reports whether an object under a 2xx status reports success.
func succeeded(top map[string]any) bool {
	if rc, err := integer(top["RC"]); err == nil && rc != 0 {
		return false
	}
	return top["error"] == nil && top["success"] != false
}

// refused describes a reply that reports an error; top is nil when it is not a
// JSON object.
func (r reply) refused(top map[string]any, now time.Time) *Error {
	e := &Error{Status: r.status, shape: r.shape(top), wait: serverWait(r.header, top, now)}
	if rc, err := integer(top["RC"]); err == nil && int64(int(rc)) == rc {
		e.RC = int(rc)
	}
	e.Code, e.Message = codeAndMessage(top)
	e.Message = newRedactor(tokensIn(top)...).secrets.Replace(e.Message)
	switch {
	case top == nil && len(bytes.TrimSpace(r.body)) == 0:
		e.Message = "the reply has no body"
	case top == nil:
		e.Message = "the reply is not a JSON object but " + r.contentType()
	case e.Message == "" && e.Code == "":
		e.Message = "the reply does not say why"
	}
	class := e.class()
	definite := class >= 300 && class < 500
	garbled := e.shape == shapeGarbled && class != http.StatusNotImplemented
	e.retry = class == http.StatusTooManyRequests || class >= 500 && class != http.StatusNotImplemented || garbled
	e.unknown = !definite && class != http.StatusNotImplemented
	e.unsupported = e.shape == shapePage && r.noRoute()
	e.notFound = e.Code == "" && e.RC == http.StatusNotFound && saysNotFound.MatchString(e.Message)
	return e
}

// saysNotFound tells a client or token that does not exist from a route.
var saysNotFound = regexp.MustCompile(`(?i)\b(client|user|token)\b.*\bnot (found|exist)`)

// noRoute reports whether the status of a reply that is no JSON means that the
// server does not have the route. JSON that cannot be read says nothing.
func (r reply) noRoute() bool {
	switch r.status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return true
	}
	return false
}

// claimsJSON reports whether the reply calls itself JSON.
func (r reply) claimsJSON() bool { return strings.Contains(r.contentType(), "json") }

// unreadable describes a reply under a 2xx status that makes no sense.
func (r reply) unreadable(is shape, why string) *Error {
	if is == shapePage && len(bytes.TrimSpace(r.body)) > 0 {
		why += " but " + r.contentType()
	}
	return &Error{Status: r.status, Message: "the reply makes no sense: " + why, shape: is, retry: true, unknown: true}
}

func (r reply) tooLarge() *Error {
	return &Error{
		Status:  r.status,
		Message: fmt.Sprintf("the reply is larger than %d MiB", maxReply>>20),
		unknown: r.status < 400 || r.status >= 500,
	}
}

// contentType is the reply's media type, for a message.
func (r reply) contentType() string {
	t, _, err := mime.ParseMediaType(r.header.Get("Content-Type"))
	if err != nil {
		return "of unknown type"
	}
	return t
}

// errorCode matches a code; what else stands in its place is a message.
var errorCode = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)

// codeAndMessage finds the code and the message in any shape of error.
func codeAndMessage(top map[string]any) (code, message string) {
	var said []string
	say := func(v any) {
		if s, ok := v.(string); ok && s != "" {
			said = append(said, s)
		}
	}
	switch e := top["error"].(type) {
	case map[string]any:
		code, _ = e["code"].(string)
		say(e["message"])
	case string:
		code = e
	}
	if !errorCode.MatchString(code) {
		say(code)
		code = ""
	}
	say(top["message"])
	if len(said) == 0 && top["RM"] != "OK" {
		say(top["RM"])
	}
	return code, strings.Join(said, ": ")
}

// tokensIn lists the secrets that a reply shows in fields named "token" and
// "webhook": a message of the same reply may repeat one that this package has
// never seen.
func tokensIn(v any) []string {
	var tokens []string
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			tokens = append(tokens, tokensIn(item)...)
		}
	case map[string]any:
		for name, value := range v {
			s, ok := value.(string)
			if ok && (name == "token" || name == fieldWebhook) && len(s) >= minToken && !strings.Contains(s, " ") {
				tokens = append(tokens, s)
				continue
			}
			tokens = append(tokens, tokensIn(value)...)
		}
	}
	return tokens
}

// minToken is shorter than any token a server makes, and longer than most words.
const minToken = 16

// decodeObject decodes a JSON object and nothing after it. Numbers become
// [json.Number]. The error does not quote the body.
func decodeObject(body []byte) (map[string]any, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, errors.New("it is empty")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, errors.New("it is JSON cut short")
	} else if err != nil {
		return nil, errors.New("it is not JSON")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON")
	}
	o, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("it is %s, not an object", kind(v))
	}
	return o, nil
}
