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

// answer is the content of a reply that reports success.
type answer struct {
	enveloped bool // {"RC":0,"RM":"OK","result":...}, as opposed to a flat reply
	result    any  // of the envelope, nil when it has none, or the whole of a flat reply
	status    int
	date      time.Time // the server's clock, the zero time when it does not say
	exchange  exchange
}

// object returns the result as an object.
func (a answer) object() (map[string]any, error) {
	o, ok := a.result.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the result is %s, not an object", kind(a.result))
	}
	return o, nil
}

// unexpected is the error of a reply that reports success and makes no sense.
func (a answer) unexpected(why string) *Error {
	return &Error{Status: a.status, Kind: KindUnexpected, Message: "the reply makes no sense: " + why, OutcomeUnknown: true}
}

// isEmpty reports whether the reply says that it succeeded and nothing else.
func (a answer) isEmpty() bool { return a.enveloped && a.result == nil }

// read tells success, which needs a 2xx status, RC 0 or absent, and no error, from an
// error. Errors come in several shapes:
//
//	{"RC":401,"RM":"...","error":{"code":"...","message":"..."}}
//	{"error":"CODE","message":"..."}
//	{"RC":401,"RM":"..."}
//	HTML or plain text
//
// isAPI reports whether only a server of this API replies like that.
//
// https://docs.imkit.io: errors.
func (r reply) read(now time.Time) (a answer, isAPI bool, failure *Error) {
	top, err := decodeObject(r.body)
	code, _ := codeAndMessage(top)
	rc, enveloped := top["RC"]
	_, notRC := integer(rc)
	isAPI = enveloped && notRC == nil || errorCodes[code] != 0
	switch {
	case r.status < 200 || r.status > 299:
		return a, isAPI, r.refused(top, err != nil && !errors.Is(err, errNotObject), now)
	case errors.Is(err, errNotObject):
		return a, false, r.unreadable(KindUnexpected, err.Error())
	case err != nil:
		return a, false, r.unreadable(KindIncomplete, err.Error())
	case enveloped && notRC != nil:
		return a, false, r.unreadable(KindUnexpected, "RC "+notRC.Error())
	}
	if n, err := integer(rc); err == nil && n != 0 || top["error"] != nil || top["success"] == false {
		return a, isAPI, r.refused(top, false, now)
	}
	a = answer{enveloped: enveloped, result: top, status: r.status}
	if date, err := http.ParseTime(r.header.Get("Date")); err == nil {
		a.date = date
	}
	if enveloped {
		a.result = top["result"]
	}
	return a, isAPI, nil
}

// refused describes a reply that reports an error; top is nil when it is no JSON
// object, and incomplete tells that it is no whole JSON at all.
func (r reply) refused(top map[string]any, incomplete bool, now time.Time) *Error {
	e := &Error{Status: r.status, page: top == nil && !r.claimsJSON()}
	e.RetryAfter, e.namesWait = serverWait(r.header, top, now)
	if rc, err := integer(top["RC"]); err == nil && int64(int(rc)) == rc {
		e.RC = int(rc)
	}
	e.Code, e.Message = codeAndMessage(top)
	if tokens := tokensIn(top); len(strings.Join(tokens, "")) > maxRead { // looking for all of them takes too long
		e.Message = redacted
	} else {
		e.Message = newRedactor(tokens...).replace(e.Message)
	}
	switch {
	case top == nil && len(bytes.TrimSpace(r.body)) == 0:
		e.Message = "the reply has no body"
	case top == nil:
		e.Message = "the reply is not a JSON object but " + r.contentType()
	case e.Message == "" && e.Code == "":
		e.Message = "the reply does not say why"
	}
	if e.RetryAfter > maxServerWait {
		e.Message += fmt.Sprintf("; the server asks to wait for %s", e.RetryAfter.Round(time.Second))
	}
	status := e.meant()
	e.Kind = kindOf(status, e.page)
	if incomplete && !e.page && status != http.StatusNotImplemented && e.Kind != KindRateLimited && e.Kind != KindServer {
		e.Kind = KindIncomplete // said to be JSON
	}
	e.OutcomeUnknown = (status < 300 || status >= 500) && status != http.StatusNotImplemented
	return e
}

// meant is the HTTP status that the error amounts to: the RC or the code may be more
// precise than the status that it came with.
func (e *Error) meant() int {
	switch {
	case errorCodes[e.Code] != 0:
		return errorCodes[e.Code]
	case e.Status >= 400 && e.Status < 500:
		return e.Status
	case e.RC >= 400 && e.RC < 600:
		return e.RC
	}
	return e.Status
}

func (r reply) claimsJSON() bool { return strings.Contains(r.contentType(), "json") }

// unreadable describes a reply under a 2xx status that cannot be read.
func (r reply) unreadable(kind Kind, why string) *Error {
	e := &Error{Status: r.status, Kind: kind, OutcomeUnknown: true, page: kind == KindIncomplete && !r.claimsJSON()}
	if e.page && len(bytes.TrimSpace(r.body)) > 0 {
		why += " but " + r.contentType()
	}
	e.Message = "the reply makes no sense: " + why
	return e
}

// redirected describes a redirect, which is never followed: Go would send the API key
// along to whatever host it leads to.
func redirected(resp *http.Response) *Error {
	e := &Error{Status: resp.StatusCode, Kind: KindRedirect, Message: "the server redirects, and redirects are never followed"}
	if target, err := resp.Location(); err == nil && target.Host != "" {
		e.Message = fmt.Sprintf("the server redirects to %s://%s, and redirects are never followed; check the base URL",
			target.Scheme, target.Host)
	}
	return e
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

// minToken is shorter than any token a server makes, and longer than most words.
const minToken = 16

// tokensIn lists the secrets that a reply shows in fields named "token" and "webhook",
// since its message may repeat them.
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

// decodeObject decodes a JSON object and nothing after it. Numbers become
// [json.Number]. The error does not quote the body.
func decodeObject(body []byte) (map[string]any, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, errors.New("it is empty")
	}
	d := json.NewDecoder(bytes.NewReader(shallow(body)))
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
		return nil, fmt.Errorf("it is %s, %w", kind(v), errNotObject)
	}
	return o, nil
}

// shallow puts null in the place of whatever is nested deeper than a thousand levels: the
// decoder refuses ten thousand, and one user's field must not fail the reply about others.
func shallow(body []byte) []byte {
	const most = 1000
	var kept []byte
	from, level, inString := 0, 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == '"':
			inString = !inString
		case c == '\\' && inString:
			i++
		case inString:
		case c == '[' || c == '{':
			if level++; level == most+1 {
				kept = append(append(kept, body[from:i]...), "null"...)
				from = len(body) // until it is closed
			}
		case c == ']' || c == '}':
			if level--; level == most {
				from = i + 1
			}
		}
	}
	if kept == nil {
		return body
	}
	return append(kept, body[from:]...)
}

// errNotObject is the error of JSON that is complete and of another type.
var errNotObject = errors.New("not an object")
