package client_test

import (
	"net/http"
	"testing"

	"github.com/imkit/terraform-provider-imkit/internal/provider/acctest"
	"github.com/imkit/terraform-provider-imkit/internal/sandbox"
)

// A server makes the client of an update that it does not have, of that update
// alone. What it would lack then never shows.
func TestClientThatIsGoneIsNotUpdated(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.Core(t, "imkit_client")
	robot := map[string]any{"id": "robot", "nickname": "Robot", "custom_attributes": map[string]any{"level": 3}}
	c.MustConverge(robot)
	robot["description"] = "Says things."
	planned := c.MustPlan(robot, acctest.ToUpdate)
	w.RemoveClient("robot")
	told := c.Apply(planned)
	if !told.Failed() {
		t.Error("a client that is not there was updated")
	}
	acctest.Says(t, told.String(), "Client does not exist any more", `client "robot"`, "Nothing was changed", "Plan again")
	if fields, there := w.Client("robot"); there {
		t.Errorf("there is a client again: %v", fields)
	}
	c.MustConverge(robot)
	fields, _ := w.Client("robot")
	if fields["nickname"] != "Robot" || fields["description"] != "Says things." || fields["level"] == nil {
		t.Errorf("once it is planned again, it is %v", fields)
	}
}

// A record of a batch whose client is gone when it changes is made whole.
func TestBatchRecordThatIsGoneIsMadeWhole(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{})
	c := w.Core(t, "imkit_client_batch")
	batch := func(nickname string) map[string]any {
		return map[string]any{"clients": map[string]any{
			"ann": map[string]any{"nickname": nickname, "avatar_url": "https://example.com/a.png"},
			"bob": map[string]any{"nickname": nickname},
		}}
	}
	c.MustConverge(batch("One"))
	planned := c.MustPlan(batch("Two"), acctest.ToUpdate)
	w.RemoveClient("ann")
	w.PutClient("bob", map[string]any{"avatarUrl": "https://example.com/theirs.png"})
	if told := c.Apply(planned); told.Failed() {
		t.Error(told)
	}
	for id, avatar := range map[string]string{"ann": "https://example.com/a.png", "bob": "https://example.com/theirs.png"} {
		fields, _ := w.Client(id)
		acctest.Equal(t, id, []any{"Two", avatar}, []any{fields["nickname"], fields["avatarUrl"]})
	}
	if n := w.Count(http.MethodPost, acctest.RouteBatch); n != 2 {
		t.Errorf("%d batch calls, want 2", n)
	}
}
