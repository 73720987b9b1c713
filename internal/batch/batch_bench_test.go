package batch_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/batch"
)

// asking is how many goroutines ask at once, for each processor.
const asking = 500

// Many ask for items of their own, and the call returns at once: what remains is the
// batcher's own work, and the wait for others where a batch does not fill.
func BenchmarkDo(b *testing.B) {
	for name, most := range map[string]int{"full batches": 100, "no limit": 0} {
		b.Run(name, func(b *testing.B) {
			batcher := &batch.Batcher[string, int64, int64]{
				Max:  most,
				Call: func(context.Context, string, []int64) (map[int64]int64, map[int64]error) { return nil, nil },
			}
			run(b, batcher)
		})
	}
}

// How many calls an item takes, of many that are asked for at once.
func BenchmarkCallsPerItem(b *testing.B) {
	var calls, items atomic.Int64
	batcher := &batch.Batcher[string, int64, int64]{
		Max: 100,
		Call: func(_ context.Context, _ string, asked []int64) (map[int64]int64, map[int64]error) {
			calls.Add(1)
			items.Add(int64(len(asked)))
			values := make(map[int64]int64, len(asked))
			for _, item := range asked {
				values[item] = item
			}
			return values, nil
		},
	}
	run(b, batcher)
	b.ReportMetric(float64(calls.Load())/float64(items.Load()), "calls/item")
}

func run(b *testing.B, batcher *batch.Batcher[string, int64, int64]) {
	b.Helper()
	b.ReportAllocs()
	b.SetParallelism(asking)
	var next atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := batcher.Do(b.Context(), "k", next.Add(1)); err != nil {
				b.Error(err)
			}
		}
	})
}
