package imkit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/imkit/terraform-provider-imkit/internal/batch"
)

const pathBatch = "/admin/clients/list"

// MaxBatch is the greatest number of records that one request carries.
const MaxBatch = 100

// batchCallsAtATime leaves the next turn of the rate limit to other calls.
const batchCallsAtATime = 3

// ClientRecord is what [API.UpsertClients] sends of one client. A nil field is
// not sent, and the server keeps its value; a pointer to "" clears it.
type ClientRecord struct {
	ID        string  `json:"_id"`
	Nickname  *string `json:"nickname,omitempty"`
	AvatarURL *string `json:"avatarUrl,omitempty"`
}

// RecordResult tells what became of one record.
type RecordResult struct {
	ID string
	// Err is nil when the record is stored. Of any other, [OutcomeUnknown] says whether
	// it may be.
	Err error
}

// BatchProgress tells how far [API.UpsertClients] has come.
type BatchProgress struct {
	// Done and Failed are the records dealt with so far, of Total.
	Done, Failed, Total int
}

// UpsertClients creates or updates many clients, [MaxBatch] in one request and a few
// requests at a time. A request that fails does not keep the others from being made, unless
// they would fail alike: where the key or the route is refused, or the server cannot be
// reached, no further one is begun. Of a request that the server refuses because of some of
// its records, the others are sent again in smaller ones. What became of records whose
// answer was lost is looked up. Records with a bad id, or with the same one, are an error
// before anything is sent. The results are in the order of the records.
//
// progress, unless it is nil, is called after every hundred records or so, and not by two
// goroutines at once.
//
// https://docs.imkit.io: POST /admin/clients/list.
func (a *API) UpsertClients(ctx context.Context, records []ClientRecord, progress func(BatchProgress)) []RecordResult {
	b := &batchRun{api: a, report: progress, total: len(records)}
	results := make([]RecordResult, len(records))
	items := make([]batchItem, len(records))
	for i, r := range records {
		results[i].ID = r.ID
		items[i] = batchItem{r, &results[i]}
	}
	if err := checkRecords(records); err != nil {
		setResults(err, items...)
	} else {
		chunks := slices.Collect(slices.Chunk(items, MaxBatch))
		batch.Each(batchCallsAtATime, len(chunks), func(i int) { b.upsert(ctx, chunks[i]) })
		b.findDone(ctx, items)
	}
	return results
}

func checkRecords(records []ClientRecord) error {
	seen := make(map[string]bool, len(records))
	for _, r := range records {
		if err := CheckID(r.ID); err != nil {
			return err
		}
		if seen[r.ID] {
			return fmt.Errorf("more than one record has the client id %q", r.ID)
		}
		seen[r.ID] = true
	}
	return nil
}

// batchItem is a record and where its result goes.
type batchItem struct {
	record ClientRecord
	result *RecordResult
}

func idsOf(items []batchItem) []string {
	ids := make([]string, len(items))
	for i, it := range items {
		ids[i] = it.record.ID
	}
	return ids
}

func setResults(err error, items ...batchItem) {
	for _, it := range items {
		it.result.Err = err
	}
}

// batchRun is one run of [API.UpsertClients].
type batchRun struct {
	api    *API
	report func(BatchProgress)

	total int

	reporting    sync.Mutex // held while report runs
	done, failed atomic.Int64
	stopped      atomic.Pointer[Error] // why no further call is begun
	allRefused   atomic.Bool           // of several records of one call
}

// upsert makes a call for up to [MaxBatch] records, and what further calls it
// takes to find those that the server refuses.
func (b *batchRun) upsert(ctx context.Context, items []batchItem) {
	if stopped := b.stopped.Load(); stopped != nil {
		setResults(stopped, items...)
		return
	}
	for _, part := range batch.Divide(items, func(items []batchItem) error { return b.call(ctx, items) }, b.helps) {
		setResults(part.Err, part.Items...)
	}
	refused := 0
	for _, it := range items {
		if it.result.Err != nil {
			b.failed.Add(1)
		}
		if isRefusal(it.result.Err) {
			refused++
		}
	}
	if refused > 1 && refused == len(items) {
		b.allRefused.Store(true)
	}
	b.progress()
}

