package batch_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/imkit/terraform-provider-imkit/internal/batch"
)

type batcher = batch.Batcher[string, string, string]

// soon and later are the longest that a lone caller waits for others, and one amid
// others.
const (
	soon  = 10 * time.Millisecond
	later = 50 * time.Millisecond
)

var (
	errTaken   = errors.New("taken")
	errRefused = errors.New("refused")
)

// service handles the calls of a batcher and records them. A result names its key,
// its item and its call, so that nobody can get another's.
type service struct {
	takes   time.Duration    // that long takes a call,
	lingers time.Duration    // and so long after its context has ended
	fails   map[string]error // by item
	silent  map[string]bool  // items without a result

	mu    sync.Mutex
	calls []call
}

type call struct {
	key   string
	items []string
	at    time.Duration
	ctx   context.Context //nolint:containedctx // Tests look at how it ended.
	ended error           // of the context, when the call ended
}

func (s *service) call(ctx context.Context, key string, items []string) (map[string]string, map[string]error) {
	s.mu.Lock()
	s.calls = append(s.calls, call{key: key, items: slices.Clone(items), at: elapsed(), ctx: ctx})
	n := len(s.calls)
	s.mu.Unlock()
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		<-time.After(s.lingers)
	}
	s.mu.Lock()
	s.calls[n-1].ended = ctx.Err()
	s.mu.Unlock()
	values, errs := map[string]string{}, map[string]error{}
	for _, item := range items {
		switch {
		case s.silent[item]:
		case s.fails[item] != nil:
			errs[item] = s.fails[item]
		default:
			values[item] = answer(key, item, n)
		}
	}
	return values, errs
}

// answer is the result of an item in the nth call.
func answer(key, item string, n int) string { return fmt.Sprintf("%s/%s in call %d", key, item, n) }

// made returns the calls so far.
func (s *service) made() []call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// want compares the calls so far, each written as "key: item item".
func (s *service) want(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for _, c := range s.made() {
		got = append(got, c.key+": "+strings.Join(c.items, " "))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

type turnKey struct{}

// turns is an Acquire that hands out a turn for each value in next, or at once if
// that is nil.
type turns struct {
	next               chan struct{}
	refuse             error
	acquired, released atomic.Int64
}

func (a *turns) acquire(ctx context.Context, key string) (context.Context, func(), error) {
	if a.next != nil {
		select {
		case <-a.next:
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
	if a.refuse != nil {
		return nil, nil, a.refuse
	}
	a.acquired.Add(1)
	return context.WithValue(ctx, turnKey{}, key), func() { a.released.Add(1) }, nil
}

// want compares how many turns were taken. All of them must have been given back.
func (a *turns) want(t *testing.T, want int64) {
	t.Helper()
	if acquired, released := a.acquired.Load(), a.released.Load(); acquired != want || released != want {
		t.Errorf("%d turns taken and %d given back, want %d", acquired, released, want)
	}
}

// elapsed is the time since the beginning of a test's bubble.
func elapsed() time.Duration {
	return time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC))
}

// until waits for a moment of the bubble, and until all that happens then is done.
func until(at time.Duration) {
	<-time.After(at - elapsed())
	synctest.Wait()
}

// caller is one call of Do under way.
type caller struct {
	item string
	got  chan outcome
}

type outcome struct {
	value string
	err   error
	at    time.Duration
}

// ask starts a call of Do for the key "k", and returns once that waits.
func ask(ctx context.Context, b *batcher, item string) caller {
	c := caller{item: item, got: make(chan outcome, 1)}
	go func() {
		value, err := b.Do(ctx, "k", item)
		c.got <- outcome{value, err, elapsed()}
	}()
	synctest.Wait()
	return c
}

// answered wants the caller to get its own result of the nth call.
func (c caller) answered(t *testing.T, n int) time.Duration {
	t.Helper()
	got := <-c.got
	if got.err != nil || got.value != answer("k", c.item, n) {
		t.Errorf("%s got %q, %v, want the result of call %d", c.item, got.value, got.err, n)
	}
	return got.at
}

// left wants the caller to have ended at a certain time, with the error of its
// context, and to know whether its item was sent.
func (c caller) left(t *testing.T, at time.Duration, sent bool) {
	t.Helper()
	got := <-c.got
	if !errors.Is(got.err, context.Canceled) || errors.Is(got.err, batch.ErrNotSent) == sent || got.value != "" {
		t.Errorf("%s got %q, %v, want to have left, sent: %t", c.item, got.value, got.err, sent)
	}
	if got.at != at {
		t.Errorf("%s left after %s, want %s", c.item, got.at, at)
	}
}

// leaving returns a context that ends at a moment of the bubble.
func leaving(t *testing.T, at time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(at-elapsed(), cancel)
	return ctx
}

// Callers at the same moment share one call for each key. It has each item once, in
// the order of asking, and everybody gets the result of its own item.
func TestCallersShareACall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, a := &service{takes: time.Second}, &turns{}
		b := &batcher{Call: s.call, Acquire: a.acquire}
		var callers []caller
		for _, item := range []string{"d", "b", "d", "a", "b", "c"} {
			callers = append(callers, ask(t.Context(), b, item))
		}
		for _, c := range callers {
			c.answered(t, 1)
		}
		s.want(t, "k: d b a c")
		a.want(t, 1)
		if err := s.made()[0].ended; err != nil {
			t.Errorf("the call's context ended: %v", err)
		}
	})
}

func TestKeysHaveTheirOwnBatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &service{takes: time.Second}
		b := &batcher{Call: s.call, Max: 3}
		var wg sync.WaitGroup
		for i := range 12 {
			wg.Go(func() {
				key, item := fmt.Sprint("k", i%4), fmt.Sprint(i/4)
				value, err := b.Do(t.Context(), key, item)
				if err != nil || !strings.HasPrefix(value, key+"/"+item+" ") {
					t.Errorf("%s of %s: %q, %v", item, key, value, err)
				}
			})
		}
		wg.Wait()
		if got := len(s.made()); got != 4 {
			t.Errorf("%d calls for 4 keys", got)
		}
	})
}

func TestFullBatchLeavesAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &service{takes: time.Second} // so that none is over before the next is asked for
		b := &batcher{Call: s.call, Max: 2}
		var callers []caller
		for item := range strings.FieldsSeq("a a b a c d e") {
			callers = append(callers, ask(t.Context(), b, item))
		}
		if elapsed() != 0 {
			t.Fatal("time went by while asking")
		}
		for _, c := range callers {
			if got := <-c.got; got.err != nil || !strings.HasPrefix(got.value, "k/"+c.item+" ") {
				t.Errorf("%s got %q, %v", c.item, got.value, got.err)
			}
		}
		s.want(t, "k: a b", "k: a c", "k: d e")
		for i, c := range s.made() {
			if last := i == 2; !last && c.at != 0 || c.at > later {
				t.Errorf("call %d left after %s", i+1, c.at)
			}
		}
	})
}

// Nobody waits long for others, neither alone nor amid others.
func TestWaitForOthersIsShort(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &service{takes: time.Second}
		b := &batcher{Call: s.call}
		first := ask(t.Context(), b, "a")
		until(time.Second / 2)
		second := ask(t.Context(), b, "b")
		until(2 * time.Second)
		third := ask(t.Context(), b, "c")
		for i, c := range []caller{first, second, third} {
			c.answered(t, i+1)
		}
		s.want(t, "k: a", "k: b", "k: c")
		calls := s.made()
		if at := calls[0].at; at > soon {
			t.Errorf("alone: the call left after %s", at)
		}
		if at := calls[1].at - time.Second/2; at > later {
			t.Errorf("amid others: the call left after %s", at)
		}
		if at := calls[2].at - 2*time.Second; at > soon {
			t.Errorf("alone again: the call left after %s", at)
		}
	})
}

