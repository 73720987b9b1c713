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

// ClientRecord is what [API.UpsertClients] sends of one client, as [Profile] has it.
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

	record ClientRecord
}

// BatchProgress tells how far [API.UpsertClients] has come.
type BatchProgress struct {
	// Done and Failed are the records dealt with so far, of Total.
	Done, Failed, Total int
}

// UpsertClients creates or updates many clients, [MaxBatch] in one request and a few
// requests at a time. A request that fails does not keep the others from being made. Where
// the server refuses one because of some of its records, the others are sent again. Records
// whose answer was lost are looked up. A bad id, or one that is there twice, is an error
// before anything is sent. The results are in the order of the records.
//
// progress may be nil. It is called after each request, and not by two goroutines at once.
//
// https://docs.imkit.io: POST /admin/clients/list.
func (a *API) UpsertClients(ctx context.Context, records []ClientRecord, progress func(BatchProgress)) []RecordResult {
	b := &batchRun{api: a, report: progress, progress: BatchProgress{Total: len(records)}}
	results := make([]RecordResult, len(records))
	all := make([]*RecordResult, len(records))
	for i, r := range records {
		results[i] = RecordResult{ID: r.ID, record: r}
		all[i] = &results[i]
	}
	if err := checkRecords(records); err != nil {
		setResults(err, all)
		return results
	}
	chunks := slices.Collect(slices.Chunk(all, MaxBatch))
	batch.Each(batchCallsAtATime, len(chunks), func(i int) { b.upsert(ctx, chunks[i]) })
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

func setResults(err error, results []*RecordResult) {
	for _, r := range results {
		r.Err = err
	}
}

// batchRun is one run of [API.UpsertClients].
type batchRun struct {
	api        *API
	allRefused atomic.Bool // of several records of one call
	anyStored  atomic.Bool

	mu       sync.Mutex // held while report runs
	report   func(BatchProgress)
	progress BatchProgress
}

// upsert makes a call for up to [MaxBatch] records, and what further calls it takes to
// find those that the server refuses, and those that are stored although it did not say so.
func (b *batchRun) upsert(ctx context.Context, results []*RecordResult) {
	for _, part := range batch.Divide(results, func(part []*RecordResult) error { return b.call(ctx, part) }, b.helps) {
		setResults(part.Err, part.Items)
	}
	b.findStored(ctx, results)
	failed, refused := 0, 0
	for _, r := range results {
		if r.Err != nil {
			failed++
		}
		if isRefusal(r.Err) {
			refused++
		}
	}
	if refused > 1 && refused == len(results) {
		b.allRefused.Store(true)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.progress.Done += len(results) - failed
	b.progress.Failed += failed
	if b.report != nil {
		b.report(b.progress)
	}
}

// helps reports whether dividing a call that failed may help, for [batch.Divide]. It does
// not where a server refused all records of a call, and has not stored a single one.
func (b *batchRun) helps(err error) bool {
	return isRefusal(err) && (!b.allRefused.Load() || b.anyStored.Load())
}

// errMiscounted is the cause of the error of a call whose records may be stored in part.
var errMiscounted = errors.New("another count than was sent")

// call makes one call.
func (b *batchRun) call(ctx context.Context, results []*RecordResult) error {
	count, err := b.api.upsertMany(ctx, results)
	if err != nil {
		return err
	}
	if count > 0 {
		b.anyStored.Store(true)
	}
	if sent := int64(len(results)); count != sent {
		setResults(&Error{
			Method: http.MethodPost, Path: pathBatch, OutcomeUnknown: true, cause: errMiscounted,
			Message: fmt.Sprintf("the server counted %d records after %d were sent, and it is unknown which are stored", count, sent),
		}, results)
	}
	return nil
}

// upsertMany returns the count of the reply.
func (a *API) upsertMany(ctx context.Context, results []*RecordResult) (int64, error) {
	records := make([]ClientRecord, len(results))
	for i, r := range results {
		records[i] = r.record
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

// findStored looks for the records of which the server did not say whether they are stored.
// What is not there after an answer that never came may still come.
func (b *batchRun) findStored(ctx context.Context, results []*RecordResult) {
	var ids []string
	for _, r := range results {
		if OutcomeUnknown(r.Err) {
			ids = append(ids, r.ID)
		}
	}
	if len(ids) == 0 {
		return
	}
	found, err := b.api.GetClients(ctx, ids)
	if err != nil { // the errors say enough
		return
	}
	for _, r := range results {
		sent, client := Profile{Nickname: r.record.Nickname, AvatarURL: r.record.AvatarURL}, found[r.ID]
		switch {
		case !OutcomeUnknown(r.Err):
		case client != nil && sent.isStored(client):
			r.Err = nil
		case !errors.Is(r.Err, errMiscounted):
		case client == nil, Differs(client.Nickname, sent.Nickname), Differs(client.AvatarURL, sent.AvatarURL):
			r.Err = &Error{Method: http.MethodPost, Path: pathBatch, Message: "the server reported success, but this record is not stored"}
		}
	}
}
