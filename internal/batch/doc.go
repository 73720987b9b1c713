// Package batch lets many callers share one call, and keeps calls about one thing
// from overlapping. It knows neither what is called nor who calls.
//
// A [Batcher] turns calls for single items into calls for many. The first caller
// opens a batch, others join it, and it leaves when it is full or its window ends. While it
// waits in Acquire, for a rate limit or a lock, it goes on filling. Once its call is sent
// nobody joins any more: an answer serves only those who asked before. Nothing is cached.
// Results are shared, and must not be changed.
//
// Nobody waits longer than its own context, and those who change something
// ([Batcher.Grace]) not longer than the grace after it. When the last caller has
// left, the context of the call ends, and no goroutine stays behind.
//
// A [Mutex] is a mutex for each key. [Divide] finds out which items make a call fail.
package batch
