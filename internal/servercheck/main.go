package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
)

// Exit statuses.
const (
	works    = 0
	fails    = 1 // the provider's main job does not work
	notKnown = 2 // it was not found out
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the cleaning up
	p := program{args: os.Args[1:], getenv: os.Getenv, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	status, err := p.run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "check-server:", err)
	}
	os.Exit(status)
}

// program is the command and what it reads and writes.
type program struct {
	args           []string
	getenv         func(string) string
	stdin          io.Reader
	stdout, stderr io.Writer
	transport      http.RoundTripper // nil: a connection
}

const usage = `Usage: make check-server, or make check-server ARGS="-yes -json"

Finds out which kind of server IMKIT_BASE_URL is. It takes IMKIT_API_KEY, or IM_API_KEY, and IMKIT_CLIENT_KEY if that is
set. It ends with 0 if the provider's main job works on it, with 1 if not, and with 2 if that was not found out. Flags:
`

// run asks for a yes, checks, and reports.
func (p program) run(ctx context.Context) (status int, err error) {
	flags := flag.NewFlagSet("check-server", flag.ContinueOnError)
	flags.SetOutput(p.stderr)
	flags.Usage = func() { fmt.Fprint(p.stderr, usage); flags.PrintDefaults() }
	yes := flags.Bool("yes", false, "do not ask before anything is created")
	asJSON := flags.Bool("json", false, "print one JSON object instead of a table")
	allowHTTP := flags.Bool("allow-http", false, "allow http to another machine, as allow_http of the provider does")
	if err := flags.Parse(p.args); errors.Is(err, flag.ErrHelp) {
		return works, nil
	} else if err != nil {
		return notKnown, nil //nolint:nilerr // The flags have said it.
	}
	if flags.NArg() > 0 {
		return notKnown, errors.New("there are no arguments but flags; see -h")
	}
	c, err := p.check(*allowHTTP)
	if err != nil {
		return notKnown, err
	}
	fmt.Fprint(p.stderr, c.announcement())
	if !*yes {
		if err := p.confirm(ctx); err != nil {
			return notKnown, err
		}
	}
	c.run(ctx)
	report := c.printTable
	if *asJSON {
		report = c.printJSON
	}
	if err := report(p.stdout); err != nil {
		return notKnown, err
	}
	switch {
	case ctx.Err() != nil:
		return notKnown, errors.New("the check was interrupted")
	case c.is("provider-works"):
		return works, nil
	case c.answers["provider-works"].value == false, c.is("foreign-server"), c.answers["api-key-accepted"].value == false:
		return fails, errors.New("the provider's main job does not work on this server with this key")
	}
	return notKnown, fmt.Errorf("whether the provider's main job works was not found out: %s", c.answers["provider-works"].reason)
}

// check reads the environment, by the names that the provider takes.
func (p program) check(allowHTTP bool) (*check, error) {
	address := p.getenv("IMKIT_BASE_URL")
	base, err := imkit.ParseBaseURL(address, allowHTTP)
	if err != nil {
		if _, errAllowed := imkit.ParseBaseURL(address, true); errAllowed == nil {
			err = fmt.Errorf("%w; -allow-http allows it", err)
		}
		return nil, fmt.Errorf("IMKIT_BASE_URL: %w", err)
	}
	key := cmp.Or(p.getenv("IMKIT_API_KEY"), p.getenv("IM_API_KEY"))
	if key == "" {
		return nil, errors.New("set IMKIT_API_KEY, or IM_API_KEY")
	}
	return newCheck(imkit.Config{
		BaseURL: base, APIKey: imkit.NewSecret(key), ClientKey: imkit.NewSecret(p.getenv("IMKIT_CLIENT_KEY")), Transport: p.transport,
	}, p.stderr)
}

// announcement says what is going to be created, before anything is.
func (c *check) announcement() string {
	return fmt.Sprintf(`This creates on %s:
  two accounts, %q and one with the same beginning, and
  a group, %q, which the API cannot delete: they stay, without a token;
  a room and two keys of the configuration, with the same beginning, which are deleted at the end, also after Ctrl-C.
No message is sent. Other keys of the configuration are sent along with every write of it, with the values they have.
`, c.server, c.a, c.group)
}

// confirm wants a yes.
func (p program) confirm(ctx context.Context) error {
	fmt.Fprint(p.stderr, `Type "yes" to go on: `)
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(p.stdin).ReadString('\n')
		answer <- strings.TrimSpace(line)
	}()
	select {
	case line := <-answer:
		if line == "yes" {
			return nil
		}
	case <-ctx.Done():
		fmt.Fprintln(p.stderr)
	}
	return errors.New("nothing was asked or created")
}
