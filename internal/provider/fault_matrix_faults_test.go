package provider_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// fault is a column of the fault matrix.
type fault struct {
	name string
	sandbox.Fault
	// refused is a connection that is refused, in place of the sandbox's fault.
	refused bool
	// done tells that the server has done the work all the same.
	done bool
	// shows tells that its answer shows what was made, although it is wrong.
	shows bool
	// definite tells that the provider knows that the server has not.
	definite bool
	// once tells that the provider, by design, does not try again.
	once bool
	// mute tells that no answer comes at all: what calls follow are tried once.
	mute bool
	// wait is the wait that the server names.
	wait time.Duration
	// date tells that it names the wait as a date.
	date bool
	// slow tells that attempts end by their time-out.
	slow bool
	// foreign tells that another web server answers, whatever is asked.
	foreign bool
	// late tells that the answer comes after an interrupt, and in time.
	late bool
}

// forever is longer than anybody waits.
const forever = time.Hour

const page = "<!DOCTYPE html><html><body><h1>Bad Gateway</h1></body></html>"

// wrongTypes has every field that a reply may have, and none of its type.
const wrongTypes = `{"RC":0,"RM":"OK","result":{"_id":7,"client":7,"nickname":[],"avatarUrl":{},"isRobot":"no","token":{},` +
	`"expirationDate":true,"totalCount":"1","data":"none","count":"3","revokedTokens":"1","success":"yes","exists":"yes","n":"1"}}`

// faults are the columns.
var faults = []fault{
	{name: "time-out", slow: true, mute: true, Fault: sandbox.Fault{Delay: forever}},
	{name: "time-out after the work", slow: true, mute: true, done: true, Fault: sandbox.Fault{Delay: forever, After: true}},
	{name: "slow trickle", slow: true, done: true, Fault: sandbox.Fault{Trickle: time.Second}},
	{name: "429, retryAfter in the body", definite: true, wait: time.Minute, Fault: sandbox.Fault{
		Status: http.StatusTooManyRequests, Body: `{"error":"RATE_LIMIT_EXCEEDED","message":"slow down","retryAfter":60}`,
	}},
	{name: "429, Retry-After in seconds", definite: true, wait: time.Minute, Fault: sandbox.Fault{
		Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"60"}}, ContentType: "text/plain", Body: "slow down",
	}},
	{name: "429, Retry-After as a date", definite: true, wait: time.Minute, date: true, Fault: sandbox.Fault{
		Status: http.StatusTooManyRequests, ContentType: "text/plain", Body: "slow down",
	}},
	{name: "500", Fault: sandbox.Fault{Status: http.StatusInternalServerError, Body: `{"RC":500,"RM":"Internal Server Error"}`}},
	{name: "502 with HTML", done: true, Fault: sandbox.Fault{Status: http.StatusBadGateway, ContentType: "text/html", Body: page, After: true}},
	{name: "503", Fault: sandbox.Fault{Status: http.StatusServiceUnavailable, ContentType: "text/plain", Body: "busy"}},
	{name: "connection refused", refused: true, mute: true, definite: true},
	{name: "cut before the work", mute: true, Fault: sandbox.Fault{Cut: true}},
	{name: "cut after the work", mute: true, done: true, Fault: sandbox.Fault{Cut: true, After: true}},
	{name: "cut within the reply", done: true, Fault: sandbox.Fault{CutBody: true}},
	{name: "cut-off JSON", done: true, Fault: sandbox.Fault{Rewrite: func(body []byte) []byte { return body[:len(body)/2] }}},
	{name: "not JSON", done: true, Fault: sandbox.Fault{Status: http.StatusOK, ContentType: "text/html", Body: page, After: true}},
	{name: "empty body", done: true, Fault: sandbox.Fault{Rewrite: func([]byte) []byte { return nil }}},
	{name: "wrong types", once: true, done: true, Fault: sandbox.Fault{After: true, Body: wrongTypes}},
	{name: "another client's object", once: true, done: true, shows: true, Fault: sandbox.Fault{Rewrite: anotherClients}},
	{name: "RC 503 under 200", Fault: sandbox.Fault{Body: `{"RC":503,"RM":"busy"}`}},
	{name: "RC 9 under 200", once: true, Fault: sandbox.Fault{Body: `{"RC":9,"RM":"Went wrong"}`}},
	{name: "another web server", once: true, definite: true, foreign: true},
	{name: "oversized reply", once: true, done: true, Fault: sandbox.Fault{Oversize: true}},
}

// anotherClients makes a reply be about a client that nobody asked for.
func anotherClients(body []byte) []byte {
	var reply struct {
		RC     int            `json:"RC"`
		Result map[string]any `json:"result"`
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&reply); err != nil {
		panic(err) // the sandbox sends JSON
	}
	if reply.Result == nil { // a flat one
		reply.Result = map[string]any{}
	}
	list, _ := reply.Result["data"].([]any)
	for _, item := range list {
		if fields, ok := item.(map[string]any); ok && fields["_id"] != nil {
			fields["_id"], fields["id"] = "somebody", "somebody"
		}
	}
	switch {
	case reply.Result["totalCount"] == nil:
		reply.Result["_id"], reply.Result["id"] = "somebody", "somebody"
	case len(list) == 0:
		reply.Result["totalCount"], reply.Result["data"] = 1, []any{map[string]any{"_id": "somebody"}}
	}
	changed, err := json.Marshal(reply)
	if err != nil {
		panic(err)
	}
	return changed
}
