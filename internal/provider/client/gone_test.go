package client_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

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
	if told := c.Converge(robot); told.Failed() {
		t.Fatal(told)
	}
	robot["description"] = "Says things."
	planned, told := c.Plan(robot)
	if told.Failed() || planned.Action != acctest.ToUpdate {
		t.Fatalf("to %s\n%s", planned.Action, told)
	}
	w.RemoveClient("robot")
	told = c.Apply(planned)
	if !told.Failed() {
		t.Error("a client that is not there was updated")
	}
	acctest.Says(t, told.String(), "Client does not exist any more", `Client "robot"`, "Nothing was changed", "Plan again")
	if fields, there := w.Client("robot"); there {
		t.Errorf("there is a client again: %v", fields)
	}
	if told := c.Converge(robot); told.Failed() {
		t.Error(told)
	}
	fields, _ := w.Client("robot")
	if fields["nickname"] != "Robot" || fields["description"] != "Says things." || fields["level"] == nil {
		t.Errorf("once it is planned again, it is %v", fields)
	}
}

// Where nobody can look, an update goes on as it did.
func TestClientIsUpdatedWithoutLookUp(t *testing.T) {
	t.Parallel()
	w := acctest.NewWorld(t, sandbox.Options{NoLookupRoute: true})
	c := w.Core(t, "imkit_client")
	for _, nickname := range []string{"One", "Two"} {
		told := c.Converge(map[string]any{"id": "robot", "nickname": nickname, "adopt_existing": true})
		if told.Failed() {
			t.Fatal(told)
		}
		acctest.Says(t, told.String(), "Server cannot look up clients")
		if fields, _ := w.Client("robot"); fields["nickname"] != nickname {
			t.Errorf("it is %v, want %s", fields, nickname)
		}
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
	if told := c.Converge(batch("One")); told.Failed() {
		t.Fatal(told)
	}
	planned, told := c.Plan(batch("Two"))
	if told.Failed() || planned.Action != acctest.ToUpdate {
		t.Fatalf("to %s\n%s", planned.Action, told)
	}
	w.RemoveClient("ann")
	w.PutClient("bob", map[string]any{"avatarUrl": "https://example.com/theirs.png"})
	if told := c.Apply(planned); told.Failed() {
		t.Error(told)
	}
	for id, avatar := range map[string]string{"ann": "https://example.com/a.png", "bob": "https://example.com/theirs.png"} {
		fields, _ := w.Client(id)
		if diff := cmp.Diff([]any{"Two", avatar}, []any{fields["nickname"], fields["avatarUrl"]}); diff != "" {
			t.Errorf("%s (-want +stored):\n%s", id, diff)
		}
	}
	if n := w.Count(http.MethodPost, acctest.RouteBatch); n != 2 {
		t.Errorf("%d batch calls, want 2", n)
	}
}
