package client

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/imkit/terraform-provider-imkit/internal/imkit"
	"github.com/imkit/terraform-provider-imkit/internal/provider/tfvalue"
)

// batchModel is imkit_client_batch in configuration, plan and state.
type batchModel struct {
	Clients     map[string]batchRecord `tfsdk:"clients"`
	OnDestroy   types.String           `tfsdk:"on_destroy"`
	ClientCount types.Int64            `tfsdk:"client_count"`
}

// Fields of a client of a batch.
const (
	batchNickname  = "nickname"
	batchAvatarURL = "avatar_url"
)

var batchFields = []string{batchNickname, batchAvatarURL}

// batchRecord is one client of a batch; a field that is null or absent is not
// managed.
type batchRecord map[string]types.String

// batchDifference is what brings clients from one state of a batch to another,
// in the order of their ids.
type batchDifference struct {
	// send has the records that are new or change, whole: should the client be gone
	// by then, the server makes it, and what it lacks would never show.
	send []imkit.ClientRecord
	// leavers are the ids that are not in the batch any more.
	leavers []string
}

func (m batchModel) differenceFrom(prior map[string]batchRecord) batchDifference {
	var d batchDifference
	for _, id := range slices.Sorted(maps.Keys(m.Clients)) {
		planned := m.Clients[id]
		before, exists := prior[id]
		changes := func(field string) bool { return !planned[field].IsNull() && !planned[field].Equal(before[field]) }
		if !exists || slices.ContainsFunc(batchFields, changes) {
			d.send = append(d.send, imkit.ClientRecord{
				ID: id, Nickname: planned[batchNickname].ValueStringPointer(), AvatarURL: planned[batchAvatarURL].ValueStringPointer(),
			})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(prior)) {
		if _, stays := m.Clients[id]; !stays {
			d.leavers = append(d.leavers, id)
		}
	}
	return d
}

// sends reports whether the client is among those to be sent.
func (d batchDifference) sends(id string) bool {
	_, found := slices.BinarySearchFunc(d.send, id, func(r imkit.ClientRecord, id string) int { return strings.Compare(r.ID, id) })
	return found
}

// refresh brings the records up to date with what the server has. A client that
// is gone leaves the batch.
func (m *batchModel) refresh(found map[string]*imkit.Client) {
	for id, record := range m.Clients {
		reported, there := found[id]
		if !there {
			delete(m.Clients, id)
			continue
		}
		m.Clients[id] = record.refreshed(reported)
	}
	m.count()
}

func (r batchRecord) refreshed(reported *imkit.Client) batchRecord {
	refreshed := maps.Clone(r)
	for name, field := range map[string]imkit.Field[string]{batchNickname: reported.Nickname, batchAvatarURL: reported.AvatarURL} {
		if known := r[name]; !known.IsNull() {
			refreshed[name] = managedString(known, field)
		}
	}
	return refreshed
}

// managedString takes the reported value, and "" for null: null in a batch means
// that a field is not managed.
func managedString(known types.String, field imkit.Field[string]) types.String {
	refreshed := tfvalue.RefreshString(known, field)
	if refreshed.IsNull() {
		return types.StringValue("")
	}
	return refreshed
}

func (m *batchModel) count() {
	m.ClientCount = types.Int64Value(int64(len(m.Clients)))
}
