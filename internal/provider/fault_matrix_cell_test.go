package provider_test

import (
	"bytes"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// world is a server for one cell.
func (c *cell) world(t *testing.T) *acctest.World {
	t.Helper()
	server := acctest.NewServer(c.row.options)
	server.SetTime(acctest.Epoch)
	if c.real {
		listener := httptest.NewServer(server)
		t.Cleanup(listener.Close)
		return &acctest.World{Server: server, URL: listener.URL}
	}
	c.server = acctest.ServeInMemory(t, server)
	// A connection is refused before anybody knows what it is for.
	return &acctest.World{Server: server, URL: "http://" + c.server.Address, SkipProbe: c.fault.refused}
}

// prepare makes the cell's world, and what is there before.
func (c *cell) prepare(t *testing.T) {
	t.Helper()
	c.Core = c.world(t).Core(t, "")
	if c.real {
		c.CLI = c.W.CLI(t, "")
		c.NoError(os.Remove(filepath.Join(c.CLI.Dir, "main.tf")))
	}
	c.Settings["max_retries"] = matrixRetries
	maps.Copy(c.Settings, c.row.settings)
	c.row.prepare(c)
}

// recover ends the fault and runs the operation again, which needs no help.
func (c *cell) recover() {
	c.T.Helper()
	c.noFault()
	if again := c.row.work(c, func() {}); again.Failed() {
		c.T.Errorf("after the fault is gone:\n%s", again)
	}
	c.row.check(c, false)
}

// noFault ends the fault.
func (c *cell) noFault() {
	if c.struck == 0 {
		c.struck = c.made()
	}
	c.W.ClearFaults()
	c.W.Configure(func(o *sandbox.Options) { o.ForeignServer = false })
	if c.server != nil {
		c.server.RefuseNone()
	}
}

// strike lets the fault begin.
func (c *cell) strike() {
	c.W.ResetRequests()
	times := 1
	if c.lasting {
		times = 0
	}
	if c.fault.foreign {
		c.W.Configure(func(o *sandbox.Options) { o.ForeignServer = true })
		return
	}
	if c.fault.refused {
		c.server.Refuse(c.row.earlier, times)
		return
	}
	f := c.fault.Fault
	f.Method, f.Route, f.Times = c.row.method, c.row.route, times
	if c.row.outage {
		f.Skip = c.row.earlier
	}
	if c.row.sends != "" {
		f.Match = func(_ *http.Request, body []byte) bool { return bytes.Contains(body, []byte(c.row.sends)) }
	}
	if c.fault.date {
		f.Header = http.Header{"Retry-After": {c.W.Now().Add(c.fault.wait).Format(http.TimeFormat)}}
	}
	c.W.Inject(f)
}

// made is how many requests for the call have arrived.
func (c *cell) made() int {
	switch n := c.W.Count(c.row.method, c.row.route); {
	case c.row.outage:
		return n - c.row.earlier
	case c.row.sends == "":
		return n
	}
	n := 0
	for _, r := range c.W.Requests() {
		if r.Method == c.row.method && r.Route == c.row.route && bytes.Contains(r.Body, []byte(c.row.sends)) {
			n++
		}
	}
	return n
}
