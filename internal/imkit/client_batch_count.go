package imkit

import (
	"context"
	"fmt"
	"net/http"
)

// compare settles the records of a call whose count is another than the number
// sent, by what the server has now.
func (b *batch) compare(ctx context.Context, items []batchItem, count int64) {
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
	found, err := b.api.LookUpClients(ctx, ids)
	if err != nil {
		settle(RecordUnknown, failure("it cannot be seen which are missing: "+err.Error(), err), items...)
		return
	}
	for _, it := range items {
		switch stored, known := it.record.storedAs(found[it.record.ID]); {
		case !known:
			settle(RecordUnknown, failure("a look-up does not show whether this one is stored", nil), it)
		case stored:
			settle(RecordDone, nil, it)
		default:
			settle(RecordRefused, failure("this one is not stored", nil), it)
		}
	}
}

// findDone settles the records that are stored although the answer to their call
// never came. Where that cannot be found out, they stay as they are.
func (b *batch) findDone(ctx context.Context, items []batchItem) {
	var ids []string
	for _, it := range items {
		if it.result.Status == RecordUnknown {
			ids = append(ids, it.record.ID)
		}
	}
	if len(ids) == 0 {
		return
	}
	found, err := b.api.LookUpClients(ctx, ids)
	if err != nil {
		return
	}
	for _, it := range items {
		if it.result.Status != RecordUnknown {
			continue
		}
		if stored, known := it.record.storedAs(found[it.record.ID]); stored && known {
			settle(RecordDone, nil, it)
			b.sofar.Done++
			b.sofar.Failed--
		}
	}
	if b.report != nil {
		b.report(b.sofar)
	}
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
		switch {
		case sent == nil:
		case !has.Reported:
			known = false
		case has.Value == nil && *sent != "", has.Value != nil && *has.Value != *sent:
			stored = false
		}
	}
	compare(r.Nickname, c.Nickname)
	compare(r.AvatarURL, c.AvatarURL)
	return stored, known || !stored
}