// While other calls are under way, a batch leaves once half of all callers are in it, and
// does not wait long for those who do not come.
func TestHalfOfAllCallersLeave(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &service{takes: time.Second}
		b := &batcher{Call: s.call}
		var callers []caller
		together := func(items ...string) {
			for _, item := range items {
				callers = append(callers, ask(t.Context(), b, item))
			}
		}
		together("a", "b", "c")
		until(soon)
		together("d", "e", "f")
		s.want(t, "k: a b c", "k: d e f")
		together("g", "h")
		until(soon + later)
		s.want(t, "k: a b c", "k: d e f", "k: g h")
		if at := s.made()[1].at; at != soon {
			t.Errorf("half of all left after %s", at-soon)
		}
		// Those who have their answers do not count any more.
		until(1500 * time.Millisecond)
		together("i", "j")
		until(1500*time.Millisecond + soon)
		s.want(t, "k: a b c", "k: d e f", "k: g h", "k: i j")
		for _, c := range callers {
			if got := <-c.got; got.err != nil {
				t.Errorf("%s: %v", c.item, got.err)
			}
		}
	})
}

// While it waits for its turn, a batch goes on filling. Once its call is sent, the
// same items go into the next one, and an answer is not kept for those who ask later.
func TestAnswerServesThoseWhoAskedBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, a := &service{takes: time.Second}, &turns{next: make(chan struct{})}
		b := &batcher{Call: s.call, Acquire: a.acquire, Max: 3}
		callers := []caller{ask(t.Context(), b, "a")}
		until(time.Minute)
		callers = append(callers, ask(t.Context(), b, "b"), ask(t.Context(), b, "a"))
		until(time.Hour)
		s.want(t)
		a.next <- struct{}{}
		synctest.Wait()
		s.want(t, "k: a b")
		during := []caller{ask(t.Context(), b, "b"), ask(t.Context(), b, "a"), ask(t.Context(), b, "c"), ask(t.Context(), b, "d")}
		for _, c := range callers {
			if at := c.answered(t, 1); at != time.Hour+time.Second {
				t.Errorf("%s answered after %s", c.item, at)
			}
		}
		a.next <- struct{}{}
		synctest.Wait()
		a.next <- struct{}{}
		for _, c := range during[:3] {
			c.answered(t, 2)
		}
		during[3].answered(t, 3)
		after := ask(t.Context(), b, "a")
		a.next <- struct{}{}
		after.answered(t, 4)
		s.want(t, "k: a b", "k: b a c", "k: d", "k: a")
		a.want(t, 4)
	})
}

// An error of one item does not concern the others. An item of which the call says
// nothing has no value and no error.
func TestErrorOfOneItem(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &service{fails: map[string]error{"b": errTaken}, silent: map[string]bool{"d": true}}
		b := &batcher{Call: s.call}
		callers := []caller{}
		for _, item := range []string{"a", "b", "b", "c", "d"} {
			callers = append(callers, ask(t.Context(), b, item))
		}
		callers[0].answered(t, 1)
		callers[3].answered(t, 1)
		for _, c := range callers[1:3] {
			if got := <-c.got; !errors.Is(got.err, errTaken) || got.value != "" {
				t.Errorf("b got %q, %v", got.value, got.err)
			}
		}
		if got := <-callers[4].got; got.value != "" || got.err != nil {
			t.Errorf("d got %q, %v", got.value, got.err)
		}
		s.want(t, "k: a b c d")
	})
}

type nameKey struct{}

