package provider

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// world is a server for one cell.
func (c *cell) world(t *testing.T) *world {
	t.Helper()
	server := sandbox.New(c.row.options)
	server.SetTime(epoch)
	if c.real {
		listener := httptest.NewServer(server)
		t.Cleanup(listener.Close)
		return &world{Server: server, url: listener.URL}
	}
	c.server = serveInMemory(t, server)
	return &world{Server: server, url: "http://" + c.server.address}
}

// prepare makes the cell's world, and what is there before.
func (c *cell) prepare(t *testing.T) {
	t.Helper()
	c.core = c.world(t).core(t, "")
	if c.real {
		c.cli = c.w.cli(t, "")
		c.noError(os.Remove(filepath.Join(c.cli.dir, "main.tf")))
	}
	c.settings["max_retries"] = matrixRetries
	maps.Copy(c.settings, c.row.settings)
	c.row.prepare(c)
}

// recover ends the fault and runs the operation again, which needs no help.
func (c *cell) recover() {
	c.t.Helper()
	c.noFault()
	if again := c.row.work(c, func() {}); again.failed() {
		c.t.Errorf("after the fault is gone:\n%s", again)
	}
	c.row.check(c, false)
}

// noFault ends the fault.
func (c *cell) noFault() {
	c.w.ClearFaults()
	if c.server != nil {
		c.server.refuseNone()
	}
}

// strike lets the fault begin.
func (c *cell) strike() {
	c.w.ResetRequests()
	times := 1
	if c.lasting {
		times = 0
	}
	if c.fault.refused {
		c.server.refuse(c.row.earlier, times)
		return
	}
	f := c.fault.Fault
	f.Method, f.Route, f.Times = c.row.method, c.row.route, times
	if c.fault.date {
		f.Header = http.Header{"Retry-After": {time.Now().Add(c.fault.wait).UTC().Format(http.TimeFormat)}}
	}
	c.w.Inject(f)
}
