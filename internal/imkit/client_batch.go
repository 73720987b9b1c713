package imkit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"

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

// RecordStatus is what became of a record.
type RecordStatus int

// What may become of a record.
const (
	// RecordNotSent did not reach the server.
	RecordNotSent RecordStatus = iota
	// RecordRefused was sent, and the server did not store it.
	RecordRefused
	// RecordUnknown was sent, and the server may have stored it.
	RecordUnknown
	// RecordDone was stored.
	RecordDone
)

// RecordResult tells what became of one record.
type RecordResult struct {
	ID     string
	Status RecordStatus
	// Err is nil when the record was stored.
	Err error
}

// BatchProgress tells how far [API.UpsertClients] has come.
type BatchProgress struct {
	// Done and Failed are the records dealt with so far, of Total.
	Done, Failed, Total int
}

// UpsertClients creates or updates many clients, [MaxBatch] in one request and
// a few requests at a time. A request that fails does not keep the others from
// being made, unless they would fail alike: where the key or the route is
// refused, or the server cannot be reached, no further one is begun. Of a request
// that the server refuses because of some of its records, the others are sent
// again in smaller ones. What became of records whose answer was lost is looked up.
// Records with a bad id, or with the same one, are an error before anything is sent.
// The results are in the order of the records.
//
// progress, unless it is nil, is called after every hundred records or so, and
// not by two goroutines at once.
//
// https://docs.imkit.io: POST /admin/clients/list.
func (a *API) UpsertClients(ctx context.Context, records []ClientRecord, progress func(BatchProgress)) []RecordResult {
	b := &batchRun{api: a, report: progress, sofar: BatchProgress{Total: len(records)}}
	results := make([]RecordResult, len(records))
	items := make([]batchItem, len(records))
	for i, r := range records {
		results[i].ID = r.ID
		items[i] = batchItem{r, &results[i]}
	}
	if err := checkRecords(records); err != nil {
		setResults(RecordNotSent, err, items...)
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

func setResults(status RecordStatus, err error, items ...batchItem) {
	for _, it := range items {
		it.result.Status, it.result.Err = status, err
	}
}

// batchRun is one run of [API.UpsertClients].
type batchRun struct {
	api    *API
	report func(BatchProgress)

	reports  sync.Mutex // held while report runs
	mu       sync.Mutex
	sofar    BatchProgress
	lasting  error // why no further call is begun
	hopeless bool  // dividing a refused call came to nothing
}

// upsert makes a call for up to [MaxBatch] records, and what further calls it
// takes to find those that the server refuses.
func (b *batchRun) upsert(ctx context.Context, items []batchItem) {
	if err := b.stopped(); err != nil {
		setResults(RecordNotSent, err, items...)
		return
	}
	failed := batch.Divide(1, items, func(items []batchItem) error { return b.call(ctx, items) }, b.rounds)
	for _, part := range failed {
		setResults(statusOf(part.Err), part.Err, part.Items...)
	}
	b.mu.Lock()
	for _, part := range failed {
		b.hopeless = b.hopeless || len(part.Items) > 1 && isRefusal(part.Err)
	}
	for _, it := range items {
		if it.result.Err != nil {
			b.sofar.Failed++
		}
	}
	b.mu.Unlock()
	b.progress()
}

// progress reports how far it has come.
func (b *batchRun) progress() {
	if b.report == nil {
		return
	}
	b.reports.Lock()
	defer b.reports.Unlock()
	b.mu.Lock()
	now := b.sofar
	b.mu.Unlock()
	b.report(now)
}

// stopped says why no further call is begun, if so.
func (b *batchRun) stopped() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lasting
}

// rounds is how often a refused call is halved, for [batch.Divide]. As long as the
// server has not stored a single record, it is less each time.
func (b *batchRun) rounds(err error) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case !isRefusal(err):
		return 0
	case b.hopeless && b.sofar.Done == 0:
		return 1
	}
	return refusalRounds
}

// call makes one call. It settles the records that are stored and, where the
// server did not store all that it accepted, the others.
func (b *batchRun) call(ctx context.Context, items []batchItem) error {
	count, err := b.api.upsertMany(ctx, items)
	if err == nil && count != int64(len(items)) {
		b.compare(ctx, items, count)
	} else if err == nil {
		setResults(RecordDone, nil, items...)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil && concernsEveryCall(err) {
		b.lasting = err
	}
	for _, it := range items {
		if err == nil && it.result.Status == RecordDone {
			b.sofar.Done++
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
			return 0, fmt.Errorf("count %w", err)
		}
		return count, nil
	})
}

// statusOf tells what became of records whose call failed.
func statusOf(err error) RecordStatus {
	e, ok := errors.AsType[*Error](err)
	switch {
	case OutcomeUnknown(err):
		return RecordUnknown
	case !ok || e.Status == 0:
		return RecordNotSent
	}
	return RecordRefused
}

// compare settles the records of a call whose count is another than the number
// sent, by what the server has now.
func (b *batchRun) compare(ctx context.Context, items []batchItem, count int64) {
	failure := func(why string, cause error) error {
		return &Error{
			Method: http.MethodPost, Path: pathBatch, cause: cause,
			Message: fmt.Sprintf("the server's count is %d after %d records were sent, and %s", count, len(items), why),
		}
	}
	ids := make([]string, len(items))
	for i, it := range items {
		ids[i] = it.record.ID
	}
	found, err := b.api.GetClients(ctx, ids)
	if err != nil {
		setResults(RecordUnknown, failure("it cannot be seen which are missing: "+err.Error(), err), items...)
		return
	}
	for _, it := range items {
		switch stored, known := it.record.storedAs(found[it.record.ID]); {
		case !known:
			setResults(RecordUnknown, failure("a look-up does not show whether this one is stored", nil), it)
		case stored:
			setResults(RecordDone, nil, it)
		default:
			setResults(RecordRefused, failure("this one is not stored", nil), it)
		}
	}
}

// findDone settles the records that are stored although the answer to their call
// never came. Where that cannot be found out, they stay as they are.
func (b *batchRun) findDone(ctx context.Context, items []batchItem) {
	var ids []string
	for _, it := range items {
		if it.result.Status == RecordUnknown {
			ids = append(ids, it.record.ID)
		}
	}
	if len(ids) == 0 {
		return
	}
	found, err := b.api.GetClients(ctx, ids)
	if err != nil {
		return
	}
	for _, it := range items {
		if it.result.Status != RecordUnknown {
			continue
		}
		if stored, known := it.record.storedAs(found[it.record.ID]); stored && known {
			setResults(RecordDone, nil, it)
			b.sofar.Done++
			b.sofar.Failed--
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
	stored, known = true, true
	compare := func(sent *string, has Field[string]) {
		known = known && (sent == nil || has.Reported)
		stored = stored && !Differs(has, sent)
	}
	compare(r.Nickname, c.Nickname)
	compare(r.AvatarURL, c.AvatarURL)
	return stored, known || !stored
}
