package room_test

import (
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// Two resources of one member are created one after the other: whichever call of
// the first is under way, the second waits before it calls anything.
func TestCreatingOneMemberTwiceTakesTurns(t *testing.T) {
	t.Parallel()
	for held, call := range []string{joins, sets, mute} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			w := withLobby(acctest.NewWorld(t, sandbox.Options{}))
			var cores []*acctest.Core
			var changes []acctest.Change
			for _, shift := range []string{"day", "night"} {
				c := w.Core(t, "imkit_room_member")
				planned := c.MustPlan(robot("properties", map[string]any{"shift": shift}, "notifications_muted", true), acctest.ToCreate)
				cores, changes = append(cores, c), append(changes, planned)
			}
			acctest.Share(cores...)
			w.ResetRequests()

			arrived, goOn := make(chan struct{}), make(chan struct{})
			var changed atomic.Int32
			w.SetHook(func(r *http.Request) { // From the held call on, nothing is answered.
				if r.Method != http.MethodGet && int(changed.Add(1)) == held+1 {
					close(arrived)
				}
				if int(changed.Load()) > held {
					<-goOn
				}
			})
			apply := func(i int) {
				if told := cores[i].Apply(changes[i]); told.Failed() {
					t.Error(told)
				}
			}
			var both sync.WaitGroup
			both.Go(func() { apply(0) })
			<-arrived
			second := make(chan string, 1)
			both.Go(func() {
				second <- goroutineID()
				apply(1)
			})
			if where := waiting(<-second); strings.Contains(where, "/internal/imkit.") {
				t.Errorf("the second makes a call while the first is at work:\n%s", where)
			}
			close(goOn)
			both.Wait()
			want := []string{joins + " [robot]", sets + " shift day", mute, joins + " [robot]", sets + " shift night", mute}
			acctest.Equal(t, "calls", want, w.MemberCalls())
		})
	}
}

// goroutineID names the caller's goroutine as a trace does, such as "goroutine 7 ".
func goroutineID() string {
	trace := make([]byte, 64)
	id, _, _ := strings.Cut(string(trace[:runtime.Stack(trace, false)]), "[")
	return id
}

// waiting waits until a goroutine waits for another one, and returns its trace.
func waiting(id string) string {
	traces := make([]byte, 16<<20)
	for {
		for trace := range strings.SplitSeq(string(traces[:runtime.Stack(traces, true)]), "\n\n") {
			state, ours := strings.CutPrefix(trace, id+"[")
			if ours && (strings.HasPrefix(state, "sync.") || strings.HasPrefix(state, "chan ") || strings.HasPrefix(state, "select")) {
				return trace
			}
		}
		runtime.Gosched()
	}
}