// The call has the context that Acquire returned, with the values of a caller's. It
// ends with the call.
func TestContextOfTheCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, a := &service{}, &turns{}
		b := &batcher{Call: s.call, Acquire: a.acquire}
		ask(context.WithValue(t.Context(), nameKey{}, "ann"), b, "a").answered(t, 1)
		c := s.made()[0]
		if c.ctx.Value(nameKey{}) != "ann" || c.ctx.Value(turnKey{}) != "k" {
			t.Errorf("values are %v and %v", c.ctx.Value(nameKey{}), c.ctx.Value(turnKey{}))
		}
		if c.ended != nil || c.ctx.Err() == nil {
			t.Errorf("the context was %v in the call, and %v after it", c.ended, c.ctx.Err())
		}
	})
}

// An error of Acquire is that of all who wait, and not of those who come later.
func TestErrorOfAcquire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, a := &service{}, &turns{refuse: errRefused}
		b := &batcher{Call: s.call, Acquire: a.acquire}
		for _, c := range []caller{ask(t.Context(), b, "a"), ask(t.Context(), b, "b")} {
			if got := <-c.got; !errors.Is(got.err, errRefused) || !errors.Is(got.err, batch.ErrNotSent) {
				t.Errorf("%s got %q, %v", c.item, got.value, got.err)
			}
		}
		a.refuse = nil
		ask(t.Context(), b, "a").answered(t, 1)
		s.want(t, "k: a")
		a.want(t, 1)
	})
}

// Whoever asks again while others still learn of an error of Acquire has its own.
func TestErrorOfAcquireOverAndOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, a := &service{}, &turns{refuse: errRefused}
		b := &batcher{Call: s.call, Acquire: a.acquire}
		var wg sync.WaitGroup
		for w := range 50 {
			wg.Go(func() {
				for r := range 50 {
					if value, err := b.Do(t.Context(), "k", fmt.Sprintf("%d-%d", w, r)); !errors.Is(err, errRefused) {
						t.Errorf("got %q, %v", value, err)
					}
				}
			})
		}
		wg.Wait()
		s.want(t)
		a.want(t, 0)
	})
}

// Whoever leaves before its item was sent returns at once, whatever the grace. The
// item is not sent unless another asked for it too, and makes room for others.
func TestLeavingBeforeSending(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]func(b *batcher){
		"number": func(b *batcher) { b.Max = 4 },
		"grace":  func(b *batcher) { b.Max, b.Grace = 4, time.Minute },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, a := &service{}, &turns{next: make(chan struct{})}
				b := &batcher{Call: s.call, Acquire: a.acquire}
				limit(b)
				leaves := []caller{ask(leaving(t, time.Second), b, "a"), ask(leaving(t, time.Second), b, "b")}
				stays := []caller{ask(t.Context(), b, "c"), ask(t.Context(), b, "b")}
				until(time.Second)
				for _, c := range leaves {
					c.left(t, time.Second, false)
				}
				stays = append(stays, ask(t.Context(), b, "d"), ask(t.Context(), b, "e"))
				a.next <- struct{}{}
				for _, c := range stays {
					c.answered(t, 1)
				}
				s.want(t, "k: b c d e")
				a.want(t, 1)
			})
		})
	}
}

// Leaving is possible at any time before sending: before joining, while others are
// waited for, and from a full batch. A deadline is as good as a cancellation.
func TestLeavingAtOtherTimes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, a := &service{}, &turns{next: make(chan struct{})}
		b := &batcher{Call: s.call, Acquire: a.acquire, Max: 2}
		expired, cancel := context.WithTimeout(t.Context(), 0)
		defer cancel()
		if got := <-ask(expired, b, "a").got; !errors.Is(got.err, context.DeadlineExceeded) || !errors.Is(got.err, batch.ErrNotSent) {
			t.Errorf("got %v", got.err)
		}

		waits, leave := context.WithCancel(t.Context())
		early := ask(waits, b, "b")
		leave()
		early.left(t, 0, false)

		full := []caller{ask(leaving(t, time.Second), b, "c"), ask(t.Context(), b, "d")}
		next := ask(t.Context(), b, "e")
		until(time.Second)
		full[0].left(t, time.Second, false)
		a.next <- struct{}{}
		synctest.Wait()
		a.next <- struct{}{}
		if a, b := <-full[1].got, <-next.got; a.err != nil || b.err != nil {
			t.Errorf("got %v and %v", a.err, b.err)
		}
		if calls := s.made(); len(calls) != 2 || len(calls[0].items) != 1 || len(calls[1].items) != 1 {
			t.Errorf("calls are %v", calls)
		}
		a.want(t, 2)
	})
}

