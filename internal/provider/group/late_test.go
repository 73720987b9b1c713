package group_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

const notShown = "Server does not show the group yet"

// inTime runs a test in a bubble, with a server whose list is that late.
func inTime(t *testing.T, options sandbox.GroupOptions, late time.Duration, test func(*testing.T, *acctest.Core)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		options.ListedAfter = late
		w := acctest.NewWorldInMemory(t, sandbox.Options{Groups: options})
		w.SecondLook = time.Second // as users have it
		w.People("ann", "bob", "cid")
		test(t, w.Core(t, "imkit_group"))
	})
}

// A group that was made or changed is waited for, so that the next plan finds it as it is.
func TestGroupThatIsListedLate(t *testing.T) {
	t.Parallel()
	inTime(t, changing.Groups, 5*time.Second, func(t *testing.T, c *acctest.Core) {
		for _, nickname := range []string{"Team", "Crew"} {
			began := time.Now()
			config := map[string]any{"nickname": nickname}
			if told := c.MustConverge(config); len(told) > 0 {
				t.Error(told)
			}
			if took := time.Since(began); took < 5*time.Second || took > 7*time.Second {
				t.Errorf("%q took %s", nickname, took)
			}
			c.MustPlan(config, acctest.NoChange)
		}
		if ids := c.W.GroupIDs(); len(ids) != 1 || len(c.W.SentGroups()) != 2 {
			t.Errorf("groups %q, by %d calls", ids, len(c.W.SentGroups()))
		}
	})
}

// After ten seconds, a warning takes the place of the wait, and the group is in the state.
func TestGroupThatIsListedTooLate(t *testing.T) {
	t.Parallel()
	inTime(t, changing.Groups, time.Minute, func(t *testing.T, c *acctest.Core) {
		began := time.Now()
		config := map[string]any{"nickname": "Team"}
		told := c.MustConverge(config)
		acctest.Says(t, told.String(), notShown)
		if took := time.Since(began); c.State.Tainted || took < 10*time.Second || took > 11*time.Second {
			t.Errorf("tainted %t, after %s", c.State.Tainted, took)
		}
		<-time.After(time.Minute)
		c.MustPlan(config, acctest.NoChange)
		if len(c.W.GroupIDs()) != 1 {
			t.Errorf("groups %q", c.W.GroupIDs())
		}
	})
}

// Nor does a list that cannot be read taint what the server has made, or take it back.
func TestGroupWhoseListCannotBeRead(t *testing.T) {
	t.Parallel()
	inTime(t, changing.Groups, 0, func(t *testing.T, c *acctest.Core) {
		for _, nickname := range []string{"Team", "Crew"} {
			planned, _ := c.Plan(team(nickname, "ann"))
			c.W.Inject(sandbox.Fault{Method: http.MethodGet, Route: acctest.RouteGroups, Skip: 1, Status: http.StatusForbidden, Body: `{"error":"PERMISSION_DENIED"}`})
			told := c.Apply(planned)
			acctest.Says(t, told.String(), notShown)
			c.W.ClearFaults()
			if told.Failed() || c.State.Tainted {
				t.Error(told)
			}
			c.MustPlan(team(nickname, "ann"), acctest.NoChange)
		}
	})
}

// An interrupt ends the wait as well, and what was done is in the state.
func TestInterruptedWaitForAGroup(t *testing.T) {
	t.Parallel()
	inTime(t, changing.Groups, 5*time.Second, func(t *testing.T, c *acctest.Core) {
		c.AtChange = func() { time.AfterFunc(2*time.Second, c.Interrupt) }
		for _, nickname := range []string{"Team", "Crew"} {
			config := team(nickname, "ann")
			began := time.Now()
			told := c.MustConverge(config)
			acctest.Says(t, told.String(), notShown)
			if took := time.Since(began); c.State.Tainted || took > 3*time.Second {
				t.Errorf("%q: tainted %t, after %s", nickname, c.State.Tainted, took)
			}
			<-time.After(5 * time.Second)
			c.MustPlan(config, acctest.NoChange)
		}
	})
}

// After an answer that was lost, a group is made once more only if two looks, a second
// apart, do not find it. One that the server has all the same is waited for.
func TestLostGroupIsMadeOnceMore(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		late  time.Duration
		done  bool
		calls int
	}{
		"not done": {0, false, 2}, "done": {0, true, 1}, "done, shown by the second look": {700 * time.Millisecond, true, 1},
		"done, shown later": {5 * time.Second, true, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inTime(t, sandbox.GroupOptions{}, tc.late, func(t *testing.T, c *acctest.Core) {
				c.W.Inject(sandbox.Fault{Method: http.MethodPost, Route: acctest.RouteGroups, Times: 1, Cut: true, After: tc.done})
				began := time.Now()
				c.Settle(map[string]any{"nickname": "Team"})
				if n := len(c.W.SentGroups()); n != tc.calls || len(c.W.GroupIDs()) != 1 {
					t.Errorf("%d calls, groups %q", n, c.W.GroupIDs())
				}
				if took := time.Since(began); tc.calls > 1 && took < time.Second {
					t.Errorf("made once more after %s", took)
				}
			})
		})
	}
}

// One list without the group does not take it out of the state; two do.
func TestGroupMissingFromOneList(t *testing.T) {
	t.Parallel()
	inTime(t, changing.Groups, 0, func(_ *testing.T, c *acctest.Core) {
		c.MustConverge(team("Team", "ann"))
		empty := sandbox.Fault{Method: http.MethodGet, Route: acctest.RouteGroups, Times: 1, Body: `{"RC":0,"result":{"totalCount":0,"data":[]}}`}
		c.W.Inject(empty)
		c.MustPlan(team("Team", "ann"), acctest.NoChange)
		empty.Times = 2
		c.W.Inject(empty)
		c.MustPlan(team("Team", "ann"), acctest.ToCreate)
	})
}

// People who are not managed stay. Those who do not exist any more are left out, once the
// server has refused them and two looks do not find them.
func TestGroupWithPeopleWhoAreGone(t *testing.T) {
	t.Parallel()
	inTime(t, changing.Groups, 0, func(t *testing.T, c *acctest.Core) {
		c.W.PutGroup("team", map[string]any{"nickname": "Old", "members": []any{"ann", "bob", "cid"}})
		c.MustConverge(map[string]any{"id": "team", "nickname": "Old", "adopt_existing": true})
		members := func(want ...any) {
			t.Helper()
			g, _ := c.W.Group("team")
			acctest.Equal(t, "members", any(want), g["members"])
		}
		c.W.RemoveClient("bob")
		c.W.Inject(sandbox.Fault{ // one empty answer empties no group
			Method: http.MethodGet, Route: acctest.RouteClients, Times: 1, Body: `{"RC":0,"result":{"totalCount":0,"data":[]}}`,
		})
		config := map[string]any{"id": "team", "nickname": "New", "adopt_existing": true}
		c.Settle(config)
		members("ann", "cid")

		// Those who are configured are not left out.
		c.W.RemoveClient("cid")
		config["nickname"], config["member_ids"] = "Newer", []any{"ann", "cid"}
		told := c.Converge(config)
		acctest.Says(t, told.String(), "Members do not exist", `"cid"`)
		members("ann", "cid")
		if !told.Failed() || strings.Contains(told.String(), `"ann"`) {
			t.Error(told)
		}
	})
}
