package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

// sandbox is the running server.
type sandbox struct {
	process  *exec.Cmd
	end      context.CancelFunc
	settings map[string]string // the environment variables it prints
}

// startSandbox starts the server on a free port. It outlives the context,
// because Terraform may still need it while it stops: stop ends it.
//
// -keep-tokens makes a server that leaves a client's older tokens alive when it
// issues one, so that a token can only be dead because the provider revoked it.
func startSandbox(ctx context.Context, program string) (*sandbox, error) {
	own, end := context.WithCancel(context.WithoutCancel(ctx))
	s := &sandbox{process: child(own, "", program, "-listen", "127.0.0.1:0", "-quiet", "-keep-tokens"), end: end}
	s.process.Stderr = os.Stderr
	output, err := s.process.StdoutPipe()
	if err == nil {
		err = s.process.Start()
	}
	if err != nil {
		end()
		return nil, fmt.Errorf("the sandbox does not start: %w", err)
	}
	// Until it says where it listens, nothing else needs it: an interrupt ends it.
	defer context.AfterFunc(ctx, end)()
	s.settings = readExports(output)
	if s.settings["IMKIT_BASE_URL"] == "" || s.apiKey() == "" || s.settings["IMKIT_CLIENT_KEY"] == "" {
		return nil, errors.Join(errors.New("the sandbox did not say where it listens"), s.stop())
	}
	return s, nil
}

// readExports reads the lines "export NAME='value'" up to the last one.
func readExports(output io.Reader) map[string]string {
	exports := map[string]string{}
	for lines := bufio.NewScanner(output); len(exports) < 3 && lines.Scan(); {
		if line, ok := strings.CutPrefix(lines.Text(), "export "); ok {
			name, value, _ := strings.Cut(line, "=")
			exports[name] = strings.Trim(value, "'")
		}
	}
	return exports
}

// stop ends the server and waits until it is gone.
func (s *sandbox) stop() error {
	s.end()
	if err := s.process.Wait(); err != nil && s.process.ProcessState == nil {
		return fmt.Errorf("the sandbox could not be stopped: %w", err)
	}
	return nil
}

func (s *sandbox) apiKey() string { return s.settings["IMKIT_API_KEY"] }

// rename changes a nickname the way anybody with the API key can.
func (s *sandbox) rename(ctx context.Context, id, nickname string) error {
	return s.call(ctx, http.MethodPost, "/admin/clients", map[string]string{"_id": id, "nickname": nickname}, nil)
}

// moveClock moves the server's clock.
func (s *sandbox) moveClock(ctx context.Context, by time.Duration) error {
	return s.call(ctx, http.MethodPost, "/_sandbox/clock", map[string]string{"advance": by.String()}, nil)
}

// record is a client as the server has it.
type record struct {
	ID         string `json:"id"`
	LiveTokens int    `json:"liveTokens"`
	Fields     struct {
		Nickname string `json:"nickname"`
		IsRobot  bool   `json:"isRobot"`
	} `json:"fields"`
}

// clients lists what is on the server.
func (s *sandbox) clients(ctx context.Context) ([]record, error) {
	var records []record
	err := s.call(ctx, http.MethodGet, "/_sandbox/clients", nil, &records)
	return records, err
}

// stranger is nobody that the configuration knows.
const stranger = "mallory"

// swapMembers puts the stranger in the place of a member.
func (s *sandbox) swapMembers(ctx context.Context, room, out, in string) error {
	if err := s.rename(ctx, in, in); err != nil { // which makes whoever is not there
		return err
	}
	if err := s.call(ctx, http.MethodDelete, "/_sandbox/rooms/"+room+"/members/"+out, nil, nil); err != nil {
		return err
	}
	return s.call(ctx, http.MethodPut, "/_sandbox/rooms/"+room+"/members/"+in, nil, nil)
}

// roomRecord is a room as the server has it.
type roomRecord struct {
	ID      string   `json:"id"`
	Members []string `json:"members"`
	Fields  struct {
		Status int `json:"status"`
	} `json:"fields"`
}

// rooms lists what is on the server.
func (s *sandbox) rooms(ctx context.Context) ([]roomRecord, error) {
	var records []roomRecord
	err := s.call(ctx, http.MethodGet, "/_sandbox/rooms", nil, &records)
	return records, err
}

// callers are the user agents of all requests so far.
func (s *sandbox) callers(ctx context.Context) ([]string, error) {
	var requests []struct {
		UserAgent string `json:"userAgent"`
	}
	err := s.call(ctx, http.MethodGet, "/_sandbox/requests", nil, &requests)
	callers := make([]string, len(requests))
	for i, request := range requests {
		callers[i] = request.UserAgent
	}
	return callers, err
}

func (s *sandbox) call(ctx context.Context, method, path string, body, reply any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	response, err := s.send(ctx, method, path, bytes.NewReader(encoded), http.Header{
		"Content-Type": {"application/json; charset=utf-8"},
		"Im-Api-Key":   {s.apiKey()},
	})
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	return decode(response, reply)
}

// decode reads the reply of a call that must succeed.
func decode(response *http.Response, reply any) error {
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s", response.Request.Method, response.Request.URL.Path, response.Status)
	}
	if reply == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(reply)
}

// signedIn are the headers of whoever has a token.
func (s *sandbox) signedIn(token string) http.Header {
	return http.Header{"Im-Client-Key": {s.settings["IMKIT_CLIENT_KEY"]}, "Im-Authorization": {token}}
}

// readRoom reads a room as a member that has a token, and returns its name.
func (s *sandbox) readRoom(ctx context.Context, token, room string) (string, error) {
	response, err := s.send(ctx, http.MethodGet, "/rooms/"+room, nil, s.signedIn(token))
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	var reply struct {
		Result struct {
			Name string `json:"name"`
		} `json:"result"`
	}
	err = decode(response, &reply)
	return reply.Result.Name, err
}

// accepts reports whether a token opens the server, as a robot that signs in would see it.
func (s *sandbox) accepts(ctx context.Context, token string) (bool, error) {
	response, err := s.send(ctx, http.MethodGet, "/me", nil, s.signedIn(token))
	if err != nil {
		return false, err
	}
	defer func() { _ = response.Body.Close() }()
	switch response.StatusCode {
	case http.StatusOK:
		return true, nil
	case http.StatusUnauthorized:
		return false, nil
	default:
		return false, fmt.Errorf("GET /me: %s", response.Status)
	}
}

func (s *sandbox) send(ctx context.Context, method, path string, body io.Reader, header http.Header) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, s.settings["IMKIT_BASE_URL"]+path, body)
	if err != nil {
		return nil, err
	}
	request.Header = header
	return http.DefaultClient.Do(request)
}