// Whoever comes with an ended context does not even join: it fills no batch.
func TestJoiningWithAnEndedContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &service{}
		b := &batcher{Call: s.call, Max: 2}
		ended, end := context.WithCancel(t.Context())
		end()
		stays := ask(t.Context(), b, "a")
		ask(ended, b, "b").left(t, 0, false)
		s.want(t)
		stays.answered(t, 1)
		s.want(t, "k: a")
	})
}

// When all have left there is no call, and no goroutine stays. Who comes then has a
// batch of its own.
func TestEverybodyLeavesBeforeSending(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]time.Duration{
		"while others are waited for": time.Microsecond,
		"while waiting for a turn":    time.Second,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, a := &service{}, &turns{next: make(chan struct{})}
				b := &batcher{Call: s.call, Acquire: a.acquire, Grace: time.Minute}
				callers := []caller{ask(leaving(t, at), b, "a"), ask(leaving(t, at), b, "b")}
				until(at)
				for _, c := range callers {
					c.left(t, at, false)
				}
				last := ask(t.Context(), b, "a")
				a.next <- struct{}{}
				last.answered(t, 1)
				s.want(t, "k: a")
				a.want(t, 1)
			})
		})
	}
}

// When the turn comes at the moment when the last caller leaves, there is no call.
func TestTurnForNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, a := &service{}, &turns{}
		ctx, cancel := context.WithCancel(t.Context())
		b := &batcher{Call: s.call, Acquire: func(callCtx context.Context, key string) (context.Context, func(), error) {
			cancel()
			<-callCtx.Done()
			return a.acquire(callCtx, key)
		}}
		if got := <-ask(ctx, b, "a").got; !errors.Is(got.err, batch.ErrNotSent) || !errors.Is(got.err, context.Canceled) {
			t.Errorf("got %v", got.err)
		}
		s.want(t)
		a.want(t, 1)
	})
}

// What becomes of those who leave after sending. The first leaves after one second;
// the second stays until the call has ended, or leaves after two and ends the call.
func TestLeavingAfterSending(t *testing.T) {
	t.Parallel()
	const grace = 5 * time.Second
	type want struct {
		at  time.Duration // 0 means when the call has taken its time
		got bool          // its result
	}
	for name, test := range map[string]struct {
		grace          time.Duration
		takes, lingers time.Duration
		bothLeave      bool
		first, second  want
	}{
		"a read goes on for others": {
			takes: 3 * time.Second,
			first: want{at: time.Second}, second: want{got: true},
		},
		"a read ends with its last caller": {
			takes: time.Minute, bothLeave: true,
			first: want{at: time.Second}, second: want{at: 2 * time.Second},
		},
		"the last reader waits for the end of the call": {
			takes: time.Minute, lingers: time.Second, bothLeave: true,
			first: want{at: time.Second}, second: want{at: 3 * time.Second},
		},
		"a change ends within the grace": {
			grace: grace, takes: 3 * time.Second,
			first: want{got: true}, second: want{got: true},
		},
		"a change goes on after the grace": {
			grace: grace, takes: time.Minute,
			first: want{at: time.Second + grace}, second: want{got: true},
		},
		"a change ends soon after its last caller has left": {
			grace: grace, takes: time.Minute, lingers: 3 * time.Second, bothLeave: true,
			first: want{at: 5 * time.Second, got: true}, second: want{at: 5 * time.Second, got: true},
		},
		"the last caller of a change waits for its end": {
			grace: grace, takes: time.Minute, lingers: 7 * time.Second, bothLeave: true,
			first: want{at: time.Second + grace}, second: want{at: 9 * time.Second, got: true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, a := &service{takes: test.takes, lingers: test.lingers}, &turns{}
				b := &batcher{Call: s.call, Acquire: a.acquire, Grace: test.grace}
				ctx := t.Context()
				if test.bothLeave {
					ctx = leaving(t, 2*time.Second)
				}
				callers := []caller{ask(leaving(t, time.Second), b, "a"), ask(ctx, b, "b")}
				until(time.Second / 2)
				s.want(t, "k: a b")
				end := s.made()[0].at + test.takes
				for i, want := range []want{test.first, test.second} {
					if want.at == 0 {
						want.at = end
					}
					if !want.got {
						callers[i].left(t, want.at, true)
					} else if at := callers[i].answered(t, 1); at != want.at {
						t.Errorf("%s answered after %s, want %s", callers[i].item, at, want.at)
					}
				}
				if ended := s.made()[0].ended; (ended != nil) != test.bothLeave {
					t.Errorf("the context of the call ended with %v", ended)
				}
				a.want(t, 1)
			})
		})
	}
}

