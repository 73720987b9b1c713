package imkit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
)

const pathBatch = "/admin/clients/list"

// MaxBatch is the greatest number of records that one request carries.
const MaxBatch = 100

const (
	// batchCallsAtATime leaves the next turn of the rate limit to other calls.
	batchCallsAtATime = 3
	// maxFailures is how many calls may fail in a row before the server is taken
	// to be out of order.
	maxFailures = 2 * batchCallsAtATime
)

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

// BatchResult tells what became of the records of [API.UpsertClients].
type BatchResult struct {
	// Records has a result for each record, in the order given.
	Records []RecordResult
	// Errors lists what went wrong, each failure once for all the records that
	// it struck. It is empty when every record was stored.
	Errors []error
}

// BatchProgress tells how far [API.UpsertClients] has come.
type BatchProgress struct {
	// Done and Failed are the records dealt with so far, of Total.
	Done, Failed, Total int
	// Err is what went wrong with the latest hundred, nil if nothing did.
	Err error
}

// UpsertClients creates or updates many clients, [MaxBatch] in one request and
// a few requests at a time. A request that fails does not keep the others from
// being made, unless they would fail alike: where the key or the route is
// refused, or the server cannot be reached or answers several times in a row
// that it is out of order, no further one is begun. Of a request that the
// server refuses because of some of its records, the others are sent again in
// smaller ones. Records with a bad id, or with the same one, are an error
// before anything is sent.
//
// progress, unless it is nil, is called after every hundred records or so, and
// not by two goroutines at once.
//
// https://docs.imkit.io: POST /admin/clients/list.
func (a *API) UpsertClients(ctx context.Context, records []ClientRecord, progress func(BatchProgress)) BatchResult {
	b := &batch{api: a, report: progress, sofar: BatchProgress{Total: len(records)}}
	result := BatchResult{Records: make([]RecordResult, len(records))}
	items := make([]batchItem, len(records))
	for i, r := range records {
		result.Records[i].ID = r.ID
		items[i] = batchItem{r, &result.Records[i]}
	}
	if err := checkRecords(records); err != nil {
		settle(RecordNotSent, err, items...)
	} else {
		each(batchCallsAtATime, slices.Collect(slices.Chunk(items, MaxBatch)), func(items []batchItem) {
			b.upsert(ctx, items)
		})
		b.findDone(ctx, items)
	}
	said := map[string]bool{}
	for _, r := range result.Records {
		if r.Err != nil && !said[r.Err.Error()] {
			said[r.Err.Error()] = true
			result.Errors = append(result.Errors, r.Err)
		}
	}
	return result
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

func settle(status RecordStatus, err error, items ...batchItem) {
	for _, it := range items {
		it.result.Status, it.result.Err = status, err
	}
}

// batch is one run of [API.UpsertClients].
type batch struct {
	api    *API
	report func(BatchProgress)

	mu       sync.Mutex
	sofar    BatchProgress
	failures int   // in a row
	lasting  error // why no further call is begun
	hopeless bool  // dividing a refused call came to nothing
}

// upsert makes a call for up to [MaxBatch] records, and what further calls it
// takes to find those that the server refuses.
func (b *batch) upsert(ctx context.Context, items []batchItem) {
	if err := b.stopped(); err != nil {
		settle(RecordNotSent, err, items...)
		return
	}
	var last error
	failed := divide(1, items, func(items []batchItem) error { return b.call(ctx, items) }, b.patience)
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, part := range failed {
		settle(statusOf(part.err), part.err, part.items...)
		b.hopeless = b.hopeless || len(part.items) > 1 && isRefusal(part.err)
	}
	for _, it := range items {
		if it.result.Err != nil {
			last = it.result.Err
			b.sofar.Failed++
		}
	}
	if b.report != nil {
		now := b.sofar
		now.Err = last
		b.report(now)
	}
}

// stopped says why no further call is begun, if so.
func (b *batch) stopped() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lasting
}

// patience is that with refusals, for [divide]. As long as the server has not
// stored a single record, it ends sooner each time.
func (b *batch) patience(err error) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case !isRefusal(err):
		return 0
	case b.hopeless && b.sofar.Done == 0:
		return 1
	}
	return refusalPatience
}

// call makes one call. It settles the records that are stored and, where the
// server did not store all that it accepted, the others.
func (b *batch) call(ctx context.Context, items []batchItem) error {
	count, err := b.api.upsertMany(ctx, items)
	if err == nil && count != int64(len(items)) {
		b.compare(ctx, items, count)
	} else if err == nil {
		settle(RecordDone, nil, items...)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err == nil:
		b.failures = 0
		for _, it := range items {
			if it.result.Status == RecordDone {
				b.sofar.Done++
			}
		}
	case isRefusal(err):
		b.failures = 0
	default:
		b.failures++
		if b.failures >= maxFailures || concernsEveryCall(err) {
			b.lasting = err
		}
	}
	return err
}

// upsertMany returns the count of the reply.
func (a *API) upsertMany(ctx context.Context, items []batchItem) (count int64, err error) {
	records := make([]ClientRecord, len(items))
	for i, it := range items {
		records[i] = it.record
	}
	err = a.do(ctx, call{
		method: http.MethodPost,
		path:   pathBatch,
		body:   map[string]any{"data": records},
		decode: func(reply answer) error {
			o, err := reply.object()
			if err != nil {
				return err
			}
			if count, err = integer(o["count"]); err != nil {
				return fmt.Errorf("count %w", err)
			}
			return nil
		},
	})
	return count, err
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