// progress reports how far it has come.
func (b *batchRun) progress() {
	if b.report == nil {
		return
	}
	b.reporting.Lock()
	defer b.reporting.Unlock()
	b.report(BatchProgress{Done: int(b.done.Load()), Failed: int(b.failed.Load()), Total: b.total})
}

// helps reports whether dividing a call that failed may help, for [batch.Divide]. It does
// not where a server refused all records of a call, and has not stored a single one.
func (b *batchRun) helps(err error) bool {
	return isRefusal(err) && (!b.allRefused.Load() || b.done.Load() > 0)
}

// call makes one call, and sets the results of its records unless it fails.
func (b *batchRun) call(ctx context.Context, items []batchItem) error {
	count, err := b.api.upsertMany(ctx, items)
	if err == nil && count != int64(len(items)) {
		b.compare(ctx, items, count)
	} else if err == nil {
		setResults(nil, items...)
	}
	if e, ok := errors.AsType[*Error](err); ok && concernsEveryCall(err) {
		stopped := *e
		stopped.OutcomeUnknown = false // of what is not sent because of it
		b.stopped.Store(&stopped)
	}
	for _, it := range items {
		if err == nil && it.result.Err == nil {
			b.done.Add(1)
		}
	}
	return err
}

// upsertMany returns the count of the reply.
func (a *API) upsertMany(ctx context.Context, items []batchItem) (int64, error) {
	records := make([]ClientRecord, len(items))
	for i, it := range items {
		records[i] = it.record
	}
	c := call{method: http.MethodPost, path: pathBatch, body: map[string]any{"data": records}}
	return request(ctx, a, c, func(reply answer) (int64, error) {
		o, err := reply.object()
		if err != nil {
			return 0, err
		}
		count, err := integer(o["count"])
		if err != nil {
			err = fmt.Errorf("count %w", err)
		}
		return count, err
	})
}

// compare sets the results of a call whose count is another than the number sent, by what
// the server has now.
func (b *batchRun) compare(ctx context.Context, items []batchItem, count int64) {
	failure := func(why string, unknown bool, cause error) error {
		says := fmt.Sprintf("the server counted %d records after %d were sent, and %s", count, len(items), why)
		return &Error{Method: http.MethodPost, Path: pathBatch, OutcomeUnknown: unknown, cause: cause, Message: says}
	}
	found, err := b.api.GetClients(ctx, idsOf(items))
	if err != nil {
		setResults(failure("a look-up could not tell which are missing: "+err.Error(), true, err), items...)
		return
	}
	for _, it := range items {
		switch stored, known := it.record.storedAs(found[it.record.ID]); {
		case !known:
			setResults(failure("a look-up does not show whether this one is stored", true, nil), it)
		case stored:
			setResults(nil, it)
		default:
			setResults(failure("this one is not stored", false, nil), it)
		}
	}
}

// findDone finds the records that are stored although the answer to their call never came.
// The results of the others stay as they are.
func (b *batchRun) findDone(ctx context.Context, items []batchItem) {
	items = slices.DeleteFunc(items, func(it batchItem) bool { return !OutcomeUnknown(it.result.Err) })
	if len(items) == 0 {
		return
	}
	found, err := b.api.GetClients(ctx, idsOf(items))
	if err != nil {
		return
	}
	for _, it := range items {
		if stored, known := it.record.storedAs(found[it.record.ID]); stored && known {
			setResults(nil, it)
			b.done.Add(1)
			b.failed.Add(-1)
		}
	}
	b.progress()
}

// storedAs reports whether a client, nil if there is none, has the values of a
// record. It is not known as long as a field is not reported. A server may keep
// "" as null.
func (r ClientRecord) storedAs(c *Client) (stored, known bool) {
	if c == nil {
		return false, true
	}
	stored = !Differs(c.Nickname, r.Nickname) && !Differs(c.AvatarURL, r.AvatarURL)
	known = (r.Nickname == nil || c.Nickname.Reported) && (r.AvatarURL == nil || c.AvatarURL.Reported)
	return stored, known || !stored
}