// Callers join, leave and are answered at the same moments, over and over. Each gets
// the result of its own item or the error of its context, and knows whether the item
// was sent.
func TestSameMoment(t *testing.T) {
	t.Parallel()
	for _, grace := range []time.Duration{0, 5 * time.Second} {
		t.Run(grace.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { sameMoment(t, grace) })
		})
	}
}

func sameMoment(t *testing.T, grace time.Duration) {
	t.Helper()
	const workers, rounds, most = 60, 30, 7
	var leave sync.Map // by item: ends its caller's context
	end := func(items []string, some int) {
		for i, item := range items {
			if cancel, ok := leave.Load(item); ok && i%some == 0 {
				cancel.(context.CancelFunc)() //nolint:forcetypeassert // There is nothing else in it.
			}
		}
	}
	s, a := &service{takes: 10 * time.Millisecond}, &turns{}
	b := &batcher{Max: most, Acquire: a.acquire, Grace: grace}
	b.Call = func(ctx context.Context, key string, items []string) (map[string]string, map[string]error) {
		if len(items) > most || len(slices.Compact(slices.Sorted(slices.Values(items)))) != len(items) {
			t.Errorf("items are %v", items)
		}
		values, errs := s.call(ctx, key, items)
		go end(items, 3)
		return values, errs
	}
	var mu sync.Mutex
	unsent := map[string]bool{} // by item that only one caller asks for
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for r := range rounds {
				key, item := fmt.Sprint("k", w%2), fmt.Sprintf("%d-%d", w, r)
				if w%3 == 0 {
					item = "shared"
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration((w*7+r*13)%60)*time.Millisecond)
				leave.Store(item, cancel)
				value, err := b.Do(ctx, key, item)
				cancel()
				if err == nil && !strings.HasPrefix(value, key+"/"+item+" ") || err != nil && !errors.Is(err, ctx.Err()) {
					t.Errorf("%s of %s: %q, %v", item, key, value, err)
				}
				if item != "shared" {
					mu.Lock()
					unsent[item] = errors.Is(err, batch.ErrNotSent)
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	synctest.Wait()
	sent := map[string]int{}
	for _, c := range s.made() {
		for _, item := range c.items {
			sent[item]++
		}
	}
	count := map[bool]int{}
	for item, not := range unsent {
		count[not]++
		if not && sent[item] != 0 || !not && sent[item] != 1 {
			t.Errorf("%s was sent %d times, and its caller was told it was not: %t", item, sent[item], not)
		}
	}
	if count[true] == 0 || count[false] == 0 {
		t.Errorf("sent and not sent: %v", count)
	}
	a.want(t, a.acquired.Load())
}
